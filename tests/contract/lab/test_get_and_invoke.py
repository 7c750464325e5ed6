from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from pypsrp.exceptions import WSManFaultError

from contract.lab.client import (
    CIMV2,
    NETWORK_SETTING,
    SERVICE,
    SERVICE_KEYS,
    SERVICE_SETTING,
    VIRTUALIZATION,
    WMI,
    Client,
    Epr,
    instance,
    properties,
)
from contract.lab.conftest import Connect, StartHost
from hyperv_migration.lab.hosts.host import EmulatedHost
from hyperv_migration.lab.options import Options
from hyperv_migration.lab.scenario import Network

SETTING_KEY = {"InstanceID": "Microsoft:HV01"}


def _code(call: pytest.ExceptionInfo[WSManFaultError]) -> object:
    return call.value.code


def test_get_by_all_keys(client: Client) -> None:
    """The instance is the only child of the body, its properties in alphabetical order (E5)."""
    service = client.get(SERVICE, SERVICE_KEYS)
    names = [child.tag.rpartition("}")[2] for child in service]
    assert (service.tag, names) == (f"{{{WMI}{VIRTUALIZATION}/{SERVICE}}}{SERVICE}", sorted(names, key=str.lower))


@pytest.mark.parametrize(
    "selectors",
    [{"CreationClassName": SERVICE}, {"systemname": "hv01"}, {**SERVICE_KEYS, "__cimnamespace": VIRTUALIZATION}],
)
def test_get_by_a_subset_that_is_unique(client: Client, selectors: dict[str, str]) -> None:
    """Some keys are enough, whatever their case; the namespace may be repeated (§3.2, §7)."""
    assert properties(client.get(SERVICE, selectors))["Name"] == "migrationwmi"


def test_null_scalars_are_nil_and_null_arrays_absent(client: Client) -> None:
    """As WinRM prints nulls (§3.3)."""
    service = properties(client.get(SERVICE, SERVICE_KEYS))
    assert (service["InstanceID"], "InstanceID" in service, "AvailableRequestedStates" in service) == (
        None,
        True,
        False,
    )


def test_arrays_repeat_their_element(start_host: StartHost, connect: Connect) -> None:
    """The order is kept as delivered (§3.3)."""
    host = start_host(listener_addresses=("192.168.10.11", "fe80::1c2:3"))
    service = properties(connect(host).get(SERVICE, SERVICE_KEYS))
    assert service["MigrationServiceListenerIPAddressList"] == ["192.168.10.11", "fe80::1c2:3"]


def test_moments_are_cim_datetimes(client: Client) -> None:
    """A datetime holds a child cim:Datetime in ISO form (§3.3)."""
    moment = properties(client.get("Win32_OperatingSystem", {}, CIMV2))["LocalDateTime"]
    assert isinstance(moment, ET.Element)
    assert moment[0].tag == "{http://schemas.dmtf.org/wbem/wscim/1/common}Datetime"
    assert (moment[0].text or "").endswith("Z")


def test_build_9200_lacks_the_transports(start_host: StartHost, connect: Connect) -> None:
    """Windows Server 2012 has neither compression nor SMB (§1.3)."""
    setting = properties(connect(start_host(build=9200)).get(SERVICE_SETTING, SETTING_KEY))
    assert [name for name in ("EnableCompression", "EnableSmbTransport", "AuthenticationType") if name in setting] == [
        "AuthenticationType"
    ]


def test_class_that_is_no_singleton_needs_selectors(client: Client) -> None:
    """A Get without selectors is 0x803380FA (§3.6)."""
    with pytest.raises(WSManFaultError) as fault:
        client.get(SERVICE_SETTING, {})
    assert _code(fault) == 2150859002


def test_selector_that_is_no_key(client: Client) -> None:
    """InvalidSelectors 0x80338044 (§3.6)."""
    with pytest.raises(WSManFaultError) as fault:
        client.get(SERVICE, {"Caption": "x"})
    assert _code(fault) == 2150858820


def test_selector_of_another_namespace(client: Client) -> None:
    """__cimnamespace must say what the URI says (§7 pitfall 2)."""
    with pytest.raises(WSManFaultError) as fault:
        client.get(SERVICE, {**SERVICE_KEYS, "__cimnamespace": "root/cimv2"})
    assert _code(fault) == 2150858813


def test_key_that_matches_nothing(client: Client) -> None:
    """A missing instance is DestinationUnreachable 0x80338000 (E14)."""
    with pytest.raises(WSManFaultError) as fault:
        client.get(NETWORK_SETTING, {"InstanceID": "none"})
    assert (_code(fault), fault.value.provider) == (2150858752, "WMI Provider")


def test_subset_that_is_ambiguous(start_host: StartHost, connect: Connect) -> None:
    """Several instances have these keys: 0x8033805E."""
    host = start_host(listener_addresses=("192.168.10.11", "192.168.10.12"))
    with pytest.raises(WSManFaultError) as fault:
        connect(host).get("MSFT_NetIPAddress", {"SystemName": "HV01"}, "root/StandardCimv2")
    assert _code(fault) == 2150858846


@pytest.mark.parametrize("detail", ["MSFT_WmiError", "none"])
def test_detail_of_not_found_is_switchable(start_host: StartHost, connect: Connect, detail: str) -> None:
    """Newer hosts may leave WSManFault out; then only the subcode tells (§3.5, §10.4)."""
    client = connect(start_host(Options(not_found_detail=detail)))
    with pytest.raises(WSManFaultError) as fault:
        client.get(NETWORK_SETTING, {"InstanceID": "none"})
    assert _code(fault) == "a:DestinationUnreachable"


@pytest.mark.parametrize(
    ("class_name", "namespace"), [("Msvm_NoSuch", VIRTUALIZATION), ("Win32_DeviceGuard", "root/no/such")]
)
def test_class_or_namespace_that_is_not_there(client: Client, class_name: str, namespace: str) -> None:
    """Both are 0x80338000."""
    with pytest.raises(WSManFaultError) as fault:
        client.get(class_name, {"InstanceID": "x"}, namespace)
    assert _code(fault) == 2150858752


def test_settings_cannot_be_put(client: Client) -> None:
    """Settings change through methods only; a Put finds a provider that is not capable (§1.1)."""
    uri = f"{WMI}{VIRTUALIZATION}/{SERVICE_SETTING}"
    with pytest.raises(WSManFaultError) as fault:
        client.wsman.put(uri, ET.Element(f"{{{uri}}}{SERVICE_SETTING}"))
    assert _code(fault) == 2150859010


def test_method_without_selectors(client: Client) -> None:
    """The service is no singleton: a method-parameter error of WMI (§3.6)."""
    with pytest.raises(WSManFaultError) as fault:
        client.invoke("ModifyServiceSettings", [], selectors={})
    assert _code(fault) == "w:InvalidParameter"


def test_unknown_method(client: Client) -> None:
    """ActionNotSupported 0x80338013."""
    with pytest.raises(WSManFaultError) as fault:
        client.invoke("NoSuchMethod", [])
    assert _code(fault) == 2150858771


def test_method_of_a_newer_build(start_host: StartHost, connect: Connect) -> None:
    """A method that came with 20348 is unknown to 17763."""
    with pytest.raises(WSManFaultError) as fault:
        connect(start_host(build=17763)).invoke("GetProcessorFeatureLimits", [("Options", "x")])
    assert _code(fault) == 2150858771


def test_method_that_the_lab_does_not_do(client: Client) -> None:
    """Migrating needs virtual machines: not supported."""
    assert client.invoke("CheckVirtualSystemIsMigratable", [])["ReturnValue"] == "32770"


@pytest.mark.parametrize("method", ["StartService", "StopService", "RequestStateChange"])
def test_methods_of_the_base_class_are_unsupported(client: Client, method: str) -> None:
    """They return 1 (§1.2)."""
    assert client.invoke(method, [])["ReturnValue"] == "1"


def test_embedded_instance_as_elements_is_refused(client: Client, host: EmulatedHost) -> None:
    """Only text is taken: SchemaValidationError (§3.4)."""
    tree = ET.fromstring(instance(SERVICE_SETTING, {"AuthenticationType": 1}))
    with pytest.raises(WSManFaultError) as fault:
        client.invoke("ModifyServiceSettings", [("ServiceSettingData", tree)])
    assert (_code(fault), host.history) == (2150858817, [])


def test_wrapped_reference_is_refused(start_host: StartHost, connect: Connect) -> None:
    """A REF stands directly in its element: SchemaValidationError otherwise (§3.4)."""
    host = start_host(networks=(Network(subnet_number="10.0.0.0", prefix_length=8),))
    epr = Epr(NETWORK_SETTING, {"InstanceID": host.networks[0].instance_id}, wrapped=True)
    with pytest.raises(WSManFaultError) as fault:
        connect(host).invoke("RemoveNetworkSettings", [("NetworkSettings", epr)])
    assert (_code(fault), len(host.networks)) == (2150858817, 1)


def test_unknown_parameter_is_refused(client: Client) -> None:
    """The body must match the method."""
    with pytest.raises(WSManFaultError) as fault:
        client.invoke("ModifyServiceSettings", [("ServiceSettings", "x")])
    assert _code(fault) == 2150858817


def test_action_of_another_class_is_a_mismatch(client: Client) -> None:
    """The action must fit the ResourceURI: 0x80338031."""
    uri = f"{WMI}{VIRTUALIZATION}/"
    with pytest.raises(WSManFaultError) as fault:
        client.wsman.invoke(f"{uri}{SERVICE_SETTING}/ModifyServiceSettings", f"{uri}{SERVICE}", None)
    assert _code(fault) == 2150858801
