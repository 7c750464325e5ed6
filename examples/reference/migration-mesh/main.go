package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"hyperv-migration.invalid/pulumi-hyperv-migration/sdk/go/hypervmigration"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		_, err := hypervmigration.NewMigrationMesh(ctx, "mesh", &hypervmigration.MigrationMeshArgs{
			Hosts:             []string{"hv01.corp.example", "hv02.corp.example", "hv03.corp.example"},
			Networks:          []string{"192.168.10.0/24"},
			PerformanceOption: hypervmigration.PerformanceOptionCompression,
		})
		return err
	})
}
