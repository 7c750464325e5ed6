import pulumi_hyperv_migration_native as hyperv

network = hyperv.MigrationNetwork(
    "network",
    computer_name="hv01.corp.example",
    subnet="192.168.10.0/24",
    priority=1,
)
