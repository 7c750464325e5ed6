"""Two Hyper-V hosts that move virtual machines to each other: Kerberos, compression, one network, both directions.

Hosts and networks come from the stack's configuration, so the same program runs on the lab and on real hosts.
"""

import pulumi

from pulumi_hyperv_migration import MigrationPair

config = pulumi.Config("pair")

pair = MigrationPair(
    "pair",
    hosts=config.require_object("hosts"),
    networks=config.require_object("networks"),
    authentication_type="Kerberos",
    performance_option="Compression",
)

pulumi.export("hosts", [host.id for host in pair.hosts])
pulumi.export("listening", [host.listener_addresses for host in pair.hosts])
pulumi.export("newTicketNeeded", pair.new_ticket_needed)
