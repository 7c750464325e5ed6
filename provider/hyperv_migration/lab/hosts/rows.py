"""The values of the instances a host shows, class by class (hyperv-wsman.md §1, §5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Any

from hyperv_migration.lab.hosts import migration_classes as migration
from hyperv_migration.lab.hosts import windows_classes as windows
from hyperv_migration.lab.hosts.schema import CimClass, Instance
from hyperv_migration.lab.hosts.state import Snapshot

LIVE_MIGRATION = 32768
_PRODUCTS = (
    (26100, "2025"),
    (20348, "2022"),
    (17763, "2019"),
    (14393, "2016"),
    (9600, "2012 R2"),
    (0, "2012"),
)
_CAPTIONS = {"en": "Hyper-V Virtual System Migration", "ja": "Hyper-V 仮想システムの移行"}
_SITE = "Default-First-Site-Name"


@dataclass(frozen=True, kw_only=True)
class HostView:
    """What the instances are made from."""

    name: str
    """The NetBIOS name: 15 characters at most."""
    dns_name: str
    """The first label of the DNS name, which may be longer."""
    domain: str
    netbios: str
    domain_controller: str
    """The short name of the one the host is bound to."""
    snapshot: Snapshot
    language: str
    listeners: str = "usable"
    """Which addresses the service lists; see the option `listener_addresses`."""

    @property
    def build(self) -> int:
        """The Windows build."""
        return self.snapshot.facts.build


Rows = Callable[[HostView], list[Mapping[str, Any]]]


def _captions(view: HostView) -> dict[str, str]:
    text = _CAPTIONS[view.language]
    return {"Caption": text, "Description": text, "ElementName": text}


def _listening(view: HostView) -> tuple[str, ...]:
    addresses = view.snapshot.facts.listener_addresses
    if view.listeners == "usable":
        return addresses
    networks = [ip_network((each.subnet_number, each.prefix_length), strict=False) for each in view.snapshot.networks]
    return tuple(each for each in addresses if any(ip_address(each) in network for network in networks))


def _service(view: HostView) -> list[Mapping[str, Any]]:
    facts = view.snapshot.facts
    return [
        {
            **_captions(view),
            "SystemCreationClassName": "Msvm_ComputerSystem",
            "SystemName": view.name,
            "CreationClassName": migration.SERVICE.name,
            "Name": "migrationwmi",
            "ActiveVirtualSystemMigrationCount": facts.active_migrations,
            "ActiveStorageMigrationCount": facts.active_storage_migrations,
            "MigrationServiceListenerIPAddressList": _listening(view),
            "OperationalStatus": (2,),
            "StatusDescriptions": ("OK",),
            "Status": "OK",
            "HealthState": 5,
            "EnabledState": 2,
            "RequestedState": 12,
            "TransitioningToState": 12,
            "EnabledDefault": 2,
            "Started": True,
        }
    ]


def _service_setting(view: HostView) -> list[Mapping[str, Any]]:
    identity = f"Microsoft:{view.name}"
    return [{**_captions(view), "InstanceID": identity, **view.snapshot.settings}]


def _network_settings(view: HostView) -> list[Mapping[str, Any]]:
    return [
        {
            **_captions(view),
            "InstanceID": entry.instance_id,
            "SubnetNumber": entry.subnet_number,
            "PrefixLength": entry.prefix_length,
            "Metric": entry.metric,
            "Tags": entry.tags,
        }
        for entry in view.snapshot.networks
    ]


def _migration_settings(view: HostView) -> list[Mapping[str, Any]]:
    live = (LIVE_MIGRATION,) if view.snapshot.facts.live_migration_capable else ()
    return [
        {
            **_captions(view),
            "InstanceID": rf"Microsoft:MigrationSettings\{kind}",
            "MigrationType": kind,
            "TransportType": 5,
            "EnableCompression": True,
        }
        for kind in (*live, 32769, 32770, 32771)
    ]


def _capabilities(view: HostView) -> list[Mapping[str, Any]]:
    return [{**_captions(view), "InstanceID": "Microsoft:MigrationCapabilities"}]


def _setting_components(view: HostView) -> list[Mapping[str, Any]]:
    group = _references(view, migration.SERVICE_SETTING)[0]
    return [{"GroupComponent": group, "PartComponent": part} for part in _references(view, migration.NETWORK_SETTING)]


def _element_settings(view: HostView) -> list[Mapping[str, Any]]:
    service = _references(view, migration.SERVICE)[0]
    setting = _references(view, migration.SERVICE_SETTING)[0]
    return [{"ManagedElement": service, "SettingData": setting, "IsCurrent": 1, "IsDefault": 1, "IsNext": 0}]


def _references(view: HostView, cim_class: CimClass) -> list[Any]:
    return [Instance(cim_class, values).reference for values in ROWS[cim_class.name](view)]


def _operating_system(view: HostView) -> list[Mapping[str, Any]]:
    build = view.build
    product = next(year for since, year in _PRODUCTS if build >= since)
    version = f"{'6.2' if build < 9600 else '6.3' if build < 10240 else '10.0'}.{build}"  # noqa: PLR2004
    caption = f"Microsoft Windows Server {product} Datacenter"
    now = datetime.now(UTC)
    return [
        {
            "BuildNumber": str(build),
            "BuildType": "Multiprocessor Free",
            "Caption": caption,
            "CreationClassName": "Win32_OperatingSystem",
            "CSCreationClassName": "Win32_ComputerSystem",
            "CSName": view.name,
            "CurrentTimeZone": 0,
            "LastBootUpTime": now - timedelta(days=3),
            "LocalDateTime": now,
            "Locale": "0409",
            "Manufacturer": "Microsoft Corporation",
            "Name": rf"{caption}|C:\Windows|\Device\Harddisk0\Partition4",
            "OperatingSystemSKU": 8,
            "OSArchitecture": "64-bit",
            "OSLanguage": 1033,
            "ProductType": 3,
            "Status": "OK",
            "SystemDirectory": r"C:\Windows\system32",
            "Version": version,
            "WindowsDirectory": r"C:\Windows",
        }
    ]


def _computer_system(view: HostView) -> list[Mapping[str, Any]]:
    facts = view.snapshot.facts
    return [
        {
            "CreationClassName": "Win32_ComputerSystem",
            "DNSHostName": view.dns_name,
            "Domain": facts.domain,
            "DomainRole": 3 if facts.domain_joined else 2,
            "HypervisorPresent": facts.role_installed,
            "Manufacturer": "Lab",
            "Model": "Emulated host",
            "Name": view.name,
            "NumberOfProcessors": 2,
            "PartOfDomain": facts.domain_joined,
            "Roles": ("LM_Workstation", "LM_Server", "NT", "Server_NT"),
            "Status": "OK",
            "SystemType": "x64-based PC",
            "TotalPhysicalMemory": 274877906944,
            "Workgroup": None if facts.domain_joined else facts.domain,
        }
    ]


def _nt_domain(view: HostView) -> list[Mapping[str, Any]]:
    if not view.snapshot.facts.domain_joined:
        return []
    return [
        {
            "ClientSiteName": _SITE,
            "CreationClassName": "Win32_NTDomain",
            "DcSiteName": _SITE,
            "DnsForestName": view.domain,
            "DomainControllerName": rf"\\{view.domain_controller.upper()}",
            "DomainName": view.netbios,
            "DSDirectoryServiceFlag": True,
            "DSGlobalCatalogFlag": True,
            "DSKerberosDistributionCenterFlag": True,
            "DSPrimaryDomainControllerFlag": True,
            "DSWritableFlag": True,
            "Name": f"Domain: {view.netbios}",
            "Status": "OK",
        }
    ]


def _optional_features(view: HostView) -> list[Mapping[str, Any]]:
    state = 1 if view.snapshot.facts.role_installed else 2
    return [{"Name": "Microsoft-Hyper-V", "Caption": "Hyper-V", "InstallState": state, "Status": "OK"}]


def _services(view: HostView) -> list[Mapping[str, Any]]:
    facts = view.snapshot.facts
    found = [("vmms", "vmms.exe", "Auto", facts.service_running)] if facts.role_installed else []
    if facts.clustered or facts.cluster_feature:
        # Without a cluster its service is disabled.
        found.append(("ClusSvc", "clussvc.exe", "Auto" if facts.clustered else "Disabled", facts.clustered))
    return [
        {
            "CreationClassName": "Win32_Service",
            "Name": name,
            "PathName": f"C:\\Windows\\system32\\{program}",
            "Started": running,
            "StartMode": start,
            "StartName": "LocalSystem",
            "State": "Running" if running else "Stopped",
            "Status": "OK",
            "SystemCreationClassName": "Win32_ComputerSystem",
            "SystemName": view.name,
        }
        for name, program, start, running in found
    ]


def _guard(view: HostView) -> list[Mapping[str, Any]]:
    running = view.snapshot.facts.credential_guard_running
    return [
        {
            "AvailableSecurityProperties": (1, 2, 3),
            "InstanceIdentifier": "4ff40742-2649-41b8-bdd1-e80fad1cce80",
            "RequiredSecurityProperties": (1, 2) if running else (0,),
            "SecurityServicesConfigured": (1,) if running else (0,),
            "SecurityServicesRunning": (1,) if running else (0,),
            "Version": "1.0",
            "VirtualizationBasedSecurityStatus": 2 if running else 0,
        }
    ]


def _cluster(view: HostView) -> list[Mapping[str, Any]]:
    if not view.snapshot.facts.clustered:
        return []
    return [{"Name": "LABCLUSTER", "Fqdn": f"labcluster.{view.domain}", "Status": "OK"}]


def _cluster_node(view: HostView) -> list[Mapping[str, Any]]:
    if not view.snapshot.facts.clustered:
        return []
    return [{"Name": view.name, "State": 0, "Status": "OK"}]


def _ip_addresses(view: HostView) -> list[Mapping[str, Any]]:
    return [
        {
            "AddressFamily": 2 if ip_address(address).version == 4 else 23,  # noqa: PLR2004 - IP versions
            "AddressState": 4,
            "CreationClassName": "MSFT_NetIPAddress",
            "InterfaceAlias": "Ethernet",
            "InterfaceIndex": 4,
            "IPAddress": address,
            "Name": f"{number}",
            "PrefixLength": 24 if ip_address(address).version == 4 else 64,  # noqa: PLR2004 - IP versions
            "SystemCreationClassName": "MSFT_NetIPAddress",
            "SystemName": view.name,
            "Type": 1,
        }
        for number, address in enumerate(view.snapshot.facts.listener_addresses)
    ]


_ADAPTER = "{9b1d5f70-3a41-4c0a-8d57-2f6f0c1e7a55}"


def _adapters(view: HostView) -> list[Mapping[str, Any]]:
    return [
        {
            "CreationClassName": "MSFT_NetAdapter",
            "DeviceID": _ADAPTER,
            "HardwareInterface": True,
            "InterfaceDescription": "Lab Network Adapter",
            "InterfaceIndex": 4,
            "Name": "Ethernet",
            "SystemCreationClassName": "CIM_NetworkPort",
            "SystemName": view.name,
            "Virtual": False,
        }
    ]


def _adapters_with_rdma(view: HostView) -> list[Mapping[str, Any]]:
    # An adapter without RDMA has no such setting at all, as Get-NetAdapterRdma shows.
    if view.snapshot.facts.rdma == "none":
        return []
    return [
        {
            "Enabled": view.snapshot.facts.rdma == "enabled",
            "InstanceID": _ADAPTER,
            "InterfaceDescription": "Lab Network Adapter",
            "Name": "Ethernet",
            "SystemName": view.name,
        }
    ]


ROWS: Mapping[str, Rows] = {
    migration.SERVICE.name: _service,
    migration.SERVICE_SETTING.name: _service_setting,
    migration.NETWORK_SETTING.name: _network_settings,
    migration.MIGRATION_SETTING.name: _migration_settings,
    migration.CAPABILITIES.name: _capabilities,
    migration.SETTING_COMPONENT.name: _setting_components,
    migration.ELEMENT_SETTING.name: _element_settings,
    windows.OPERATING_SYSTEM.name: _operating_system,
    windows.COMPUTER_SYSTEM.name: _computer_system,
    windows.NT_DOMAIN.name: _nt_domain,
    windows.OPTIONAL_FEATURE.name: _optional_features,
    windows.SERVICE.name: _services,
    windows.GUARD.name: _guard,
    windows.CLUSTER_CLASS.name: _cluster,
    windows.CLUSTER_NODE.name: _cluster_node,
    windows.IP_ADDRESS.name: _ip_addresses,
    windows.NET_ADAPTER.name: _adapters,
    windows.NET_ADAPTER_RDMA.name: _adapters_with_rdma,
}
