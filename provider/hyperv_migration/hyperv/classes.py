"""Which CIM property carries which setting (hyperv-wsman.md §1.1). A new setting is one row in SETTINGS."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hyperv_migration.model.errors import ProtocolViolation
from hyperv_migration.model.network import NetworkEntry
from hyperv_migration.wsman.cim import CimValue, EmbeddedInstance, Instance

VIRTUALIZATION = "root/virtualization/v2"
CIMV2 = "root/cimv2"
DEVICE_GUARD = "root/Microsoft/Windows/DeviceGuard"
CLUSTER = "root/MSCluster"
STANDARD_CIMV2 = "root/StandardCimv2"

SERVICE = "Msvm_VirtualSystemMigrationService"
SERVICE_SETTING = "Msvm_VirtualSystemMigrationServiceSettingData"
NETWORK_SETTING = "Msvm_VirtualSystemMigrationNetworkSettingData"
MIGRATION_SETTING = "Msvm_VirtualSystemMigrationSettingData"
CONCRETE_JOB = "Msvm_ConcreteJob"

SERVICE_KEYS = ("CreationClassName", "Name", "SystemCreationClassName", "SystemName")
LIVE_MIGRATION = 32768
"""Msvm_VirtualSystemMigrationSettingData.MigrationType of a live migration (§1.6)."""

BOTH = "CompressionAndSMB"
"""Both bits: no cmdlet sets them so, and no program can ask for it."""

_AUTHENTICATION = {0: "CredSSP", 1: "Kerberos"}
_PERFORMANCE = {"TCPIP": (False, False), "Compression": (True, False), "SMB": (False, True), BOTH: (True, True)}


@dataclass(frozen=True, kw_only=True)
class SettingRow:
    """One setting: its input name, how it is read from the instance, and which properties a value of it sets."""

    name: str
    read: Callable[[Instance], Any]
    write: Callable[[Any], Mapping[str, CimValue]]


def _read_authentication(instance: Instance) -> str | None:
    number = instance.integer("AuthenticationType")
    return None if number is None else _AUTHENTICATION.get(number, f"AuthenticationType {number}")


def _read_performance(instance: Instance) -> str | None:
    # Get-VMHost shows Compression where both are on (§1.1), but what was found must come back as it was. Build 9200 has
    # neither property.
    compression, smb = instance.boolean("EnableCompression"), instance.boolean("EnableSmbTransport")
    if compression is None and smb is None:
        return None
    return next(name for name, bits in _PERFORMANCE.items() if bits == (bool(compression), bool(smb)))


SETTINGS = (
    SettingRow(
        name="enabled",
        read=lambda instance: instance.boolean("EnableVirtualSystemMigration"),
        write=lambda value: {"EnableVirtualSystemMigration": bool(value)},
    ),
    SettingRow(
        name="authenticationType",
        read=_read_authentication,
        write=lambda value: {"AuthenticationType": {name: number for number, name in _AUTHENTICATION.items()}[value]},
    ),
    SettingRow(
        name="performanceOption",
        read=_read_performance,
        write=lambda value: dict(zip(("EnableCompression", "EnableSmbTransport"), _PERFORMANCE[value], strict=True)),
    ),
    SettingRow(
        name="maximumVirtualMachineMigrations",
        read=lambda instance: instance.integer("MaximumActiveVirtualSystemMigration"),
        write=lambda value: {"MaximumActiveVirtualSystemMigration": int(value)},
    ),
    SettingRow(
        name="maximumStorageMigrations",
        read=lambda instance: instance.integer("MaximumActiveStorageMigration"),
        write=lambda value: {"MaximumActiveStorageMigration": int(value)},
    ),
)

# What the whole instance is written with, in the types of the class (§1.3). Properties of newer builds that are not
# listed (MigTdHash, MigTdMappings, since 28000) are left out: they are not ours to set.
_SERVICE_SETTING_TYPES = {
    "InstanceID": "string",
    "EnableVirtualSystemMigration": "boolean",
    "MaximumActiveVirtualSystemMigration": "uint32",
    "MaximumActiveStorageMigration": "uint32",
    "AuthenticationType": "uint32",
    "EnableCompression": "boolean",
    "EnableSmbTransport": "boolean",
}


def read_settings(instance: Instance) -> dict[str, Any]:
    """Return the settings of a service setting instance by their input names; what the build lacks is left out."""
    values = {row.name: row.read(instance) for row in SETTINGS}
    return {name: value for name, value in values.items() if value is not None}


def write_settings(instance: Instance, changes: Mapping[str, Any]) -> EmbeddedInstance:
    """Return the whole instance as read, overlaid by the changes, as the cmdlets send it (§2.1, §7 pitfall 6)."""
    overlay: dict[str, CimValue] = {}
    for row in SETTINGS:
        if row.name in changes:
            overlay.update(row.write(changes[row.name]))
    properties: list[tuple[str, str, CimValue]] = []
    for name, cim_type in _SERVICE_SETTING_TYPES.items():
        value = overlay.get(name, instance.text(name))
        if value is not None:
            properties.append((name, cim_type, value))
        elif name in overlay:
            raise ProtocolViolation(f"{SERVICE_SETTING}.{name} has no value to write.")
    return EmbeddedInstance(class_name=SERVICE_SETTING, properties=properties)


def read_network(instance: Instance) -> NetworkEntry:
    """Return one entry of the network list."""
    return NetworkEntry(
        instance_id=instance.required_text("InstanceID"),
        subnet_number=instance.required_text("SubnetNumber"),
        prefix_length=instance.integer("PrefixLength") or 0,
        metric=instance.integer("Metric") or 0,
        tags=instance.texts("Tags"),
    )


def write_network(
    *, subnet_number: str, prefix_length: int, metric: int | None, tags: tuple[str, ...], instance_id: str | None = None
) -> EmbeddedInstance:
    """Return a network setting instance; without InstanceID for Add, with it for Modify (§2.2)."""
    properties: list[tuple[str, str, CimValue]] = []
    if instance_id is not None:
        properties.append(("InstanceID", "string", instance_id))
    properties.append(("SubnetNumber", "string", subnet_number))
    properties.append(("PrefixLength", "uint8", prefix_length))
    if metric is not None:
        properties.append(("Metric", "uint32", metric))
    properties.append(("Tags", "string", tags))
    return EmbeddedInstance(class_name=NETWORK_SETTING, properties=properties)
