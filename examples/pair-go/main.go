// Two Hyper-V hosts that move virtual machines to each other, their file server, and a second network of the first host.
//
// Hosts and networks come from the stack's configuration, so the same program runs on the lab and on real hosts.
package main

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
	"hyperv-migration.invalid/pulumi-hyperv-migration/sdk/go/hypervmigration"
)

type settings struct {
	Hosts      []string
	Networks   []string
	FileServer string
}

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		var given settings
		configured := config.New(ctx, "")
		configured.RequireObject("hosts", &given.Hosts)
		configured.RequireObject("networks", &given.Networks)
		given.FileServer = configured.Require("fileServer")
		return declare(ctx, given)
	})
}

func declare(ctx *pulumi.Context, given settings) error {
	kerberos := hypervmigration.AuthenticationTypeKerberos
	pair, err := hypervmigration.NewMigrationPair(ctx, "pair", &hypervmigration.MigrationPairArgs{
		Hosts:              given.Hosts,
		Networks:           given.Networks,
		AuthenticationType: &kerberos,
		PerformanceOption:  hypervmigration.PerformanceOptionCompression,
	})
	if err != nil {
		return err
	}

	// The disks of some virtual machines lie on a file server, which the first host opens for whoever starts a migration.
	storage, err := hypervmigration.NewKerberosDelegation(ctx, "storage", &hypervmigration.KerberosDelegationArgs{
		Source:             pulumi.String(given.Hosts[0]),
		Destinations:       pulumi.ToStringArray([]string{given.FileServer}),
		Services:           pulumi.ToStringArray([]string{"cifs"}),
		WaitForReplication: hypervmigration.ReplicationWaitAllWritable,
		OnDestroy:          hypervmigration.DelegationTeardownRemoveAdded,
	}, pulumi.DependsOn([]pulumi.Resource{pair}))
	if err != nil {
		return err
	}

	backup, err := hypervmigration.NewMigrationNetwork(ctx, "backup", &hypervmigration.MigrationNetworkArgs{
		ComputerName: pulumi.String(given.Hosts[0]),
		Subnet:       pulumi.String("10.0.60.0/24"),
		Priority:     pulumi.Int(100),
		OnDestroy:    hypervmigration.NetworkTeardownRemove,
	})
	if err != nil {
		return err
	}

	ctx.Export("hosts", pair.Hosts)
	ctx.Export("storage", storage.ServicePrincipalNames)
	ctx.Export("backup", backup.ID())
	// True: purge the hosts' Kerberos tickets, or wait 15 minutes.
	ctx.Export("newTicketNeeded", pulumi.All(pair.NewTicketNeeded, storage.NewTicketNeeded).ApplyT(anyOf))
	return nil
}

func anyOf(needed []any) bool {
	return slices.Contains(needed, any(true))
}
