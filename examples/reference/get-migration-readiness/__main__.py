import pulumi
import pulumi_hyperv_migration_native as hyperv

readiness = hyperv.get_migration_readiness(source="hv01.corp.example", destination="hv02.corp.example")
pulumi.export("ready", readiness.ready)
