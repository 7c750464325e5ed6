package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"hyperv-migration.invalid/pulumi-hyperv-migration/sdk/go/hypervmigration"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		_, err := hypervmigration.NewMigrationNetwork(ctx, "network", &hypervmigration.MigrationNetworkArgs{
			ComputerName: pulumi.String("hv01.corp.example"),
			Subnet:       pulumi.String("192.168.10.0/24"),
			Priority:     pulumi.Int(1),
		})
		return err
	})
}
