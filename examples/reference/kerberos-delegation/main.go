package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"hyperv-migration.invalid/pulumi-hyperv-migration/sdk/go/hypervmigration"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		delegation, err := hypervmigration.NewKerberosDelegation(ctx, "delegation", &hypervmigration.KerberosDelegationArgs{
			Source:       pulumi.String("hv01.corp.example"),
			Destinations: pulumi.ToStringArray([]string{"hv02.corp.example", "hv03.corp.example"}),
		})
		if err != nil {
			return err
		}
		ctx.Export("servicePrincipalNames", delegation.ServicePrincipalNames)
		return nil
	})
}
