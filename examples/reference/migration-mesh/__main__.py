import pulumi_hyperv_migration_native as hyperv

mesh = hyperv.MigrationMesh(
    "mesh",
    hosts=["hv01.corp.example", "hv02.corp.example", "hv03.corp.example"],
    networks=["192.168.10.0/24"],
    performance_option=hyperv.PerformanceOption.COMPRESSION,
)
