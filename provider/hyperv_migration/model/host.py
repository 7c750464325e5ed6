"""MigrationHost: the live-migration settings of one Hyper-V host outside a failover cluster."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hyperv_migration.model.computers import host_key, names_host, same_host, validate_host_name
from hyperv_migration.model.declaration import Declaration, Inputs, Kind, Property, Record, Role, State
from hyperv_migration.model.difference import Difference, compare
from hyperv_migration.model.errors import InvalidInput
from hyperv_migration.model.host_guide import HOST_GUIDE
from hyperv_migration.model.network import parse_network_id
from hyperv_migration.model.unknown import has_unknown

_UINT32 = 0xFFFFFFFF
_SETTING_DATA = "Msvm_VirtualSystemMigrationServiceSettingData"

ANY_NETWORK = "useAnyNetwork"
"""The one setting that is no property of the setting instance but a pair of networks (hyperv-wsman.md §2.3)."""


def _same_identity(_prop: Property, state: State, new: Any) -> bool:
    old = state.get("computerName")
    return old is not None and (same_host(old, new) or names_host(new, state.get("host", "")))


def difference(state: State, news: Inputs) -> Difference:
    """Compare state and program; another computer is another host."""
    return compare(HOST, state, news, _same_identity)


def names_in(inputs: Inputs) -> frozenset[str]:
    """Return what the inputs call the host; nothing while that is not known."""
    name = inputs.get("computerName")
    return frozenset() if has_unknown(name) else frozenset({host_key(str(name))})


def settings_in(values: Inputs) -> dict[str, Any]:
    """Return the settings among inputs or state; what is not declared is not there."""
    return {prop.name: values[prop.name] for prop in HOST.settings if values.get(prop.name) is not None}


def network_of_another(ids: Sequence[str], host: str) -> str | None:
    """Return the first id that is of another host's network."""
    return next((text for text in ids if not names_host(parse_network_id(text)[0], host)), None)


def _validate_networks(ids: Sequence[str]) -> None:
    """Refuse what is no id, and ids of several hosts: computerName may be an alias, so which host is right is not known."""
    for index, text in enumerate(ids):
        where = f"networks[{index}]"
        try:
            host, _ = parse_network_id(text)
        except InvalidInput as error:
            raise InvalidInput(f"{where}: {error}", property_name=where) from None
        first, _ = parse_network_id(ids[0])
        if not (names_host(host, first) or names_host(first, host)):
            raise InvalidInput(
                f"{where} {text!r} is a network of {host}, and networks[0] is one of {first}; pass the ids of this host's own "
                "MigrationNetwork resources",
                property_name=where,
            )


_INPUTS = (
    Property(
        name="computerName",
        kind=Kind.STRING,
        role=Role.IDENTITY,
        required=True,
        validate=validate_host_name,
        description="The Hyper-V host, by the DNS name under which WinRM answers.",
        cmdlet="Set-VMHost -ComputerName",
        maps_to="WinRM endpoint",
    ),
    Property(
        name="enabled",
        kind=Kind.BOOLEAN,
        description="Whether the host sends and accepts live migrations.",
        cmdlet="Enable-VMMigration, Disable-VMMigration",
        maps_to=f"{_SETTING_DATA}.EnableVirtualSystemMigration",
    ),
    Property(
        name="authenticationType",
        kind=Kind.STRING,
        enum="AuthenticationType",
        values={
            "Kerberos": "By constrained delegation, so that a migration can be started from any machine.",
            "CredSSP": "By the credentials of somebody who is signed in on the source host; needs no delegation.",
        },
        description=(
            "How the hosts authenticate to each other: Kerberos needs constrained delegation; CredSSP needs "
            "somebody signed in on the source host."
        ),
        cmdlet="Set-VMHost -VirtualMachineMigrationAuthenticationType",
        maps_to=f"{_SETTING_DATA}.AuthenticationType",
    ),
    Property(
        name="performanceOption",
        kind=Kind.STRING,
        enum="PerformanceOption",
        values={
            "TCPIP": "Over TCP/IP as it is.",
            "Compression": "Compressed, over TCP/IP.",
            "SMB": "Over SMB 3, and over SMB Direct where both hosts have RDMA.",
        },
        description="How memory is copied: as it is, compressed, or over SMB 3 (SMB Direct where RDMA is there).",
        cmdlet="Set-VMHost -VirtualMachineMigrationPerformanceOption",
        maps_to=f"{_SETTING_DATA}.EnableCompression, EnableSmbTransport",
    ),
    Property(
        name="maximumVirtualMachineMigrations",
        kind=Kind.INTEGER,
        minimum=0,
        maximum=_UINT32,
        description="How many live migrations may run at once.",
        cmdlet="Set-VMHost -MaximumVirtualMachineMigrations",
        maps_to=f"{_SETTING_DATA}.MaximumActiveVirtualSystemMigration",
    ),
    Property(
        name="maximumStorageMigrations",
        kind=Kind.INTEGER,
        minimum=0,
        maximum=_UINT32,
        description="How many storage migrations may run at once.",
        cmdlet="Set-VMHost -MaximumStorageMigrations",
        maps_to=f"{_SETTING_DATA}.MaximumActiveStorageMigration",
    ),
    Property(
        name=ANY_NETWORK,
        kind=Kind.BOOLEAN,
        description=(
            "Whether any network is used for live migration; named networks are ignored while it is true. Taken out of the "
            "program, it goes back to what was found."
        ),
        cmdlet="Set-VMHost -UseAnyNetworkForMigration",
        maps_to="Msvm_VirtualSystemMigrationNetworkSettingData 0.0.0.0/0 and ::/0",
    ),
    Property(
        name="networks",
        kind=Kind.STRINGS,
        role=Role.OPTION,
        ordering_only=True,
        description=(
            "Ids of the MigrationNetwork resources of this host. Orders the host after them; they are verified "
            "before the any-network pair is removed."
        ),
        validate=_validate_networks,
    ),
    Property(
        name="onDestroy",
        kind=Kind.STRING,
        enum="HostTeardown",
        role=Role.OPTION,
        values={
            "Restore": "Each setting goes back to what was found, unless somebody changed it since.",
            "Disable": "Live migration is switched off in any case; the other settings go back to what was found.",
        },
        default="Restore",
        description="What destroy does: Restore what was found, or Restore the rest and Disable live migration.",
    ),
    Property(
        name="allowClustered",
        kind=Kind.BOOLEAN,
        role=Role.OPTION,
        default=False,
        description="Manage the host although it is a node of a failover cluster.",
    ),
    Property(
        name="allowCredSspWithCredentialGuard",
        kind=Kind.BOOLEAN,
        role=Role.OPTION,
        default=False,
        description="Accept CredSSP on a host where Credential Guard runs, which breaks it.",
    ),
    Property(
        name="profile",
        kind=Kind.STRING,
        role=Role.OPTION,
        description="Which connection profile of the configuration to use; unset picks it by name patterns.",
    ),
)

_SETTINGS = Record(
    name="HostSettings",
    description="Settings of a host, by the names of the inputs; what was never managed is not there.",
    fields=tuple(prop for prop in _INPUTS if prop.role is Role.SETTING),
)

_ENTRY = Record(
    name="AnyNetworkEntry",
    description="One entry that stands for any network, as it was found.",
    fields=(
        Property(name="subnet", kind=Kind.STRING, always=True, description="Its subnet, as the host lists it."),
        Property(name="priority", kind=Kind.INTEGER, always=True, description="Its metric."),
        Property(name="tags", kind=Kind.STRINGS, always=True, description="Its tags, which say who manages it."),
        Property(name="instanceId", kind=Kind.STRING, always=True, description="The host's InstanceID of it then."),
    ),
)

HOST = Declaration(
    name="MigrationHost",
    description="Live-migration settings of one Hyper-V host that is not in a failover cluster.",
    rights="Hyper-V Administrators (or Administrators) and Remote Management Users on the host.",
    teardown=(
        "Each setting goes back to what was found when it was first managed, but only if its live value is still what "
        "this resource last wrote. With onDestroy Disable live migration is switched off in any case."
    ),
    guide=HOST_GUIDE,
    inputs=_INPUTS,
    outputs=(
        Property(
            name="host",
            kind=Kind.STRING,
            always=True,
            lasting=True,
            description="The host's own FQDN, lower case; the resource's id.",
        ),
        Property(
            name="listenerAddresses", kind=Kind.STRINGS, description="Addresses on which migrations are accepted."
        ),
        Property(
            name="domain",
            kind=Kind.STRING,
            always=True,
            lasting=True,
            description="The host's domain, or its workgroup.",
        ),
        Property(
            name="operatingSystem",
            kind=Kind.STRING,
            lasting=True,
            description="Caption of the operating system, localised.",
        ),
        Property(
            name="osBuild",
            kind=Kind.INTEGER,
            lasting=True,
            description="Build number, such as 20348 for Windows Server 2022.",
        ),
        Property(
            name="credentialGuardRunning",
            kind=Kind.BOOLEAN,
            description="Whether Credential Guard runs; unset: unknown.",
        ),
        Property(
            name="clustered",
            kind=Kind.BOOLEAN,
            lasting=True,
            description="Whether it is a cluster node; unset: unknown.",
        ),
        Property(
            name="signInRequired",
            kind=Kind.BOOLEAN,
            always=True,
            description="Under CredSSP a migration works only for somebody signed in on the source host.",
        ),
        Property(
            name="priorSettings",
            kind=Kind.MAP,
            record=_SETTINGS,
            always=True,
            description="What was found when each setting was first managed.",
        ),
        Property(
            name="writtenSettings",
            kind=Kind.MAP,
            record=_SETTINGS,
            always=True,
            description="What this resource last ensured of each setting.",
        ),
        Property(
            name="priorAnyNetworks",
            kind=Kind.RECORDS,
            record=_ENTRY,
            description="The entries for any network that were found when useAnyNetwork was first managed.",
        ),
        Property(
            name="journalId", kind=Kind.STRING, description="The note this machine keeps until the state is known."
        ),
        Property(name="managed", kind=Kind.STRINGS, always=True, description="The inputs the program declares."),
    ),
)
