"""MigrationPair and MigrationMesh as declarations: what a program in any language may say of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from hyperv_migration.model.component_guides import MESH_GUIDE, PAIR_GUIDE
from hyperv_migration.model.declaration import Declaration, Kind, Property, Role, validated
from hyperv_migration.model.delegation import DELEGATION
from hyperv_migration.model.errors import InvalidInput
from hyperv_migration.model.host import HOST
from hyperv_migration.model.pair import MeshInputs
from hyperv_migration.model.unknown import Unknown

SETTINGS = ("performanceOption", "maximumVirtualMachineMigrations", "maximumStorageMigrations")
"""Passed on to the hosts as they are, so they may be outputs of other resources; all other inputs decide what is planned."""

_LISTS = {"hosts": "hv01.corp.example", "networks": "192.168.10.0/24", "fileServers": "fs01.corp.example"}
"""The inputs that name the children, each with what one of its elements looks like."""

DELEGATION_OPTIONS = ("waitForReplication", "allowDomainController")
"""Passed on to every delegation."""

_INPUTS = (
    Property(
        name="hosts",
        kind=Kind.STRINGS,
        role=Role.IDENTITY,
        required=True,
        not_empty=True,
        description="The hosts, by the DNS names under which WinRM answers. Plain: the children are named after them.",
    ),
    Property(
        name="networks",
        kind=Kind.STRINGS,
        description=(
            "Subnets to which migration is confined, as MigrationNetwork takes them; none leaves the networks as they are. "
            "Plain as well."
        ),
    ),
    Property(
        name="authenticationType",
        kind=Kind.STRING,
        enum="AuthenticationType",
        values=HOST.input("authenticationType").values,
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
        values=DELEGATION.input("waitForReplication").values,
        description="Which domain controllers must show a delegation before it counts as done.",
    ),
    DELEGATION.input("allowDomainController"),
    Property(
        name="profile", kind=Kind.STRING, role=Role.OPTION, description="The connection profile to use for all of it."
    ),
)

_OUTPUTS = (
    Property(name="hosts", kind=Kind.STRINGS, description="Ids of the MigrationHost resources, in the order given."),
    Property(name="networks", kind=Kind.STRINGS, description="Ids of the MigrationNetwork resources."),
    Property(name="delegations", kind=Kind.STRINGS, description="Ids of the KerberosDelegation resources."),
    Property(
        name="newTicketNeeded",
        kind=Kind.BOOLEAN,
        description=(
            "Whether one of the hosts needs new Kerberos tickets before its delegation counts: purge them there, or wait 15 "
            "minutes."
        ),
    ),
)

_RIGHTS = "Those of MigrationHost and MigrationNetwork at every host, and those of KerberosDelegation in the directory."
_TEARDOWN = (
    "The hosts are put back first, then networks and delegations go, so that no host asks for Kerberos without a delegation "
    "and none is left without a listener on the way."
)
PAIR = Declaration(
    name="MigrationPair",
    description="Two hosts that may move virtual machines to each other, without a failover cluster.",
    rights=_RIGHTS,
    teardown=_TEARDOWN,
    guide=PAIR_GUIDE,
    inputs=_INPUTS,
    outputs=_OUTPUTS,
)

MESH = Declaration(
    name="MigrationMesh",
    description="Any number of hosts, each of which may move virtual machines to every other: one delegation per account.",
    rights=_RIGHTS,
    teardown=_TEARDOWN,
    guide=MESH_GUIDE,
    inputs=_INPUTS,
    outputs=_OUTPUTS,
)


def mesh_inputs(given: Mapping[str, Any], secrets: Collection[str] = ()) -> MeshInputs:
    """Return what a component declares, from inputs by their names; what is absent or null is not declared.

    Args:
        given: The inputs; an output whose value is not known is UNKNOWN.
        secrets: The texts among them that are secret.

    Raises:
        InvalidInput: What the children are planned from is not known, or not of its kind.
    """
    values = {name: value for name, value in given.items() if value is not None}
    for prop in _INPUTS:
        if prop.name in values and prop.name not in {*_LISTS, *SETTINGS}:
            _require_plain(prop.name, values[prop.name])
            validated(prop, values[prop.name])
    return MeshInputs(
        hosts=_texts("hosts", values),
        networks=_texts("networks", values),
        secrets=frozenset(secrets),
        authentication_type=values.get("authenticationType", "Kerberos"),
        settings={name: values[name] for name in SETTINGS if name in values},
        move_storage=values.get("moveStorage", True),
        file_servers=_texts("fileServers", values),
        delegation={name: values[name] for name in DELEGATION_OPTIONS if name in values},
        profile=values.get("profile"),
    )


def _texts(name: str, values: Mapping[str, Any]) -> list[str]:
    """Return a list of texts, or say which element is none."""
    given = values.get(name, [])
    _require_plain(name, given)
    if not isinstance(given, list | tuple):
        raise InvalidInput(f'{name} must be a list, such as ["{_LISTS[name]}"], not {_kind(given)}.')
    for index, item in enumerate(given):
        _require_plain(f"{name}[{index}]", item)
        if not isinstance(item, str):
            raise InvalidInput(f"{name}[{index}] must be a text, such as {_LISTS[name]}, not {_kind(item)}.")
    return list(given)


def _require_plain(where: str, value: Any) -> None:
    if isinstance(value, Unknown):
        raise InvalidInput(
            f"{where} is an output. It must be plain, because the children are named and planned "
            "before anything is created: write it out, or read it with config.require."
        )


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    kinds = (
        (bool, "a truth value"),
        (int | float, "a number"),
        (str, "a single text"),
        (Mapping, "a map"),
        (list, "a list"),
    )
    return next((told for kind, told in kinds if isinstance(value, kind)), "something else")


OTHER_COMPONENT = {PAIR.name: MESH.name, MESH.name: PAIR.name}
"""What a component may have been before: two hosts become three, or three two."""
