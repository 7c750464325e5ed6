"""What an administrator should know of MigrationPair and MigrationMesh beside their properties."""

from __future__ import annotations

from hyperv_migration.model.guide import Guide

_REFUSALS = (
    "a host is named twice, in another spelling or by its short name beside its FQDN, or a subnet is: told in the preview",
    "a name or a subnet cannot be one: told in the preview",
    "a host or file server is a domain controller, and Kerberos is used (file servers: lifted by allowDomainController)",
    "what the resources below refuse",
)
_REMARKS = (
    (
        "Order",
        (
            "Delegation and networks come first, then the hosts: up switches a host to Kerberos and drops the any-network pair "
            "only when everything it needs is there."
        ),
    ),
    (
        "Networks",
        (
            "With `networks`, migration is confined to them (useAnyNetwork false). Without, the networks of the hosts are not "
            "managed. Taken out or emptied later, each host first goes back to what was found of any network, then the named "
            "networks go. A host whose list was empty at first and stays switched on then listens nowhere, and says so."
        ),
    ),
    (
        "Storage",
        (
            "moveStorage false leaves `cifs` out of the delegation between the hosts. fileServers adds one delegation a host, to "
            "`cifs` of each file server."
        ),
    ),
    (
        "CredSSP",
        "authenticationType CredSSP declares no delegation at all, and somebody must be signed in on the source.",
    ),
)


PAIR_GUIDE = Guide(
    example={
        "hosts": ["hv01.corp.example", "hv02.corp.example"],
        "networks": ["192.168.10.0/24"],
        "performanceOption": "Compression",
    },
    identity="none of its own: a component is its resources",
    import_id="A component cannot be imported; its resources can.",
    replacement=(
        "The children are named for hosts and subnets, so another host or subnet is another child, and the rest stays as "
        "it is. A host's respelling that keeps its short name changes nothing."
    ),
    refusals=("`hosts` are not two: use a MigrationMesh for more", *_REFUSALS),
    remarks=(
        *_REMARKS,
        ("More than two hosts", "A host belongs to one MigrationHost, so use one MigrationMesh, not several pairs."),
    ),
)

MESH_GUIDE = Guide(
    example={
        "hosts": ["hv01.corp.example", "hv02.corp.example", "hv03.corp.example"],
        "networks": ["192.168.10.0/24"],
        "performanceOption": "Compression",
    },
    identity=PAIR_GUIDE.identity,
    import_id=PAIR_GUIDE.import_id,
    replacement=PAIR_GUIDE.replacement,
    refusals=(
        "`hosts` are fewer than two",
        *_REFUSALS,
        "a delegation would hold more than 1,000 entries: beyond 251 hosts with storage, 501 without",
    ),
    remarks=(
        *_REMARKS,
        (
            "Cost",
            (
                "Each account is changed by one LDAP modify, and each host is spoken to over one connection, whatever the number "
                "of hosts. A host is configured when every delegation stands."
            ),
        ),
    ),
)
