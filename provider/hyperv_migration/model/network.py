"""MigrationNetwork: one subnet over which a host sends and accepts live migrations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hyperv_migration.model.computers import host_key, names_host, same_host, validate_host_name
from hyperv_migration.model.declaration import Declaration, Inputs, Kind, Property, Role, State
from hyperv_migration.model.difference import Difference, compare
from hyperv_migration.model.errors import InvalidInput
from hyperv_migration.model.network_guide import NETWORK_GUIDE
from hyperv_migration.model.subnet import Subnet, canonical_subnet, live_subnet, parse_subnet
from hyperv_migration.model.unknown import has_unknown

USER_MANAGED = "Microsoft:UserManaged"
ALL_NETWORKS = "Microsoft:UserManagedAllNetworks"
CLUSTER_MANAGED = "Microsoft:ClusterManaged"

_UINT32 = 0xFFFFFFFF


@dataclass(frozen=True, kw_only=True)
class NetworkEntry:
    """One entry of a host's migration network list (Msvm_VirtualSystemMigrationNetworkSettingData)."""

    instance_id: str
    subnet_number: str
    prefix_length: int
    metric: int
    tags: tuple[str, ...]

    @property
    def subnet(self) -> Subnet | None:
        """The subnet in canonical form; None for what is no subnet."""
        return live_subnet(self.subnet_number, self.prefix_length)

    @property
    def is_any(self) -> bool:
        """Half of the any-network pair, in either of the spellings seen for IPv6 (hyperv-wsman.md §2.3)."""
        return self.prefix_length == 0 and ALL_NETWORKS in self.tags

    @property
    def user_managed(self) -> bool:
        """A named network of an administrator, as Get-VMMigrationNetwork lists it."""
        return USER_MANAGED in self.tags and CLUSTER_MANAGED not in self.tags


@dataclass(frozen=True, kw_only=True)
class NewEntry:
    """An entry that is to be added to a host's list."""

    subnet_number: str
    prefix_length: int
    metric: int | None = None
    """None leaves the host's own default."""
    tags: tuple[str, ...] = (USER_MANAGED,)
    instance_id: str = ""
    """The identity it had when it was found; the host gives it another one."""

    @property
    def subnet(self) -> Subnet | None:
        """The subnet in canonical form; None for what is no subnet."""
        return live_subnet(self.subnet_number, self.prefix_length)


def uses_any_network(entries: Sequence[NetworkEntry]) -> bool:
    """Tell whether the any-network pair is there, both halves (Get-VMHost UseAnyNetworkForMigration)."""
    return {str(entry.subnet) for entry in entries if entry.is_any} >= {"0.0.0.0/0", "::/0"}


def named_networks(entries: Sequence[NetworkEntry]) -> list[NetworkEntry]:
    """Return what is listened on without the any-network pair, whoever manages it."""
    return [entry for entry in entries if not entry.is_any]


def entries_of(entries: Sequence[NetworkEntry], subnet: Subnet) -> list[NetworkEntry]:
    """Return the entries of one subnet, the any-network pair left out."""
    return [entry for entry in named_networks(entries) if entry.subnet == subnet]


def network_id(host: str, subnet: Subnet) -> str:
    """Return the id of a network: host/address/prefix."""
    return f"{host}/{subnet}"


def id_in(state: State) -> str:
    """Return the id of the network a state is about."""
    return network_id(state["host"], parse_subnet(state["subnet"]))


def parse_network_id(text: str) -> tuple[str, Subnet]:
    """Read an id; host/address without a prefix is accepted too, as in an import."""
    host, slash, subnet = text.partition("/")
    try:
        if not slash:
            raise InvalidInput("it has no slash")  # noqa: TRY301 - told with the form below
        if _is_subnet(text):
            raise InvalidInput("it is a subnet, and has no host before it")  # noqa: TRY301 - likewise
        validate_host_name(host)
        return host, parse_subnet(subnet)
    except InvalidInput as error:
        raise InvalidInput(
            f"{text!r} is no id of a MigrationNetwork, such as hv01.corp.example/192.168.10.0/24: {error}"
        ) from None


def _is_subnet(text: str) -> bool:
    try:
        parse_subnet(text)
    except InvalidInput:
        return False
    return True


def _same_identity(prop: Property, state: State, new: Any) -> bool:
    old = state.get(prop.name)
    if old is None:
        return False
    if prop.name == "computerName":
        return same_host(old, new) or names_host(new, state.get("host", ""))
    return bool(prop.canonical(old) == prop.canonical(new))


def difference(state: State, news: Inputs) -> Difference:
    """Compare state and program; another host or another subnet is another network."""
    return compare(NETWORK, state, news, _same_identity)


def names_of_network(inputs: Inputs) -> frozenset[str]:
    """Return what the inputs call the network, as an id is written; nothing while that is not known."""
    name, subnet = inputs.get("computerName"), inputs.get("subnet")
    if has_unknown(name) or has_unknown(subnet):
        return frozenset()
    return frozenset({network_id(host_key(str(name)), parse_subnet(str(subnet)))})


NETWORK = Declaration(
    name="MigrationNetwork",
    description="One subnet over which a Hyper-V host sends and accepts live migrations.",
    rights="Hyper-V Administrators (or Administrators) and Remote Management Users on the host.",
    teardown=(
        "An entry this resource added is removed; an entry found at create stays, with its metric put back. "
        "With onDestroy Remove it is removed in either case."
    ),
    guide=NETWORK_GUIDE,
    inputs=(
        Property(
            name="computerName",
            kind=Kind.STRING,
            role=Role.IDENTITY,
            required=True,
            validate=validate_host_name,
            description="The Hyper-V host, by the DNS name under which WinRM answers.",
            cmdlet="Add-VMMigrationNetwork -ComputerName",
            maps_to="WinRM endpoint",
        ),
        Property(
            name="subnet",
            kind=Kind.STRING,
            role=Role.IDENTITY,
            required=True,
            validate=parse_subnet,
            canonical=canonical_subnet,
            description="The subnet, as IPv4 or IPv6 address or CIDR; a bare address is /32 or /128.",
            cmdlet="Add-VMMigrationNetwork -Subnet",
            maps_to="Msvm_VirtualSystemMigrationNetworkSettingData.SubnetNumber, PrefixLength",
        ),
        Property(
            name="priority",
            kind=Kind.INTEGER,
            minimum=0,
            maximum=_UINT32,
            description="Order of preference; the lower is tried first. Unset leaves the metric alone.",
            cmdlet="Add-VMMigrationNetwork -Priority, Set-VMMigrationNetwork -NewPriority",
            maps_to="Msvm_VirtualSystemMigrationNetworkSettingData.Metric",
        ),
        Property(
            name="onDestroy",
            kind=Kind.STRING,
            enum="NetworkTeardown",
            role=Role.OPTION,
            values={
                "Restore": "An entry that was added is removed; one that was found stays, with its metric put back.",
                "Remove": "The entry is removed, also if it was found.",
            },
            default="Restore",
            description="What destroy does: Restore what was found at create, or Remove the entry in any case.",
        ),
        Property(
            name="allowClustered",
            kind=Kind.BOOLEAN,
            role=Role.OPTION,
            default=False,
            description="Manage the host although it is a node of a failover cluster, whose own tools manage networks.",
        ),
        Property(
            name="profile",
            kind=Kind.STRING,
            role=Role.OPTION,
            description="Which connection profile of the configuration to use; unset picks it by name patterns.",
        ),
    ),
    outputs=(
        Property(
            name="host", kind=Kind.STRING, always=True, lasting=True, description="The host's own FQDN, lower case."
        ),
        Property(
            name="instanceId",
            kind=Kind.STRING,
            always=True,
            lasting=True,
            description="The host's opaque InstanceID of the entry.",
        ),
        Property(
            name="preexisting",
            kind=Kind.BOOLEAN,
            always=True,
            lasting=True,
            description="Whether the entry was found at create.",
        ),
        Property(name="priorPriority", kind=Kind.INTEGER, description="The metric found at create, to be put back."),
        Property(name="writtenPriority", kind=Kind.INTEGER, description="The metric this resource last ensured."),
        Property(
            name="journalId", kind=Kind.STRING, description="The note this machine keeps until the state is known."
        ),
        Property(name="managed", kind=Kind.STRINGS, always=True, description="The inputs the program declares."),
    ),
)
