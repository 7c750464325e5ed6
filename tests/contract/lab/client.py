"""pypsrp's WS-Man client, an implementation of its own, as the tests talk to an emulated host with it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pypsrp.wsman import SelectorSet, WSMan

from hyperv_migration.lab.hosts.host import EmulatedHost

PASSWORD = "Pa$$w0rd:ä"
VIRTUALIZATION = "root/virtualization/v2"
CIMV2 = "root/cimv2"
SERVICE = "Msvm_VirtualSystemMigrationService"
SERVICE_SETTING = "Msvm_VirtualSystemMigrationServiceSettingData"
NETWORK_SETTING = "Msvm_VirtualSystemMigrationNetworkSettingData"
WMI = "http://schemas.microsoft.com/wbem/wsman/1/wmi/"
WQL = "http://schemas.microsoft.com/wbem/wsman/1/WQL"
A = "{http://schemas.xmlsoap.org/ws/2004/08/addressing}"
N = "{http://schemas.xmlsoap.org/ws/2004/09/enumeration}"
W = "{http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd}"
S = "{http://www.w3.org/2003/05/soap-envelope}"
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
SERVICE_KEYS = {
    "CreationClassName": SERVICE,
    "Name": "migrationwmi",
    "SystemCreationClassName": "Msvm_ComputerSystem",
    "SystemName": "HV01",
}


@dataclass(frozen=True)
class Epr:
    """An endpoint reference as method input."""

    class_name: str
    selectors: Mapping[str, str]
    wrapped: bool = False
    """Inside an a:EndpointReference, which Windows refuses."""


@dataclass
class Page:
    """What one Enumerate or Pull answered."""

    items: list[ET.Element]
    context: str | None
    ended: bool


@dataclass
class Client:
    """One client of one host."""

    host: EmulatedHost
    username: str | None = "LAB\\operator"
    password: str | None = PASSWORD
    auth: str = "ntlm"
    encryption: str = "auto"
    max_envelope_size: int = 153600
    more: Mapping[str, str] = field(default_factory=dict)
    """Further arguments of pypsrp's, such as the name in a ticket."""
    wsman: WSMan = field(init=False)

    def __post_init__(self) -> None:
        self.wsman = WSMan(
            self.host.address,
            port=self.host.port,
            ssl=self.host.scheme == "https",
            cert_validation=False,
            username=self.username,
            password=self.password,
            auth=self.auth,
            encryption=self.encryption,
            max_envelope_size=self.max_envelope_size,
            no_proxy=True,
            **self.more,
        )

    def close(self) -> None:
        """Close the connection."""
        self.wsman.close()

    def page(
        self, wql: str, *, namespace: str = VIRTUALIZATION, uri: str = "", optimise: int = 0, mode: str = ""
    ) -> Page:
        """Enumerate; `optimise` is MaxElements, 0 asks for a context only."""
        body = ET.Element(f"{N}Enumerate")
        if optimise:
            ET.SubElement(body, f"{W}OptimizeEnumeration")
        if mode:
            ET.SubElement(body, f"{W}EnumerationMode").text = mode
        if wql:
            ET.SubElement(body, f"{W}Filter", Dialect=WQL).text = wql
        if optimise:
            ET.SubElement(body, f"{W}MaxElements").text = str(optimise)
        answer = self.wsman.enumerate(uri or f"{WMI}{namespace}/*", body)
        return _page(answer[0], f"{W}Items", f"{W}EndOfSequence")

    def pull(self, context: str, count: int = 0, *, uri: str = f"{WMI}{VIRTUALIZATION}/*") -> Page:
        """Pull; `count` 0 leaves MaxElements out."""
        body = ET.Element(f"{N}Pull")
        ET.SubElement(body, f"{N}EnumerationContext").text = context
        if count:
            ET.SubElement(body, f"{N}MaxElements").text = str(count)
        return _page(self.wsman.pull(uri, body)[0], f"{N}Items", f"{N}EndOfSequence")

    def query(self, wql: str, namespace: str = VIRTUALIZATION) -> list[dict[str, object]]:
        """Enumerate to the end and give the instances' properties."""
        page = self.page(wql, namespace=namespace, optimise=100)
        assert page.ended
        return [properties(item) for item in page.items]

    def get(self, class_name: str, selectors: Mapping[str, str], namespace: str = VIRTUALIZATION) -> ET.Element:
        """Get one instance."""
        return self.wsman.get(f"{WMI}{namespace}/{class_name}", selector_set=_selector_set(selectors))[0]

    def invoke(
        self,
        method: str,
        parameters: Sequence[tuple[str, str | Epr | ET.Element]],
        *,
        class_name: str = SERVICE,
        selectors: Mapping[str, str] | None = None,
    ) -> dict[str, object]:
        """Call a method and give its output."""
        uri = f"{WMI}{VIRTUALIZATION}/{class_name}"
        body = ET.Element(f"{{{uri}}}{method}_INPUT")
        for name, value in parameters:
            element = ET.SubElement(body, f"{{{uri}}}{name}")
            if isinstance(value, Epr):
                _reference(ET.SubElement(element, f"{A}EndpointReference") if value.wrapped else element, value)
            elif isinstance(value, ET.Element):
                element.append(value)
            else:
                element.text = value
        keys = {**SERVICE_KEYS, "SystemName": self.host.name} if selectors is None else selectors
        answer = self.wsman.invoke(f"{uri}/{method}", uri, body, selector_set=_selector_set(keys))
        output = answer.find(f"{S}Body/{{{uri}}}{method}_OUTPUT")
        assert output is not None
        return properties(output)

    def modify(self, **settings: object) -> dict[str, object]:
        """ModifyServiceSettings with these properties."""
        return self.invoke("ModifyServiceSettings", [("ServiceSettingData", instance(SERVICE_SETTING, settings))])

    def add(self, subnet: str, **more: object) -> dict[str, object]:
        """AddNetworkSettings with one network."""
        return self.invoke("AddNetworkSettings", [("NetworkSettings", network(subnet, **more))])

    def remove(self, *identities: str) -> dict[str, object]:
        """RemoveNetworkSettings with these entries."""
        eprs = [Epr(NETWORK_SETTING, {"InstanceID": identity}) for identity in identities]
        return self.invoke("RemoveNetworkSettings", [("NetworkSettings", epr) for epr in eprs])


def network(subnet: str, **more: object) -> str:
    """Write a network setting as an embedded instance."""
    number, _, prefix = subnet.partition("/")
    values: dict[str, object] = {"SubnetNumber": number, "PrefixLength": int(prefix), "Tags": ["Microsoft:UserManaged"]}
    return instance(NETWORK_SETTING, {**values, **more})


_TYPES = {"PrefixLength": "uint8"}


def instance(class_name: str, values: Mapping[str, object]) -> str:
    """Write an embedded instance; None leaves a property out."""
    root = ET.Element("INSTANCE", CLASSNAME=class_name)
    for name, value in values.items():
        if isinstance(value, list):
            element = ET.SubElement(root, "PROPERTY.ARRAY", NAME=name, TYPE="string")
            array = ET.SubElement(element, "VALUE.ARRAY")
            for each in value:
                ET.SubElement(array, "VALUE").text = str(each)
        elif value is not None:
            kind = "boolean" if isinstance(value, bool) else "uint32" if isinstance(value, int) else "string"
            element = ET.SubElement(root, "PROPERTY", NAME=name, TYPE=_TYPES.get(name, kind))
            ET.SubElement(element, "VALUE").text = str(value).lower() if isinstance(value, bool) else str(value)
    return ET.tostring(root, encoding="unicode")


def properties(element: ET.Element) -> dict[str, object]:
    """Give the properties of an instance by local name: text, a list where repeated, None for nil, else the element."""
    found: dict[str, object] = {}
    for child in element:
        name = child.tag.rpartition("}")[2]
        value: object = None if child.get(NIL) == "true" else child if len(child) else child.text or ""
        if name in found:
            earlier = found[name]
            found[name] = [*earlier, value] if isinstance(earlier, list) else [earlier, value]
        else:
            found[name] = value
    return found


def job_of(output: Mapping[str, object]) -> str:
    """Give the InstanceID of the job in a method's output."""
    element = output["Job"]
    assert isinstance(element, ET.Element)
    return next(each.text or "" for each in element.iter(f"{W}Selector") if each.get("Name") == "InstanceID")


def _page(answer: ET.Element, items: str, end: str) -> Page:
    context = answer.find(f"{N}EnumerationContext")
    return Page(answer.findall(f"{items}/*"), None if context is None else context.text, answer.find(end) is not None)


def _selector_set(selectors: Mapping[str, str]) -> SelectorSet | None:
    found = SelectorSet()
    for name, value in selectors.items():
        found.add_option(name, value)
    return found if selectors else None


def _reference(parent: ET.Element, epr: Epr) -> None:
    ET.SubElement(parent, f"{A}Address").text = f"{A[1:-1]}/role/anonymous"
    parameters = ET.SubElement(parent, f"{A}ReferenceParameters")
    ET.SubElement(parameters, f"{W}ResourceURI").text = f"{WMI}{VIRTUALIZATION}/{epr.class_name}"
    selector_set = ET.SubElement(parameters, f"{W}SelectorSet")
    for name, value in epr.selectors.items():
        ET.SubElement(selector_set, f"{W}Selector", Name=name).text = value
