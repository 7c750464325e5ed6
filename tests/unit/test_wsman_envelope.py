"""Requests as bytes: in the shapes real hosts accept, and any text arrives as it was (hyperv-wsman.md §3.2, §3.4)."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from io import StringIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperv_migration.model.errors import InvalidInput
from hyperv_migration.wsman.cim import EmbeddedInstance, EndpointReference
from hyperv_migration.wsman.envelope import (
    Parameters,
    Request,
    enumerate_request,
    get_request,
    invoke_request,
    pull_request,
)
from support.wsman_answers import ANONYMOUS, E3_CONTEXT, NETWORK, SERVICE, VIRTUALIZATION

TO = "http://hv01.corp.example:5985/wsman"
S = "{http://www.w3.org/2003/05/soap-envelope}"
A = "{http://schemas.xmlsoap.org/ws/2004/08/addressing}"
W = "{http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd}"
P = f"{{{SERVICE}}}"
KEYS = {
    "CreationClassName": "Msvm_VirtualSystemMigrationService",
    "Name": "migrationwmi",
    "SystemCreationClassName": "Msvm_ComputerSystem",
    "SystemName": "HV01",
}
SERVICE_REFERENCE = EndpointReference(resource_uri=SERVICE, selectors=KEYS)

# Everything XML 1.0 can carry, with what breaks naive builders made frequent.
XML_TEXT = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="\ufffe\uffff", min_codepoint=0x20)
    | st.sampled_from("\t\n\r<>&'\"]")
) | st.sampled_from(
    [
        "]]>",
        "<![CDATA[",
        "&amp;",
        "&#13;",
        "'\"$`",
        "東京",
        "שלום\u200f",
        " blanks ",
        "\u00a0",
        "C:\\x",
        "a\r\nb",
        "\U0001f6e1",
    ]
)
ILLEGAL = [*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), 0xD800, 0xDFFF, 0xFFFE, 0xFFFF]

E1 = """<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"
 xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd" xmlns:n="http://schemas.xmlsoap.org/ws/2004/09/enumeration"><s:Header>
<a:To>http://hv01.corp.example:5985/wsman</a:To>
<w:ResourceURI s:mustUnderstand="true">http://schemas.microsoft.com/wbem/wsman/1/wmi/root/virtualization/v2/*</w:ResourceURI>
<a:ReplyTo>
<a:Address s:mustUnderstand="true">http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address></a:ReplyTo>
<a:Action s:mustUnderstand="true">http://schemas.xmlsoap.org/ws/2004/09/enumeration/Enumerate</a:Action>
<w:MaxEnvelopeSize s:mustUnderstand="true">512000</w:MaxEnvelopeSize>
<a:MessageID>uuid:0E0A6B51-0000-4000-8000-000000000001</a:MessageID>
<w:Locale xml:lang="en-US" s:mustUnderstand="false"/><w:OperationTimeout>PT60.000S</w:OperationTimeout>
</s:Header><s:Body><n:Enumerate><w:OptimizeEnumeration/><w:MaxElements>100</w:MaxElements>
<w:Filter
 Dialect="http://schemas.microsoft.com/wbem/wsman/1/WQL">SELECT * FROM Msvm_VirtualSystemMigrationServiceSettingData</w:Filter>
</n:Enumerate></s:Body></s:Envelope>"""
E3_PULL = f"""<n:Pull xmlns:n="http://schemas.xmlsoap.org/ws/2004/09/enumeration">
<n:EnumerationContext>{E3_CONTEXT}</n:EnumerationContext><n:MaxElements>100</n:MaxElements></n:Pull>"""
E6_BODY = f"""<p:ModifyServiceSettings_INPUT xmlns:p="{SERVICE}"><p:ServiceSettingData>\
<![CDATA[<INSTANCE CLASSNAME="Msvm_VirtualSystemMigrationServiceSettingData"><PROPERTY NAME="InstanceID" TYPE="string">\
<VALUE>Microsoft:HV01</VALUE></PROPERTY><PROPERTY NAME="EnableVirtualSystemMigration" TYPE="boolean"><VALUE>true</VALUE>\
</PROPERTY></INSTANCE>]]></p:ServiceSettingData></p:ModifyServiceSettings_INPUT>"""
E10_BODY = f"""<p:AddNetworkSettings_INPUT xmlns:p="{SERVICE}"><p:NetworkSettings>\
<![CDATA[<INSTANCE CLASSNAME="Msvm_VirtualSystemMigrationNetworkSettingData"><PROPERTY NAME="SubnetNumber" TYPE="string">\
<VALUE>192.168.10.0</VALUE></PROPERTY><PROPERTY NAME="PrefixLength" TYPE="uint8"><VALUE>24</VALUE></PROPERTY>\
<PROPERTY.ARRAY NAME="Tags" TYPE="string"><VALUE.ARRAY><VALUE>Microsoft:UserManaged</VALUE></VALUE.ARRAY></PROPERTY.ARRAY>\
</INSTANCE>]]></p:NetworkSettings></p:AddNetworkSettings_INPUT>"""
E11_BODY = f"""<p:RemoveNetworkSettings_INPUT xmlns:p="{SERVICE}" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"
 xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"><p:NetworkSettings><a:Address>{ANONYMOUS}</a:Address>
<a:ReferenceParameters><w:ResourceURI>{NETWORK}</w:ResourceURI><w:SelectorSet>
<w:Selector Name="InstanceID">(opaque id read before)</w:Selector></w:SelectorSet></a:ReferenceParameters>
</p:NetworkSettings></p:RemoveNetworkSettings_INPUT>"""


def _canonical(text: str) -> str:
    """The C14N 2.0 form, prefixes and blanks between elements aside."""
    return ET.canonicalize(text, rewrite_prefixes=True, strip_text=True)


def _parsed(request: Request) -> ET.Element:
    return ET.fromstring(request.envelope(TO))


def _body(request: Request) -> str:
    body = _parsed(request).find(f"{S}Body")
    assert body is not None
    return _canonical(ET.tostring(body[0], encoding="unicode"))


def _parameters(**parameters: Any) -> list[ET.Element]:
    checked: Parameters = parameters
    found = _parsed(invoke_request(SERVICE_REFERENCE, "Method", checked)).find(f"{S}Body/{P}Method_INPUT")
    assert found is not None
    return list(found)


def test_enumeration_is_the_recorded_request() -> None:
    """E1, header by header, but for the id of the message."""
    request = enumerate_request("root/virtualization/v2", "SELECT * FROM Msvm_VirtualSystemMigrationServiceSettingData")
    ours = request.envelope(TO).decode().replace(request.message_id, "uuid:0E0A6B51-0000-4000-8000-000000000001")
    assert _canonical(ours) == _canonical(E1)


def test_pull_asks_for_many_at_once_at_the_address_of_the_enumeration() -> None:
    """E3; without MaxElements a host sends one instance per Pull, and the class-less URI stays (§3.2)."""
    request = pull_request("root/virtualization/v2", E3_CONTEXT)
    assert _body(request) == _canonical(E3_PULL)
    assert request.resource_uri == f"{VIRTUALIZATION}/*"


def test_get_names_the_instance_by_its_selectors() -> None:
    """E4: an empty body, and every key."""
    envelope = _parsed(get_request(SERVICE_REFERENCE))
    selectors = envelope.findall(f"{S}Header/{W}SelectorSet/{W}Selector")
    assert {selector.get("Name"): selector.text for selector in selectors} == KEYS
    assert envelope.findtext(f"{S}Header/{W}ResourceURI") == SERVICE
    assert envelope.findtext(f"{S}Header/{A}Action") == "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get"
    assert [len(body) for body in envelope.findall(f"{S}Body")] == [0]


def test_no_selectors_make_no_selector_set() -> None:
    """WQL with selectors is refused (0x803380FB, §3.2)."""
    assert _parsed(enumerate_request("root/cimv2", "SELECT 1")).find(f".//{W}SelectorSet") is None


def test_invocation_carries_an_embedded_instance_as_text() -> None:
    """E6: a real host refuses a tree of elements; CDATA and escapes are the same to its parser (§3.4)."""
    instance = EmbeddedInstance(
        class_name="Msvm_VirtualSystemMigrationServiceSettingData",
        properties=[("InstanceID", "string", "Microsoft:HV01"), ("EnableVirtualSystemMigration", "boolean", True)],
    )
    request = invoke_request(SERVICE_REFERENCE, "ModifyServiceSettings", {"ServiceSettingData": instance})
    assert _body(request) == _canonical(E6_BODY)
    assert request.action == f"{SERVICE}/ModifyServiceSettings"
    assert request.selectors == KEYS


def test_list_of_instances_is_the_element_repeated() -> None:
    """E10: one element for each; a list of one is one element."""
    instance = EmbeddedInstance(
        class_name="Msvm_VirtualSystemMigrationNetworkSettingData",
        properties=[
            ("SubnetNumber", "string", "192.168.10.0"),
            ("PrefixLength", "uint8", 24),
            ("Tags", "string", ("Microsoft:UserManaged",)),
        ],
    )
    request = invoke_request(SERVICE_REFERENCE, "AddNetworkSettings", {"NetworkSettings": [instance]})
    assert _body(request) == _canonical(E10_BODY)
    assert len(_parameters(NetworkSettings=[instance, instance])) == 2


def test_reference_stands_directly_in_its_parameter() -> None:
    """E11: a real host refuses a wrapper around Address and ReferenceParameters (§3.4)."""
    reference = EndpointReference(resource_uri=NETWORK, selectors={"InstanceID": "(opaque id read before)"})
    request = invoke_request(SERVICE_REFERENCE, "RemoveNetworkSettings", {"NetworkSettings": [reference]})
    assert _body(request) == _canonical(E11_BODY)


def test_empty_list_leaves_the_parameter_out() -> None:
    """A parameter without a value is not sent (§3.4)."""
    assert _parameters(NetworkSettings=[]) == []


def test_two_requests_have_two_ids() -> None:
    """The answer must tell to which question it belongs; ids are upper case after `uuid:`, as hosts echo them."""
    first, second = (enumerate_request("root/cimv2", "SELECT 1").message_id for _ in range(2))
    assert first != second
    assert first.startswith("uuid:")
    assert first[5:] == first[5:].upper()


@given(text=XML_TEXT, key=XML_TEXT)
def test_any_text_arrives_as_it_was(text: str, key: str) -> None:
    """P34, C46: quotes, markup, CDATA ends, CJK, right-to-left and line ends pass as a value, a selector and a query."""
    reference = EndpointReference(resource_uri=SERVICE, selectors={key: text})
    envelope = _parsed(invoke_request(reference, "Method", {"Value": text}))
    selector = envelope.find(f".//{W}Selector")
    assert selector is not None
    assert (selector.get("Name"), selector.text or "") == (key, text)
    assert (envelope.findtext(f".//{P}Value") or "") == text
    assert (_parsed(enumerate_request("root/cimv2", text)).findtext(f".//{W}Filter") or "") == text


@given(text=XML_TEXT, items=st.lists(XML_TEXT, max_size=3), reference=XML_TEXT)
def test_any_text_in_an_embedded_instance_arrives_as_it_was(text: str, items: list[str], reference: str) -> None:
    """Escaped once as CIM-XML and once as SOAP, and read back by two plain XML parsers."""
    instance = EmbeddedInstance(class_name="Some", properties=[("Text", "string", text), ("Items", "string", items)])
    other = EndpointReference(resource_uri=NETWORK, selectors={"InstanceID": reference})
    embedded, referred = _parameters(Instance=instance, Reference=other)
    document = ET.fromstring(embedded.text or "")
    assert (document.findtext("PROPERTY/VALUE") or "") == text
    assert [value.text or "" for value in document.iterfind("PROPERTY.ARRAY/VALUE.ARRAY/VALUE")] == items
    assert (referred.findtext(f".//{W}Selector") or "") == reference


@pytest.mark.parametrize("number", ILLEGAL, ids="U+{:04X}".format)
def test_character_that_xml_cannot_carry_is_refused_before_anything_is_sent(number: int) -> None:
    """No escape exists for it (XML 1.0 §2.2), in a value, an embedded instance, a selector or its name."""
    text = f"HV{chr(number)}01"
    instance = EmbeddedInstance(class_name="Some", properties=[("Text", "string", text)])
    requests = [
        enumerate_request("root/cimv2", text),
        invoke_request(SERVICE_REFERENCE, "Method", {"Value": text}),
        invoke_request(SERVICE_REFERENCE, "Method", {"Value": instance}),
        get_request(EndpointReference(resource_uri=SERVICE, selectors={"Name": text})),
        get_request(EndpointReference(resource_uri=SERVICE, selectors={text: "x"})),
    ]
    for request in requests:
        with pytest.raises(InvalidInput, match=f"U[+]{number:04X}"):
            request.envelope(TO)


def test_envelope_is_utf_8_without_a_byte_order_mark() -> None:
    """The Content-Type that goes with it says UTF-8 (§3.2), and a declaration is not needed for it."""
    envelope = enumerate_request("root/cimv2", "SELECT * FROM X WHERE Name = '東京'").envelope(TO)
    assert envelope.startswith(b"<s:Envelope")
    assert "東京".encode() in envelope


def test_prefixes_stand_as_declared() -> None:
    """Every prefix in use is declared, so any parser takes it."""
    declared = dict(
        pair for _, pair in ET.iterparse(StringIO(enumerate_request("root/cimv2", "x").envelope(TO).decode()), ["start-ns"])
    )  # fmt: skip
    assert set(declared) == {"s", "a", "w", "n"}
