import pulumi
import pulumi_hyperv_migration_native as hyperv

network = hyperv.MigrationNetwork("network", computer_name="hv01.corp.example", subnet="192.168.10.0/24")
delegation = hyperv.KerberosDelegation("delegation", source="hv01.corp.example", destinations=["hv02.corp.example"])
host = hyperv.MigrationHost(
    "host",
    computer_name="hv01.corp.example",
    enabled=True,
    authentication_type=hyperv.AuthenticationType.KERBEROS,
    performance_option=hyperv.PerformanceOption.COMPRESSION,
    maximum_virtual_machine_migrations=2,
    use_any_network=False,
    networks=[network.id],
    opts=pulumi.ResourceOptions(depends_on=[delegation]),
)
