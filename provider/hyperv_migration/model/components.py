"""MigrationPair and MigrationMesh as declarations: what a program in any language may say of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hyperv_migration.model.declaration import Declaration, Kind, Property, Role
from hyperv_migration.model.host import HOST
from hyperv_migration.model.pair import MeshInputs

SETTINGS = ("performanceOption", "maximumVirtualMachineMigrations", "maximumStorageMigrations")
"""Passed on to the hosts as they are, so they may be outputs of other resources; all other inputs decide what is planned."""

_INPUTS = (
    Property(
        name="hosts",
        example=["hv01.corp.example", "hv02.corp.example"],
        kind=Kind.STRINGS,
        role=Role.IDENTITY,
        required=True,
        not_empty=True,
        description="The hosts, by the DNS names under which WinRM answers. Plain: the children are named after them.",
    ),
    Property(
        name="networks",
        example=["192.168.10.0/24"],
        kind=Kind.STRINGS,
        description="Subnets to which migration is confined; none leaves the networks as they are. Plain as well.",
    ),
    Property(
        name="authenticationType",
        kind=Kind.STRING,
        enum="AuthenticationType",
        values=("Kerberos", "CredSSP"),
        default="Kerberos",
        description="Kerberos, with delegation between every two hosts in both directions; or CredSSP, with none.",
    ),
    *(HOST.input(name) for name in SETTINGS),
    Property(
        name="moveStorage",
        kind=Kind.BOOLEAN,
        default=True,
        description="Whether storage moves too, which delegates cifs beside the migration service.",
    ),
    Property(
        name="fileServers",
        kind=Kind.STRINGS,
        description="SMB file servers that hold the virtual machines; each host may delegate to cifs there.",
    ),
    Property(
        name="waitForReplication",
        kind=Kind.STRING,
        enum="ReplicationWait",
        values=("HostSite", "AllWritable", "None"),
        description="Which domain controllers must show a delegation before it counts as done.",
    ),
    Property(
        name="profile", kind=Kind.STRING, role=Role.OPTION, description="The connection profile to use for all of it."
    ),
)

_OUTPUTS = (
    Property(name="hosts", kind=Kind.STRINGS, description="Ids of the MigrationHost resources, in the order given."),
    Property(name="networks", kind=Kind.STRINGS, description="Ids of the MigrationNetwork resources."),
    Property(name="delegations", kind=Kind.STRINGS, description="Ids of the KerberosDelegation resources."),
)

_RIGHTS = "Those of MigrationHost and MigrationNetwork at every host, and those of KerberosDelegation in the directory."
_TEARDOWN = (
    "The hosts are put back first, then networks and delegations go, so that no host asks for Kerberos without a delegation "
    "and none is left without a listener on the way."
)
_REFUSALS = (
    "a host is named twice, in whatever spelling, or a subnet is: told in the preview",
    "a name or a subnet cannot be one: told in the preview",
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
            "managed."
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

PAIR = Declaration(
    name="MigrationPair",
    description="Two hosts that may move virtual machines to each other, without a failover cluster.",
    rights=_RIGHTS,
    teardown=_TEARDOWN,
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
    inputs=_INPUTS,
    outputs=_OUTPUTS,
)

MESH = Declaration(
    name="MigrationMesh",
    description="Any number of hosts, each of which may move virtual machines to every other: one delegation per account.",
    rights=_RIGHTS,
    teardown=_TEARDOWN,
    identity=PAIR.identity,
    import_id=PAIR.import_id,
    replacement=PAIR.replacement,
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
    inputs=_INPUTS,
    outputs=_OUTPUTS,
)


def mesh_inputs(given: Mapping[str, Any]) -> MeshInputs:
    """Return what a component declares, from inputs by their names; what is absent or null is not declared."""
    values = {name: value for name, value in given.items() if value is not None}
    wait = values.get("waitForReplication")
    return MeshInputs(
        hosts=list(values.get("hosts", ())),
        networks=list(values.get("networks", ())),
        authentication_type=values.get("authenticationType", "Kerberos"),
        settings={name: values[name] for name in SETTINGS if name in values},
        move_storage=values.get("moveStorage", True),
        file_servers=list(values.get("fileServers", ())),
        delegation={} if wait is None else {"waitForReplication": wait},
        profile=values.get("profile"),
    )
