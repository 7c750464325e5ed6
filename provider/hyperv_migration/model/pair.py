"""MigrationPair and MigrationMesh as plans: which resources, under which names, in which order. Pure.

Both faces realise the same plan with their own classes, so child names and order are the same in every language.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from hyperv_migration.model.computers import may_be_same_host, validate_account_name, validate_host_name
from hyperv_migration.model.errors import InvalidInput
from hyperv_migration.model.spn import CIFS, MIGRATION_SERVICE
from hyperv_migration.model.subnet import Subnet, parse_subnet

KERBEROS = "Kerberos"
CREDSSP = "CredSSP"

_LEAST_HOSTS = 2
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Child:
    """One resource of a component: its kind, its name, its inputs, and the children it comes after.

    An input whose value is `IdsOf` takes the ids of other children.
    """

    kind: str
    name: str
    inputs: Mapping[str, Any]
    after: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class IdsOf:
    """Stands for the ids of some children, known only once they are there."""

    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class MeshInputs:
    """What a component declares; hosts and subnets are plain, since children are named after them."""

    hosts: Sequence[str]
    networks: Sequence[str] = ()
    authentication_type: str = KERBEROS
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Further inputs of each MigrationHost, such as performanceOption."""
    move_storage: bool = True
    """Whether storage moves too, which needs cifs beside the migration service."""
    file_servers: Sequence[str] = ()
    """SMB file servers that hold the virtual machines: each host may delegate to cifs there."""
    delegation: Mapping[str, Any] = field(default_factory=dict)
    """Further inputs of each KerberosDelegation, such as waitForReplication."""
    profile: str | None = None
    secrets: frozenset[str] = frozenset()
    """The texts among all these that are secret: children are not named after them, and no message repeats one."""


def plan_pair(name: str, inputs: MeshInputs) -> list[Child]:
    """Return the children of a pair, each after those it refers to. Raises InvalidInput."""
    if len(inputs.hosts) != _LEAST_HOSTS:
        advice = "; use MigrationMesh for more" if len(inputs.hosts) > _LEAST_HOSTS else ""
        raise InvalidInput(f"A MigrationPair has two hosts, not {len(inputs.hosts)}{advice}.")
    return plan_mesh(name, inputs)


def plan_mesh(name: str, inputs: MeshInputs) -> list[Child]:
    """Return the children of a mesh: delegation and networks first, then the hosts (DESIGN §3).

    In this order `up` switches to Kerberos and drops the any-network pair last, and `destroy` brings both back first.
    """
    _validate(inputs)
    labels = _labels(inputs)
    children: list[Child] = []
    for host in inputs.hosts:
        delegations = _delegations(name, inputs, labels, host)
        networks = _networks(name, inputs, labels, host)
        children += [*delegations, *networks]
    every_delegation = tuple(child.name for child in children if child.kind == "KerberosDelegation")
    for host in inputs.hosts:
        own_networks = tuple(child.name for child in _networks(name, inputs, labels, host))
        children.append(_host(name, inputs, labels, host, own_networks, every_delegation))
    return children


def _delegations(name: str, inputs: MeshInputs, labels: Mapping[str, str], host: str) -> list[Child]:
    if inputs.authentication_type != KERBEROS:
        return []
    common = {**inputs.delegation, **({"profile": inputs.profile} if inputs.profile else {}), "source": host}
    services = [CIFS, MIGRATION_SERVICE] if inputs.move_storage else [MIGRATION_SERVICE]
    others = [other for other in inputs.hosts if other != host]
    children = [
        Child(
            kind="KerberosDelegation",
            name=f"{name}-{labels[host]}-delegation",
            inputs={**common, "destinations": others, "services": services},
        )
    ]
    if inputs.file_servers:
        children.append(
            Child(
                kind="KerberosDelegation",
                name=f"{name}-{labels[host]}-storage-delegation",
                inputs={**common, "destinations": list(inputs.file_servers), "services": [CIFS]},
                # Both write the same account: one after the other spares a lost race.
                after=(children[0].name,),
            )
        )
    return children


def _networks(name: str, inputs: MeshInputs, labels: Mapping[str, str], host: str) -> list[Child]:
    profile = {"profile": inputs.profile} if inputs.profile else {}
    return [
        Child(
            kind="MigrationNetwork",
            name=f"{name}-{labels[host]}-{_subnet_label(subnet, index, inputs.secrets)}",
            inputs={"computerName": host, "subnet": subnet, **profile},
        )
        for index, subnet in enumerate(inputs.networks)
    ]


def _host(  # noqa: PLR0913, PLR0917 - the parts of one child
    name: str,
    inputs: MeshInputs,
    labels: Mapping[str, str],
    host: str,
    networks: tuple[str, ...],
    delegations: tuple[str, ...],
) -> Child:
    own: dict[str, Any] = {"enabled": True, "authenticationType": inputs.authentication_type}
    if networks:
        own |= {"networks": IdsOf(names=networks), "useAnyNetwork": False}
    profile = {"profile": inputs.profile} if inputs.profile else {}
    return Child(
        kind="MigrationHost",
        name=f"{name}-{labels[host]}",
        inputs={"computerName": host, **own, **profile, **inputs.settings},
        after=(*delegations, *networks),
    )


def _validate(inputs: MeshInputs) -> None:
    if len(inputs.hosts) < _LEAST_HOSTS:
        raise InvalidInput(f"A mesh has two hosts or more, not {len(inputs.hosts)}.")
    if inputs.authentication_type not in {KERBEROS, CREDSSP}:
        raise InvalidInput(f"authenticationType must be {KERBEROS} or {CREDSSP}, not {inputs.authentication_type!r}")
    for index, host in enumerate(inputs.hosts):
        _validated(f"hosts[{index}]", host, inputs, validate_host_name)
        if inputs.authentication_type == KERBEROS:
            # Kerberos delegates from and to computer accounts, which an address does not name.
            _validated(f"hosts[{index}]", host, inputs, validate_account_name)
        for first, other in enumerate(inputs.hosts[:index]):
            if may_be_same_host(host, other):
                told = "" if host in inputs.secrets else f" {host!r}"
                raise InvalidInput(f"hosts[{index}]{told} is there twice, as hosts[{first}] too; name each host once")
    for index, server in enumerate(inputs.file_servers):
        _validated(f"fileServers[{index}]", server, inputs, validate_account_name)
    subnets: list[Subnet] = []
    for index, text in enumerate(inputs.networks):
        subnet = _validated(f"networks[{index}]", text, inputs, parse_subnet)
        if subnet in subnets:
            raise InvalidInput(f"networks[{index}] is one subnet twice, that of networks[{subnets.index(subnet)}]")
        subnets.append(subnet)


def _validated(where: str, text: str, inputs: MeshInputs, read: Callable[[str], T]) -> T:
    try:
        return read(text)
    except InvalidInput as error:
        if text in inputs.secrets:
            raise InvalidInput(f"{where} is not valid; it is a secret, so no more is told of it") from None
        raise InvalidInput(f"{where}: {error}") from error


def _labels(inputs: MeshInputs) -> dict[str, str]:
    """Return the short name of each host for its children's names, or the whole name where short ones collide.

    Names stand in clear in every state and message, so a secret host is named by its place.
    """
    open_names = [host for host in inputs.hosts if host not in inputs.secrets]
    short = [host.partition(".")[0].lower() for host in open_names]
    unique = len(set(short)) == len(short)
    labels = {host: short[index] if unique else host.lower() for index, host in enumerate(open_names)}
    return {host: labels.get(host, f"host-{index}") for index, host in enumerate(inputs.hosts)}


def _subnet_label(text: str, index: int, secrets: Collection[str]) -> str:
    return f"network-{index}" if text in secrets else str(parse_subnet(text)).replace("/", "-")
