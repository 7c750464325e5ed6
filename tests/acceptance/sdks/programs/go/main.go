// Every resource by itself, through a provider that the program configures: all types of the schema on their way to the plugin.
package main

import (
	"os"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
	hyperv "hyperv-migration.invalid/pulumi-hyperv-migration/sdk/go/hypervmigration"
)

func main() {
	pulumi.Run(declare)
}

func declare(ctx *pulumi.Context) error {
	var addresses map[string]string
	config.New(ctx, "").RequireObject("addresses", &addresses)
	provider, err := hyperv.NewProvider(ctx, "lab", &hyperv.ProviderArgs{
		Username: pulumi.String(`LAB\operator`),
		Winrm: hyperv.WinRMArgs{
			Transport:        hyperv.WinRMTransportNtlm,
			Scheme:           hyperv.WinRMSchemeHttp,
			OperationTimeout: pulumi.Int(30),
		},
		Directory: hyperv.DirectoryArgs{
			Domain:            pulumi.String("lab.test"),
			DomainControllers: pulumi.ToStringArray([]string{"dc1.lab.test"}),
			Bind:              hyperv.DirectoryBindNegotiate,
			Transport:         hyperv.DirectoryTransportSealed,
			Username:          pulumi.String(`LAB\operator`),
			Password:          pulumi.String(os.Getenv("DIRECTORY_PASSWORD")),
		},
		Addresses: pulumi.ToStringMap(addresses),
		Profiles: hyperv.ProfileMap{
			"branch": hyperv.ProfileArgs{
				Match: pulumi.ToStringArray([]string{"*.branch.test"}),
				Winrm: hyperv.WinRMArgs{ConnectTimeout: pulumi.Int(5)},
			},
		},
		OnUnreachableDestroy: hyperv.UnreachableDestroyFail,
	})
	if err != nil {
		return err
	}
	return resources(ctx, pulumi.Provider(provider))
}

func resources(ctx *pulumi.Context, by pulumi.ResourceOption) error {
	network, err := hyperv.NewMigrationNetwork(ctx, "network", &hyperv.MigrationNetworkArgs{
		ComputerName: pulumi.String("hv01.lab.test"),
		Subnet:       pulumi.String("192.168.10.0/24"),
		Priority:     pulumi.Int(5),
		OnDestroy:    hyperv.NetworkTeardownRemove,
	}, by)
	if err != nil {
		return err
	}
	delegation, err := hyperv.NewKerberosDelegation(ctx, "delegation", &hyperv.KerberosDelegationArgs{
		Source:             pulumi.String("hv01.lab.test"),
		Destinations:       pulumi.ToStringArray([]string{"hv02.lab.test"}),
		WaitForReplication: hyperv.ReplicationWaitHostSite,
		OnDestroy:          hyperv.DelegationTeardownRemoveDeclared,
	}, by)
	if err != nil {
		return err
	}
	host, err := hyperv.NewMigrationHost(ctx, "host", &hyperv.MigrationHostArgs{
		ComputerName:             pulumi.String("hv01.lab.test"),
		Enabled:                  pulumi.Bool(true),
		AuthenticationType:       hyperv.AuthenticationTypeKerberos,
		PerformanceOption:        hyperv.PerformanceOptionSMB,
		MaximumStorageMigrations: pulumi.Int(3),
		UseAnyNetwork:            pulumi.Bool(false),
		Networks:                 pulumi.StringArray{network.ID()},
		OnDestroy:                hyperv.HostTeardownRestore,
	}, by, pulumi.DependsOn([]pulumi.Resource{delegation}))
	if err != nil {
		return err
	}
	ctx.Export("before", host.PriorSettings.AuthenticationType())
	ctx.Export("spelled", delegation.DestinationAccounts.ApplyT(spelled))
	return nil
}

func spelled(found map[string]hyperv.DelegationDestination) []string {
	var names []string
	for _, one := range found {
		names = append(names, one.Declared)
	}
	return names
}
