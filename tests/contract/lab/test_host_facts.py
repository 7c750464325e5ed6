from __future__ import annotations

import pytest
from pypsrp.exceptions import WSManFaultError

from contract.lab.client import CIMV2, SERVICE, SERVICE_SETTING, VIRTUALIZATION, Client
from contract.lab.conftest import Connect, StartHost
from hyperv_migration.lab.hosts.host import EmulatedHost
from hyperv_migration.lab.options import Options

DEVICE_GUARD = "root/Microsoft/Windows/DeviceGuard"
CLUSTER = "root/MSCluster"
GUARD = "SELECT * FROM Win32_DeviceGuard"


def _missing(client: Client, query: str, namespace: str) -> bool:
    """Say whether a namespace is positively missing, which is told by CIM status 3 in MSFT_WmiError (§3.6)."""
    try:
        client.query(query, namespace)
    except WSManFaultError as fault:
        return bool(fault.code == "w:InternalError")
    return False


def test_workgroup_computer(start_host: StartHost, connect: Connect) -> None:
    """It names its workgroup, has role 2, and no domain."""
    client = connect(start_host(domain_joined=False))
    (system,) = client.query("SELECT * FROM Win32_ComputerSystem", CIMV2)
    assert (system["PartOfDomain"], system["Domain"], system["Workgroup"], system["DomainRole"]) == (
        "false",
        "WORKGROUP",
        "WORKGROUP",
        "2",
    )
    assert client.query("SELECT * FROM Win32_NTDomain", CIMV2) == []


def test_domain_controller_and_site(client: Client) -> None:
    """Win32_NTDomain tells which DC the host is bound to, and in which site (active-directory.md, 170)."""
    (domain,) = client.query("SELECT * FROM Win32_NTDomain", CIMV2)
    assert (domain["DomainName"], domain["DomainControllerName"], domain["ClientSiteName"]) == (
        "LAB",
        r"\\DC1",
        "Default-First-Site-Name",
    )


@pytest.mark.parametrize(
    ("build", "version", "product"),
    [
        (9200, "6.2.9200", "2012"),
        (9600, "6.3.9600", "2012 R2"),
        (14393, "10.0.14393", "2016"),
        (26100, "10.0.26100", "2025"),
    ],
)
def test_windows_versions(start_host: StartHost, connect: Connect, build: int, version: str, product: str) -> None:
    """BuildNumber is a string, and the caption names the product (§5)."""
    (system,) = connect(start_host(build=build)).query("SELECT * FROM Win32_OperatingSystem", CIMV2)
    assert (system["BuildNumber"], system["Version"], system["Caption"]) == (
        str(build),
        version,
        f"Microsoft Windows Server {product} Datacenter",
    )


@pytest.mark.parametrize(("running", "services"), [(True, "1"), (False, "0")])
def test_credential_guard(start_host: StartHost, connect: Connect, running: bool, services: str) -> None:
    """SecurityServicesRunning holds 1 where it runs (§5)."""
    (guard,) = connect(start_host(credential_guard_running=running)).query(GUARD, DEVICE_GUARD)
    assert guard["SecurityServicesRunning"] == services


@pytest.mark.parametrize(("build", "missing"), [(9600, True), (14393, False)])
def test_device_guard_came_with_2016(start_host: StartHost, connect: Connect, build: int, missing: bool) -> None:
    """Older builds do not have the namespace (§5)."""
    assert _missing(connect(start_host(build=build)), GUARD, DEVICE_GUARD) is missing


def test_cluster_namespace_is_there_only_in_a_cluster(host: EmulatedHost, client: Client) -> None:
    """And a host may join one while the lab runs (§5)."""
    before = _missing(client, "SELECT * FROM MSCluster_Cluster", CLUSTER)
    host.change_facts(clustered=True)
    (node,) = client.query("SELECT * FROM MSCluster_Node", CLUSTER)
    assert (before, node["Name"]) == (True, "HV01")


def test_host_without_the_role(start_host: StartHost, connect: Connect) -> None:
    """No namespace, no vmms, and the feature is disabled (§5)."""
    client = connect(start_host(role_installed=False))
    (feature,) = client.query("SELECT * FROM Win32_OptionalFeature WHERE Name = 'Microsoft-Hyper-V'", CIMV2)
    services = client.query("SELECT * FROM Win32_Service WHERE Name='vmms'", CIMV2)
    assert (_missing(client, f"SELECT * FROM {SERVICE}", VIRTUALIZATION), feature["InstallState"], services) == (
        True,
        "2",
        [],
    )


def test_service_that_is_stopped(host: EmulatedHost, client: Client) -> None:
    """The namespace stands and is empty, and Win32_Service says why."""
    host.change_facts(service_running=False)
    (service,) = client.query("SELECT * FROM Win32_Service WHERE Name='vmms'", CIMV2)
    assert (client.query(f"SELECT * FROM {SERVICE_SETTING}"), service["State"]) == ([], "Stopped")


@pytest.mark.parametrize(("capable", "types"), [(True, "32768"), (False, None)])
def test_live_migration_capability(start_host: StartHost, connect: Connect, capable: bool, types: str | None) -> None:
    """A migration setting of type 32768 is the sign (§1.6)."""
    client = connect(start_host(live_migration_capable=capable))
    found = client.query("SELECT * FROM Msvm_VirtualSystemMigrationSettingData WHERE MigrationType = 32768")
    assert [each["MigrationType"] for each in found] == ([types] if types else [])


def test_migrations_in_flight_are_counted(host: EmulatedHost, client: Client) -> None:
    """For a client that waits before it disables."""
    host.change_facts(active_migrations=2)
    (service,) = client.query(f"SELECT * FROM {SERVICE}")
    assert service["ActiveVirtualSystemMigrationCount"] == "2"


@pytest.mark.parametrize(("limit", "code"), [(10, "32773"), (100, "0")])
def test_limits_of_the_numbers(start_host: StartHost, connect: Connect, limit: int, code: str) -> None:
    """Where they lie is not known, so they can be set (§10.7)."""
    client = connect(start_host(Options(maximum_limit=limit)))
    assert client.modify(MaximumActiveVirtualSystemMigration=50)["ReturnValue"] == code


def test_long_name_is_cut_in_the_netbios_form(start_host: StartHost, connect: Connect) -> None:
    """InstanceID holds the NetBIOS name, so it is read and not built (§7 pitfall 23)."""
    client = connect(start_host(name="hypervisor-in-berlin-1"))
    (setting,) = client.query(f"SELECT * FROM {SERVICE_SETTING}")
    (system,) = client.query("SELECT * FROM Win32_ComputerSystem", CIMV2)
    assert (setting["InstanceID"], system["DNSHostName"]) == ("Microsoft:HYPERVISOR-IN-B", "hypervisor-in-berlin-1")
