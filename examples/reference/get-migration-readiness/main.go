package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"hyperv-migration.invalid/pulumi-hyperv-migration/sdk/go/hypervmigration"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		readiness, err := hypervmigration.GetMigrationReadiness(ctx, &hypervmigration.GetMigrationReadinessArgs{
			Source:      "hv01.corp.example",
			Destination: "hv02.corp.example",
		})
		if err != nil {
			return err
		}
		ctx.Export("ready", pulumi.String(readiness.Ready))
		return nil
	})
}
