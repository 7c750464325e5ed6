"""Two Hyper-V hosts that move virtual machines to each other, their file server, and a second network of the first host.

Hosts and networks come from the stack's configuration, so the same program runs on the lab and on real hosts.
"""

import pulumi
from pulumi_hyperv_migration_native import (
    AuthenticationType,
    DelegationTeardown,
    KerberosDelegation,
    MigrationNetwork,
    MigrationPair,
    NetworkTeardown,
    PerformanceOption,
    ReplicationWait,
)

config = pulumi.Config()
names: list[str] = config.require_object("hosts")
networks: list[str] = config.require_object("networks")

pair = MigrationPair(
    "pair",
    hosts=names,
    networks=networks,
    authentication_type=AuthenticationType.KERBEROS,
    performance_option=PerformanceOption.COMPRESSION,
)

# The disks of some virtual machines lie on a file server, which the first host opens for whoever starts a migration.
storage = KerberosDelegation(
    "storage",
    source=names[0],
    destinations=[config.require("fileServer")],
    services=["cifs"],
    wait_for_replication=ReplicationWait.ALL_WRITABLE,
    on_destroy=DelegationTeardown.REMOVE_ADDED,
    opts=pulumi.ResourceOptions(depends_on=[pair]),
)

backup = MigrationNetwork(
    "backup",
    computer_name=names[0],
    subnet="10.0.60.0/24",
    priority=100,
    on_destroy=NetworkTeardown.REMOVE,
)

pulumi.export("hosts", pair.hosts)
pulumi.export("storage", storage.service_principal_names)
pulumi.export("backup", backup.id)

# True: purge the hosts' Kerberos tickets, or wait 15 minutes.
needed = pulumi.Output.all(pair.new_ticket_needed, storage.new_ticket_needed)
pulumi.export("newTicketNeeded", needed.apply(any))
