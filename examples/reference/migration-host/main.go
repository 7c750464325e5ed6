package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"hyperv-migration.invalid/pulumi-hyperv-migration/sdk/go/hypervmigration"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		network, err := hypervmigration.NewMigrationNetwork(ctx, "network", &hypervmigration.MigrationNetworkArgs{
			ComputerName: pulumi.String("hv01.corp.example"),
			Subnet:       pulumi.String("192.168.10.0/24"),
		})
		if err != nil {
			return err
		}
		delegation, err := hypervmigration.NewKerberosDelegation(ctx, "delegation", &hypervmigration.KerberosDelegationArgs{
			Source:       pulumi.String("hv01.corp.example"),
			Destinations: pulumi.StringArray{pulumi.String("hv02.corp.example")},
		})
		if err != nil {
			return err
		}
		_, err = hypervmigration.NewMigrationHost(ctx, "host", &hypervmigration.MigrationHostArgs{
			ComputerName:                    pulumi.String("hv01.corp.example"),
			Enabled:                         pulumi.Bool(true),
			AuthenticationType:              hypervmigration.AuthenticationTypeKerberos,
			PerformanceOption:               hypervmigration.PerformanceOptionCompression,
			MaximumVirtualMachineMigrations: pulumi.Int(2),
			UseAnyNetwork:                   pulumi.Bool(false),
			Networks:                        pulumi.StringArray{network.ID()},
		}, pulumi.DependsOn([]pulumi.Resource{delegation}))
		return err
	})
}
