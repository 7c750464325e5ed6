from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from pypsrp.exceptions import WinRMTransportError

from contract.lab.client import SERVICE_KEYS, VIRTUALIZATION, WMI, A, Client, S, W
from contract.lab.conftest import Connect, StartHost
from hyperv_migration.lab.options import Options

URI = f"{WMI}{VIRTUALIZATION}/Msvm_VirtualSystemMigrationService"
ANONYMOUS = "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"
GET = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get"
ENVELOPE = f"""<s:Envelope xmlns:s="{S[1:-1]}" xmlns:a="{A[1:-1]}" xmlns:w="{W[1:-1]}"><s:Header>
<a:To>http://hv01.lab.test:5985/wsman</a:To><w:ResourceURI s:mustUnderstand="true">{URI}</w:ResourceURI>
<a:ReplyTo><a:Address s:mustUnderstand="true">{ANONYMOUS}</a:Address></a:ReplyTo>
<a:Action s:mustUnderstand="true">{GET}</a:Action><a:MessageID>uuid:0E0A6B51-0000-4000-8000-000000000004</a:MessageID>
<w:OperationTimeout>PT60.000S</w:OperationTimeout><w:SelectorSet>{
    "".join(f'<w:Selector Name="{name}">{value}</w:Selector>' for name, value in SERVICE_KEYS.items())
}</w:SelectorSet>
</s:Header><s:Body/></s:Envelope>"""


def _send(client: Client, envelope: str | bytes) -> ET.Element:
    octets = envelope.encode() if isinstance(envelope, str) else envelope
    return ET.fromstring(client.wsman.transport.send(octets))


def _refused(client: Client, envelope: str | bytes) -> tuple[int, str | None, ET.Element]:
    """Give the HTTP status, the subcode or code, and the answer."""
    with pytest.raises(WinRMTransportError) as error:
        _send(client, envelope)
    answer = ET.fromstring(error.value.response_text)
    subcode = answer.find(f".//{S}Subcode/{S}Value")
    code = answer.find(f".//{S}Code/{S}Value")
    return error.value.code, (code if subcode is None else subcode).text if code is not None else None, answer


def test_answer_relates_to_the_message(client: Client) -> None:
    """The headers are those of E2: action, an identity in upper case, anonymous, the request's identity."""
    header = _send(client, ENVELOPE).find(f"{S}Header")
    assert header is not None
    found = {each.tag: each.text or "" for each in header}
    identity = found.pop(f"{A}MessageID")
    assert found == {
        f"{A}Action": f"{GET}Response",
        f"{A}To": ANONYMOUS,
        f"{A}RelatesTo": "uuid:0E0A6B51-0000-4000-8000-000000000004",
    }
    assert identity == f"uuid:{identity[5:].upper()}"


def test_prefixes_are_those_of_windows(client: Client) -> None:
    """Clients that look answers up by prefix find s, a, n, w and p (§8)."""
    text = client.wsman.transport.send(ENVELOPE.encode()).decode()
    assert [text.count(f"xmlns:{prefix}=") for prefix in "sanwp"] == [1, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (f">{URI}<", f">\n  {URI}\n<"),
        (URI, URI.upper().replace("HTTP://SCHEMAS.MICROSOFT.COM/WBEM/WSMAN/1/WMI/", WMI)),
        ("<s:Header>", '<s:Header><x:Extra xmlns:x="urn:x">1</x:Extra>'),
        ("<s:Header>", '<s:Header><x:Extra xmlns:x="urn:x" mustUnderstand="true">1</x:Extra>'),
        ("<s:Header>", '<s:Header><w:Locale xml:lang="en-US" s:mustUnderstand="false"/>'),
        ("<a:To>http://hv01.lab.test:5985/wsman</a:To>", "<a:To>http://windows-host:5985/wsman</a:To>"),
        ("<w:OperationTimeout>PT60.000S</w:OperationTimeout>", ""),
    ],
)
def test_what_windows_tolerates(client: Client, old: str, new: str) -> None:
    """White space, case, headers nobody must understand, any To, defaults (§9)."""
    assert old in ENVELOPE
    assert _send(client, ENVELOPE.replace(old, new)).find(f"{S}Body/*") is not None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_encodings(client: Client, encoding: str) -> None:
    """UTF-8 and UTF-16 are read (§3.2)."""
    text = f'<?xml version="1.0" encoding="{encoding}"?>{ENVELOPE}'
    assert _send(client, text.encode(encoding)).find(f"{S}Body/*") is not None


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("<s:Header>", '<s:Header><x:Extra xmlns:x="urn:x" s:mustUnderstand="true">1</x:Extra>', "s:MustUnderstand"),
        (f'<a:Action s:mustUnderstand="true">{GET}</a:Action>', "", "a:MessageInformationHeaderRequired"),
        (f">{ANONYMOUS}<", ">http://elsewhere<", "w:UnsupportedFeature"),
        (f">{URI}<", "><", "a:DestinationUnreachable"),
        (f">{URI}<", ">http://schemas.microsoft.com/wbem/wsman/1/config<", "a:DestinationUnreachable"),
        (f"{GET}<", f"{GET}It<", "a:ActionNotSupported"),
        (
            "<w:OperationTimeout>PT60.000S",
            "<w:MaxEnvelopeSize>8191</w:MaxEnvelopeSize><w:OperationTimeout>PT60S",
            "w:EncodingLimit",
        ),
        ("PT60.000S", "60", "w:InvalidParameter"),
        ('<w:Selector Name="Name">', '<w:Selector Name="SystemName">', "w:InvalidSelectors"),
        (S[1:-1], "http://schemas.xmlsoap.org/soap/envelope/", "s:VersionMismatch"),
    ],
)
def test_what_windows_refuses(client: Client, old: str, new: str, code: str) -> None:
    """Each breach has its subcode (§3.2, §3.6)."""
    assert old in ENVELOPE
    assert _refused(client, ENVELOPE.replace(old, new))[:2] == (500, code)


def test_header_that_was_not_understood_is_named(client: Client) -> None:
    """NotUnderstood stands in the header of the fault (§3.6)."""
    extra = '<s:Header><x:Extra xmlns:x="urn:x" s:mustUnderstand="1">1</x:Extra>'
    answer = _refused(client, ENVELOPE.replace("<s:Header>", extra))[2]
    named = answer.find(f"{S}Header/{S}NotUnderstood")
    assert (named is not None and named.get("qname")) == "q:Extra"


@pytest.mark.parametrize(
    "text",
    [
        "no xml at all",
        "<other/>",
        "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>" + ENVELOPE.replace("hv01.lab.test", "&e;"),
    ],
)
def test_what_is_no_envelope(client: Client, text: str) -> None:
    """No XML, another root, a DTD: SchemaValidationError, and nothing is expanded."""
    assert _refused(client, text)[:2] == (500, "w:SchemaValidationError")


def test_fault_uses_the_action_of_its_specification(client: Client) -> None:
    """A missing instance has the addressing fault action (E14), a selector fault that of WS-Man (E12)."""
    missing = _refused(client, ENVELOPE.replace(">migrationwmi<", ">other<"))[2]
    bad = _refused(client, ENVELOPE.replace('Name="SystemName"', 'Name="Caption"'))[2]
    assert [answer.findtext(f"{S}Header/{A}Action") for answer in (missing, bad)] == [
        f"{A[1:-1]}/fault",
        "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault",
    ]


def test_sender_faults_may_be_400(start_host: StartHost, connect: Connect) -> None:
    """DSP0226 allows it, and no capture shows it (§10.8)."""
    client = connect(start_host(Options(sender_fault_status=400)))
    assert _refused(client, ENVELOPE.replace('Name="SystemName"', 'Name="Caption"'))[0] == 400


def test_fault_texts_may_be_localised(start_host: StartHost, connect: Connect) -> None:
    """Nobody may read anything out of them (§7 pitfall 5)."""
    client = connect(start_host(Options(localised="ja")))
    answer = _refused(client, ENVELOPE.replace('Name="SystemName"', 'Name="Caption"'))[2]
    assert answer.findtext(f".//{S}Reason/{S}Text") == "要求は拒否されました。"
