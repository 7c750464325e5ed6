import pulumi
import pulumi_hyperv_migration_native as hyperv

delegation = hyperv.KerberosDelegation(
    "delegation",
    source="hv01.corp.example",
    destinations=["hv02.corp.example", "hv03.corp.example"],
)
pulumi.export("servicePrincipalNames", delegation.service_principal_names)
