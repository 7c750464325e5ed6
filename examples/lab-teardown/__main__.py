"""A test lab whose `destroy` resets live migration instead of restoring what was found.

The resources stand here one by one, where MigrationPair would declare them: delegation first, then the network, then
the host, so that a host switches to Kerberos last and back first. Every `on_destroy` differs from its default:
Disable switches live migration off, Remove and RemoveDeclared take away what is declared, even if it was there before.
"""

import pulumi

from pulumi_hyperv_migration import KerberosDelegation, MigrationHost, MigrationNetwork

config = pulumi.Config("lab-teardown")
hosts = config.require_object("hosts")
subnet = config.require("network")


def short(host: str) -> str:
    """Return the part of a host's name that the resources are named after."""
    return str(host).partition(".")[0]


delegations = [
    KerberosDelegation(
        f"{short(source)}-delegation",
        source=source,
        destinations=[host for host in hosts if host != source],
        on_destroy="RemoveDeclared",
    )
    for source in hosts
]

for host in hosts:
    network = MigrationNetwork(f"{short(host)}-network", computer_name=host, subnet=subnet, on_destroy="Remove")
    MigrationHost(
        short(host),
        computer_name=host,
        enabled=True,
        authentication_type="Kerberos",
        performance_option="Compression",
        use_any_network=False,
        networks=[network.id],
        on_destroy="Disable",
        opts=pulumi.ResourceOptions(depends_on=delegations),
    )

needed = pulumi.Output.all(*(delegation.new_ticket_needed for delegation in delegations))
pulumi.export("newTicketNeeded", needed.apply(any))
