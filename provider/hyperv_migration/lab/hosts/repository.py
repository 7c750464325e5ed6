"""Which classes and instances a host shows to a caller at this moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any

from hyperv_migration.lab.hosts import migration_classes as migration
from hyperv_migration.lab.hosts import windows_classes as windows
from hyperv_migration.lab.hosts.faults import PROVIDER_DENIED, Refused
from hyperv_migration.lab.hosts.names import CIMV2, CLUSTER, DEVICE_GUARD, STANDARD_CIMV2, VIRTUALIZATION
from hyperv_migration.lab.hosts.schema import CimClass, Instance
from hyperv_migration.lab.hosts.state import Snapshot
from hyperv_migration.lab.scenario import Account

FIRST_WITH_DEVICE_GUARD = 14393
"""Win32_DeviceGuard exists from 10/2016 (§5)."""
LIVE_MIGRATION = 32768
_ADMINISTRATORS_ONLY = (
    windows.SERVICE,
    windows.OPTIONAL_FEATURE,
    windows.GUARD,
    windows.CLUSTER_CLASS,
    windows.CLUSTER_NODE,
)
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
class Repository:
    """The WMI repository of one host, as one caller sees it in one request."""

    name: str
    domain: str
    netbios: str
    domain_controller: str
    snapshot: Snapshot
    language: str
    account: Account | None
    jobs: Callable[[], list[Instance]]
    service_ready: bool = True
    """False while vmms is starting: the classes of Hyper-V have no instances."""

    def classes(self, namespace: str, class_name: str) -> list[CimClass]:
        """Give a class and those derived from it; none where the namespace or the class is not there."""
        if not self._exists(namespace):
            return []
        found = [each for each in _ALL if each.namespace.lower() == namespace.lower() and each.is_a(class_name)]
        return [each for each in found if each.of_build(self.build)]

    @property
    def build(self) -> int:
        """The Windows build."""
        return self.snapshot.facts.build

    def instances(self, cim_class: CimClass) -> list[Instance]:
        """Give the instances of a class, not of those derived from it.

        Raises:
            Refused: Only local administrators may read the class (§6).
        """
        if self.account is not None and not self.account.administrator:
            if cim_class in _ADMINISTRATORS_ONLY:
                raise Refused(PROVIDER_DENIED)
            if cim_class.namespace == VIRTUALIZATION and not self.account.hyperv_administrator:
                return []  # an empty list, not a fault: how Hyper-V answers a caller without rights (§6)
        if cim_class.namespace == VIRTUALIZATION and not (self.service_ready and self.snapshot.facts.service_running):
            return []
        if cim_class is migration.CONCRETE_JOB:
            return self.jobs()
        rows = _ROWS.get(cim_class.name)
        return [] if rows is None else [Instance(cim_class, values) for values in rows(self)]

    def _exists(self, namespace: str) -> bool:
        facts = self.snapshot.facts
        return {
            VIRTUALIZATION.lower(): facts.role_installed,
            CIMV2: True,
            STANDARD_CIMV2.lower(): True,
            DEVICE_GUARD.lower(): facts.build >= FIRST_WITH_DEVICE_GUARD,
            CLUSTER.lower(): facts.clustered,
        }.get(namespace.lower(), False)


Rows = Callable[[Repository], list[Mapping[str, Any]]]


def _captions(repository: Repository) -> dict[str, str]:
    text = _CAPTIONS[repository.language]
    return {"Caption": text, "Description": text, "ElementName": text}


def _service(repository: Repository) -> list[Mapping[str, Any]]:
    facts = repository.snapshot.facts
    return [
        {
            **_captions(repository),
            "SystemCreationClassName": "Msvm_ComputerSystem",
            "SystemName": repository.name,
            "CreationClassName": migration.SERVICE.name,
            "Name": "migrationwmi",
            "ActiveVirtualSystemMigrationCount": facts.active_migrations,
            "ActiveStorageMigrationCount": facts.active_storage_migrations,
            "MigrationServiceListenerIPAddressList": facts.listener_addresses,
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


def _service_setting(repository: Repository) -> list[Mapping[str, Any]]:
    identity = f"Microsoft:{repository.name}"
    return [{**_captions(repository), "InstanceID": identity, **repository.snapshot.settings}]


def _network_settings(repository: Repository) -> list[Mapping[str, Any]]:
    return [
        {
            **_captions(repository),
            "InstanceID": entry.instance_id,
            "SubnetNumber": entry.subnet_number,
            "PrefixLength": entry.prefix_length,
            "Metric": entry.metric,
            "Tags": entry.tags,
        }
        for entry in repository.snapshot.networks
    ]


def _migration_settings(repository: Repository) -> list[Mapping[str, Any]]:
    live = (LIVE_MIGRATION,) if repository.snapshot.facts.live_migration_capable else ()
    return [
        {
            **_captions(repository),
            "InstanceID": rf"Microsoft:MigrationSettings\{kind}",
            "MigrationType": kind,
            "TransportType": 5,
            "EnableCompression": True,
        }
        for kind in (*live, 32769, 32770, 32771)
    ]


def _capabilities(repository: Repository) -> list[Mapping[str, Any]]:
    return [{**_captions(repository), "InstanceID": "Microsoft:MigrationCapabilities"}]


def _setting_components(repository: Repository) -> list[Mapping[str, Any]]:
    group = _references(repository, migration.SERVICE_SETTING)[0]
    return [
        {"GroupComponent": group, "PartComponent": part} for part in _references(repository, migration.NETWORK_SETTING)
    ]


def _element_settings(repository: Repository) -> list[Mapping[str, Any]]:
    service = _references(repository, migration.SERVICE)[0]
    setting = _references(repository, migration.SERVICE_SETTING)[0]
    return [{"ManagedElement": service, "SettingData": setting, "IsCurrent": 1, "IsDefault": 1, "IsNext": 0}]


def _references(repository: Repository, cim_class: CimClass) -> list[Any]:
    return [Instance(cim_class, values).reference for values in _ROWS[cim_class.name](repository)]


def _operating_system(repository: Repository) -> list[Mapping[str, Any]]:
    build = repository.build
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
            "CSName": repository.name,
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


def _computer_system(repository: Repository) -> list[Mapping[str, Any]]:
    facts = repository.snapshot.facts
    return [
        {
            "CreationClassName": "Win32_ComputerSystem",
            "DNSHostName": repository.name.lower(),
            "Domain": facts.domain,
            "DomainRole": 3 if facts.domain_joined else 2,
            "HypervisorPresent": facts.role_installed,
            "Manufacturer": "Lab",
            "Model": "Emulated host",
            "Name": repository.name,
            "NumberOfProcessors": 2,
            "PartOfDomain": facts.domain_joined,
            "Roles": ("LM_Workstation", "LM_Server", "NT", "Server_NT"),
            "Status": "OK",
            "SystemType": "x64-based PC",
            "TotalPhysicalMemory": 274877906944,
            "Workgroup": None if facts.domain_joined else facts.domain,
        }
    ]


def _nt_domain(repository: Repository) -> list[Mapping[str, Any]]:
    if not repository.snapshot.facts.domain_joined:
        return []
    return [
        {
            "ClientSiteName": _SITE,
            "CreationClassName": "Win32_NTDomain",
            "DcSiteName": _SITE,
            "DnsForestName": repository.domain,
            "DomainControllerName": rf"\\{repository.domain_controller.upper()}",
            "DomainName": repository.netbios,
            "DSDirectoryServiceFlag": True,
            "DSGlobalCatalogFlag": True,
            "DSKerberosDistributionCenterFlag": True,
            "DSPrimaryDomainControllerFlag": True,
            "DSWritableFlag": True,
            "Name": f"Domain: {repository.netbios}",
            "Status": "OK",
        }
    ]


def _optional_features(repository: Repository) -> list[Mapping[str, Any]]:
    state = 1 if repository.snapshot.facts.role_installed else 2
    return [{"Name": "Microsoft-Hyper-V", "Caption": "Hyper-V", "InstallState": state, "Status": "OK"}]


def _services(repository: Repository) -> list[Mapping[str, Any]]:
    facts = repository.snapshot.facts
    if not facts.role_installed:
        return []
    return [
        {
            "CreationClassName": "Win32_Service",
            "Name": "vmms",
            "PathName": r"C:\Windows\system32\vmms.exe",
            "Started": facts.service_running,
            "StartMode": "Auto",
            "StartName": "LocalSystem",
            "State": "Running" if facts.service_running else "Stopped",
            "Status": "OK",
            "SystemCreationClassName": "Win32_ComputerSystem",
            "SystemName": repository.name,
        }
    ]


def _guard(repository: Repository) -> list[Mapping[str, Any]]:
    running = repository.snapshot.facts.credential_guard_running
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


def _cluster(repository: Repository) -> list[Mapping[str, Any]]:
    return [{"Name": "LABCLUSTER", "Fqdn": f"labcluster.{repository.domain}", "Status": "OK"}]


def _cluster_node(repository: Repository) -> list[Mapping[str, Any]]:
    return [{"Name": repository.name, "State": 0, "Status": "OK"}]


def _ip_addresses(repository: Repository) -> list[Mapping[str, Any]]:
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
            "SystemName": repository.name,
            "Type": 1,
        }
        for number, address in enumerate(repository.snapshot.facts.listener_addresses)
    ]


_ROWS: Mapping[str, Rows] = {
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
}
_ALL = (*migration.CLASSES, *windows.CLASSES)
