from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import pytest
from pypsrp.exceptions import WSManFaultError

from contract.lab.client import CIMV2, NETWORK_SETTING, SERVICE_SETTING, VIRTUALIZATION, WMI, A, Client, N, W
from contract.lab.conftest import Connect, StartHost
from hyperv_migration.lab.hosts.host import EmulatedHost
from hyperv_migration.lab.options import Options
from hyperv_migration.lab.scenario import Network

ALL_NETWORKS = f"SELECT * FROM {NETWORK_SETTING}"


def _with_networks(host: EmulatedHost, count: int) -> None:
    for number in range(count):
        host.add_network(f"10.0.{number}.0", 24, metric=number)


def test_fresh_host_has_the_recorded_settings(client: Client) -> None:
    """After installation: disabled, two at a time, CredSSP, Compression (hyperv-wsman.md §1.3)."""
    (setting,) = client.query(f"SELECT * FROM {SERVICE_SETTING}")
    del setting["Caption"], setting["Description"], setting["ElementName"]
    assert setting == {
        "AuthenticationType": "0",
        "EnableCompression": "true",
        "EnableSmbTransport": "false",
        "EnableVirtualSystemMigration": "false",
        "InstanceID": "Microsoft:HV01",
        "MaximumActiveStorageMigration": "2",
        "MaximumActiveVirtualSystemMigration": "2",
    }


def test_fresh_host_has_no_networks(client: Client) -> None:
    """No network is configured after installation."""
    assert client.query(ALL_NETWORKS) == []


def test_optimised_enumeration_is_complete_in_one_message(client: Client, host: EmulatedHost) -> None:
    """What fits MaxElements comes at once, with the end marker in the w: namespace and an empty context (E2)."""
    _with_networks(host, 3)
    page = client.page(ALL_NETWORKS, optimise=3)
    assert (len(page.items), page.context, page.ended) == (3, None, True)


def test_optimised_enumeration_without_room_goes_on_with_pull(client: Client, host: EmulatedHost) -> None:
    """What does not fit MaxElements is pulled."""
    _with_networks(host, 5)
    first = client.page(ALL_NETWORKS, optimise=2)
    assert (len(first.items), first.ended) == (2, False)
    second = client.pull(first.context or "", 100)
    assert (len(second.items), second.ended) == (3, True)


def test_plain_enumeration_gives_a_context_only(client: Client, host: EmulatedHost) -> None:
    """Without OptimizeEnumeration the answer holds nothing but a context (E3)."""
    _with_networks(host, 2)
    page = client.page(ALL_NETWORKS)
    assert (page.items, page.ended, (page.context or "")[:5]) == ([], False, "uuid:")


def test_pull_without_maxelements_gives_one_item(client: Client, host: EmulatedHost) -> None:
    """The default of MaxElements is one (§3.2)."""
    _with_networks(host, 2)
    context = client.page(ALL_NETWORKS).context or ""
    pages = [client.pull(context), client.pull(context)]
    assert [(len(page.items), page.ended) for page in pages] == [(1, False), (1, True)]


def test_pull_on_another_resource_uri_is_tolerated(client: Client, host: EmulatedHost) -> None:
    """Libvirt pulls on the class URI (§3.2)."""
    _with_networks(host, 1)
    context = client.page(ALL_NETWORKS).context or ""
    page = client.pull(context, 9, uri=f"{WMI}{VIRTUALIZATION}/{NETWORK_SETTING}")
    assert (len(page.items), page.ended) == (1, True)


def test_context_is_gone_after_the_end(client: Client) -> None:
    """A context that has ended is unknown: 0x8033801B."""
    context = client.page(ALL_NETWORKS).context or ""
    client.pull(context, 9)
    with pytest.raises(WSManFaultError) as fault:
        client.pull(context, 9)
    assert fault.value.code == 2150858779


def test_context_expires(start_host: StartHost, connect: Connect) -> None:
    """A context that nobody pulls is forgotten: 0x8033801B."""
    host = start_host()
    client = connect(host)
    context = client.page(ALL_NETWORKS).context or ""
    host.expire_enumerations()
    with pytest.raises(WSManFaultError) as fault:
        client.pull(context, 9)
    assert fault.value.code == 2150858779


def test_released_context_is_gone(client: Client, host: EmulatedHost) -> None:
    """Release ends an enumeration early."""
    _with_networks(host, 2)
    context = client.page(ALL_NETWORKS).context or ""
    body = ET.Element(f"{N}Release")
    ET.SubElement(body, f"{N}EnumerationContext").text = context
    client.wsman.invoke(f"{N[1:-1]}/Release", f"{WMI}{VIRTUALIZATION}/*", body)
    with pytest.raises(WSManFaultError) as fault:
        client.pull(context)
    assert fault.value.code == 2150858779


def test_list_beyond_the_envelope_is_split(start_host: StartHost, connect: Connect) -> None:
    """A list that is longer than MaxEnvelopeSize comes in several pieces (§3.8)."""
    host = start_host()
    _with_networks(host, 30)
    client = connect(host, max_envelope_size=8192)
    page = client.page(ALL_NETWORKS, optimise=100)
    pieces, found = 1, len(page.items)
    while not page.ended:
        page = client.pull(page.context or "", 100)
        pieces, found = pieces + 1, found + len(page.items)
    assert (found, pieces > 2) == (30, True)


def test_class_uri_without_filter_lists_the_class(client: Client) -> None:
    """An Enumerate on the class itself needs no WQL."""
    page = client.page("", uri=f"{WMI}{VIRTUALIZATION}/{SERVICE_SETTING}", optimise=9)
    assert len(page.items) == 1


def test_query_on_a_base_class_gives_derived_instances(client: Client) -> None:
    """Elements are named for the derived class, in its own namespace (§3.3)."""
    page = client.page("SELECT * FROM CIM_VirtualSystemMigrationService", optimise=9)
    assert page.items[0].tag == (
        f"{{{WMI}{VIRTUALIZATION}/Msvm_VirtualSystemMigrationService}}Msvm_VirtualSystemMigrationService"
    )


def test_references_are_listed_on_request(client: Client, host: EmulatedHost) -> None:
    """EnumerateEPR gives endpoint references, which a Get takes."""
    _with_networks(host, 1)
    page = client.page(ALL_NETWORKS, optimise=9, mode="EnumerateEPR")
    (selector,) = [each for each in page.items[0].iter(f"{W}Selector") if each.get("Name") == "InstanceID"]
    assert (page.items[0].tag, selector.text) == (f"{A}EndpointReference", host.networks[0].instance_id)


def test_objects_and_references_come_together(client: Client, host: EmulatedHost) -> None:
    """EnumerateObjectAndEPR wraps both in a w:Item (§3.3)."""
    _with_networks(host, 1)
    page = client.page(ALL_NETWORKS, optimise=9, mode="EnumerateObjectAndEPR")
    assert [each.tag.rpartition("}")[2] for each in page.items[0]] == [NETWORK_SETTING, "EndpointReference"]


def test_conditions_select(client: Client, host: EmulatedHost) -> None:
    """WHERE compares text without case, numbers and booleans."""
    _with_networks(host, 3)
    query = f"SELECT * FROM {NETWORK_SETTING} WHERE SubnetNumber = '10.0.1.0' AND PrefixLength = 24"
    assert [each["Metric"] for each in client.query(query)] == ["1"]
    assert client.query(f"SELECT * FROM {SERVICE_SETTING} WHERE EnableCompression = FALSE") == []


def test_projection_comes_as_fragments(client: Client) -> None:
    """A column list gives w:XmlFragment items (§3.3)."""
    page = client.page(f"SELECT AuthenticationType FROM {SERVICE_SETTING}", optimise=9)
    assert [each.tag for each in page.items] == [f"{W}XmlFragment"]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM Msvm_NoSuchClass",
        "SELECT * FROM",
        "DELETE FROM Win32_Service",
        f"SELECT * FROM {SERVICE_SETTING} WHERE NoSuchProperty = 1",
        f"SELECT * FROM {SERVICE_SETTING} WHERE InstanceID = 1",
        f"SELECT * FROM {SERVICE_SETTING} ORDER BY InstanceID",
        f"SELECT * FROM {SERVICE_SETTING} WHERE InstanceID = 'a",
    ],
)
def test_query_that_cannot_be_answered_is_a_filter_fault(client: Client, query: str) -> None:
    """Bad WQL and unknown classes are CannotProcessFilter (E13); pypsrp shows the subcode where no WSManFault is."""
    with pytest.raises(WSManFaultError) as fault:
        client.page(query, optimise=9)
    assert fault.value.code == "n:CannotProcessFilter"


@pytest.mark.parametrize(
    ("told", "code"), [("invalid-namespace", "w:InternalError"), ("filter", "n:CannotProcessFilter")]
)
def test_unknown_namespace(start_host: StartHost, connect: Connect, told: Any, code: str) -> None:
    """By WMI's own number, or told as an unknown class is: nobody here has seen which (§3.6)."""
    with pytest.raises(WSManFaultError) as fault:
        connect(start_host(Options(missing_namespace=told))).page(
            "SELECT * FROM MSCluster_Cluster", namespace="root/MSCluster", optimise=9
        )
    assert fault.value.code == code


def test_namespaces_are_listed_by_wmi_itself(start_host: StartHost, connect: Connect) -> None:
    """__NAMESPACE lists the children of a namespace, also while no provider is ready there."""
    children = "SELECT * FROM __NAMESPACE"
    host = start_host()
    host.change_facts(service_running=False)
    client = connect(host)
    assert [each["Name"] for each in client.query(children, "root/virtualization")] == ["v2"]
    names = {each["Name"] for each in client.query(children, "root")}
    assert {"cimv2", "virtualization"} <= names
    client = connect(start_host(role_installed=False))
    assert "virtualization" not in {each["Name"] for each in client.query(children, "root")}


def test_query_needs_the_star_uri(client: Client) -> None:
    """WQL on a class URI is refused: 0x803380FB."""
    with pytest.raises(WSManFaultError) as fault:
        client.page(ALL_NETWORKS, uri=f"{WMI}{VIRTUALIZATION}/{NETWORK_SETTING}", optimise=9)
    assert fault.value.code == 2150859003


def test_class_uri_of_an_unknown_class_is_not_found(client: Client) -> None:
    """Asked for by its own URI, an unknown class is 0x80338000 (E14)."""
    with pytest.raises(WSManFaultError) as fault:
        client.page("", uri=f"{WMI}{VIRTUALIZATION}/Msvm_NoSuchClass", optimise=9)
    assert fault.value.code == 2150858752


def test_associations_lead_from_setting_to_network(start_host: StartHost, connect: Connect) -> None:
    """The component association names both ends by reference (§1.5)."""
    host = start_host(networks=(Network(subnet_number="10.0.0.0", prefix_length=8),))
    (row,) = connect(host).query("SELECT * FROM Msvm_VirtualSystemMigrationServiceSettingDataComponent")
    part = row["PartComponent"]
    assert isinstance(part, ET.Element)
    assert [each.text for each in part.iter(f"{W}Selector")] == [host.networks[0].instance_id, VIRTUALIZATION]


def test_context_may_stand_beside_the_end(start_host: StartHost, connect: Connect) -> None:
    """A recorded sample has both; the option shows it to clients (§10.9)."""
    page = connect(start_host(Options(context_at_end=True))).page(ALL_NETWORKS, optimise=9)
    assert (page.ended, (page.context or "")[:5]) == (True, "uuid:")


def test_host_facts_are_told(client: Client) -> None:
    """The classes of root/cimv2 say who the host is (§5)."""
    (system,) = client.query("SELECT * FROM Win32_ComputerSystem", CIMV2)
    (windows,) = client.query("SELECT * FROM Win32_OperatingSystem", CIMV2)
    assert (system["DNSHostName"], system["Domain"], system["PartOfDomain"], system["DomainRole"]) == (
        "hv01",
        "lab.test",
        "true",
        "3",
    )
    assert (windows["BuildNumber"], windows["ProductType"]) == ("20348", "3")
