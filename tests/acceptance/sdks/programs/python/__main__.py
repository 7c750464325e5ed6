"""Every resource by itself, through a provider that the program configures: all types of the schema on their way."""

import os

import pulumi
import pulumi_hyperv_migration_native as hyperv

config = pulumi.Config()

provider = hyperv.Provider(
    "lab",
    username="LAB\\operator",
    winrm=hyperv.WinRMArgs(transport=hyperv.WinRMTransport.NTLM, scheme=hyperv.WinRMScheme.HTTP, operation_timeout=30),
    directory=hyperv.DirectoryArgs(
        domain="lab.test",
        domain_controllers=["dc1.lab.test"],
        bind=hyperv.DirectoryBind.NEGOTIATE,
        transport=hyperv.DirectoryTransport.SEALED,
        username="LAB\\operator",
        password=os.environ["DIRECTORY_PASSWORD"],
    ),
    addresses=config.require_object("addresses"),
    profiles={"branch": hyperv.ProfileArgs(match=["*.branch.test"], winrm=hyperv.WinRMArgs(connect_timeout=5))},
    on_unreachable_destroy=hyperv.UnreachableDestroy.FAIL,
)
network = hyperv.MigrationNetwork(
    "network",
    computer_name="hv01.lab.test",
    subnet="192.168.10.0/24",
    priority=5,
    on_destroy=hyperv.NetworkTeardown.REMOVE,
    opts=pulumi.ResourceOptions(provider=provider),
)
delegation = hyperv.KerberosDelegation(
    "delegation",
    source="hv01.lab.test",
    destinations=["hv02.lab.test"],
    wait_for_replication=hyperv.ReplicationWait.HOST_SITE,
    on_destroy=hyperv.DelegationTeardown.REMOVE_DECLARED,
    opts=pulumi.ResourceOptions(provider=provider),
)
host = hyperv.MigrationHost(
    "host",
    computer_name="hv01.lab.test",
    enabled=True,
    authentication_type=hyperv.AuthenticationType.KERBEROS,
    performance_option=hyperv.PerformanceOption.SMB,
    maximum_storage_migrations=3,
    use_any_network=False,
    networks=[network.id],
    on_destroy=hyperv.HostTeardown.RESTORE,
    opts=pulumi.ResourceOptions(provider=provider, depends_on=[delegation]),
)

pulumi.export("before", host.prior_settings.apply(lambda settings: settings.authentication_type))
pulumi.export(
    "spelled", delegation.destination_accounts.apply(lambda found: [one.declared for one in (found or {}).values()])
)
