from __future__ import annotations

import base64
import string
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hyperv_migration.live import vocabulary
from hyperv_migration.live.anonymiser import Anonymiser

NAMESPACE = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/virtualization/v2/Msvm_ConcreteJob"
ENVELOPE = (
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:p="{namespace}"><s:Body>'
    "<p:Msvm_ConcreteJob Machine={attribute}><p:Caption>{text}</p:Caption><p:Other><![CDATA[{cdata}]]></p:Other>"
    "<p:Embedded>{embedded}</p:Embedded><p:Octets>{octets}</p:Octets><!-- {comment} --></p:Msvm_ConcreteJob>"
    "</s:Body></s:Envelope>"
)
LETTERS = string.ascii_letters + string.digits + "éßÜжд東京ñ★"
PLACEHOLDERS = "host-1 domain-1 user-1 word-1 sid-1 00000000-0000-0000-0000-000000000001"
PUBLIC = ENVELOPE + NAMESPACE + PLACEHOLDERS + " ".join(vocabulary.WORDS)


def telling(name: str) -> bool:
    """Tell whether a name is one that nothing public holds: else its letters stand there in any case."""
    return name.casefold() not in PUBLIC.casefold() and not vocabulary.SHAPES.fullmatch(name)


words = st.text(LETTERS, min_size=3, max_size=20).filter(telling)
cases = st.sampled_from([str.upper, str.lower, str.title, str.swapcase, str])
frames = st.sampled_from(
    [
        "{}",
        "Microsoft:{}",
        "CORP\\{}",
        "{}@corp.example",
        "CN={},OU=Servers,DC=corp",
        "\\\\{}\\share",
        "{}$",
        "({})",
        "cifs/{}",
    ]
)


@settings(max_examples=500, derandomize=True, deadline=None)
@given(words, words, words, cases, frames)
def test_no_given_name_survives(host: str, domain: str, user: str, case: object, frame: str) -> None:
    """In text, CDATA, attributes, embedded instances, comments and base64, in any case and any company."""
    anonymiser = Anonymiser()
    anonymiser.learn("host", f"{host}.{domain}.example")
    anonymiser.learn_account(f"{domain}\\{user}")
    assert callable(case)
    for name in (host, domain, user):
        said = frame.format(case(name))
        embedded = (
            f'<INSTANCE CLASSNAME="X"><PROPERTY NAME="InstanceID"><VALUE>{escape(said)}</VALUE></PROPERTY></INSTANCE>'
        )
        message = ENVELOPE.format(
            namespace=NAMESPACE,
            attribute=quoteattr(said),
            text=escape(said),
            cdata=said,
            embedded=escape(embedded),
            octets=base64.b64encode(said.encode("utf-16-le")).decode(),
            comment=said.replace("--", "- -"),
        )
        shown = anonymiser.message(message.encode()).casefold()
        left = {name.casefold(), base64.b64encode(said.encode("utf-16-le")).decode().casefold()}
        assert [form for form in left if form in shown] == []
        assert anonymiser.text(said).casefold().count(name.casefold()) == 0


@settings(max_examples=500, derandomize=True, deadline=None)
@given(st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=60))
def test_unknown_words_go_as_well(text: str) -> None:
    """Nobody can list the names of a company beforehand: only words of the protocols stay."""
    shown = Anonymiser().text(text)
    kept = [word for word in vocabulary_free(text) if word in vocabulary_free(shown)]
    assert kept == []


def vocabulary_free(text: str) -> list[str]:
    """The words of a text that are neither public nor a placeholder: letters beyond ASCII, or long enough to tell."""
    marks = "".join(chr(code) for code in range(128) if not chr(code).isalnum() and chr(code) not in "-_")
    separated = text.translate(str.maketrans(marks, " " * len(marks)))
    return [
        word
        for word in separated.split(" ")
        if len(word) > 10 and word.casefold() not in vocabulary.WORDS and not vocabulary.SHAPES.fullmatch(word)
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("HV01", "HOST-1"),
        ("hv01.corp.example", "host-1.domain-1.domain-2"),
        ("Microsoft:HV01", "Microsoft:HOST-1"),
        ("CORP\\ada and ADA@corp.example", "DOMAIN-1\\user-1 and USER-1@domain-1.domain-2"),
        ("CN=HV01,OU=Berlin,DC=corp,DC=example", "CN=HOST-1,OU=word-1,DC=domain-1,DC=domain-2"),
        ("uuid:6B1F0000-0000-4000-8000-0000000000C1", "uuid:00000000-0000-0000-0000-000000000001"),
        ("S-1-5-21-1-2-3-1104", "sid-1"),
        ("10.1.2.3, 10.1.2.4, 10.1.2.3", "198.51.100.1, 198.51.100.2, 198.51.100.1"),
        ("fd00::1 and FD00:0::1", "2001:db8:ffff::1 and 2001:db8:ffff::1"),
        ("http://10.1.2.3:5985/wsman", "http://198.51.100.1:5985/wsman"),
    ],
)
def test_names_become_placeholders_of_their_kind(text: str, shown: str) -> None:
    """The case is kept, since it is one of the things to see."""
    anonymiser = Anonymiser()
    anonymiser.learn("host", "hv01.corp.example")
    anonymiser.learn_account("CORP\\ada")
    assert anonymiser.text(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/virtualization/v2/Msvm_VirtualSystemMigrationService/AddNetworkSettings",
        "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous",
        "Microsoft:UserManagedAllNetworks",
        "SELECT * FROM Win32_OperatingSystem",
        "a:DestinationUnreachable",
        "HRESULT 0x8033801A",
        "C:\\Windows\\system32\\WsmWmiPl.dll",
        "PT60.000S",
        "2001:DB8:0:0::",
        "192.0.2.0",
        "::0",
        "4294967295",
        "true",
    ],
)
def test_words_of_the_protocols_stay(text: str) -> None:
    """Else a recording would say nothing."""
    assert Anonymiser().text(text) == text


def test_long_host_name_is_known_in_its_netbios_form() -> None:
    """Fifteen characters, in capitals (hyperv-wsman.md §7, 23)."""
    anonymiser = Anonymiser()
    anonymiser.learn("host", "averyveryverylonghost.corp.example")
    assert anonymiser.text("Microsoft:AVERYVERYVERYLO") == "Microsoft:HOST-1"


def test_values_of_windows_classes_are_removed_but_for_a_few() -> None:
    """The owner and the serial number answer no question."""
    uri = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/Win32_OperatingSystem"
    answer = (
        f'<p:X xmlns:p="{uri}" xmlns:c="http://schemas.dmtf.org/wbem/wscim/1/common"><p:BuildNumber>20348</p:BuildNumber>'
        "<p:SerialNumber>00454</p:SerialNumber><p:InstallDate><c:Datetime>2026-01-05T08:00:00Z</c:Datetime></p:InstallDate></p:X>"
    )
    shown = Anonymiser().message(answer.encode())
    assert (">20348<" in shown, shown.count(">removed<"), "00454" in shown) == (True, 2, False)


@pytest.mark.parametrize("octets", [b"HV01 is not XML", b"<!DOCTYPE x [<!ENTITY e 'HV01'>]><x>&e;</x>", b"\xff\xfe<"])
def test_what_is_no_xml_is_only_measured(octets: bytes) -> None:
    """No guess about where names stand in it."""
    assert Anonymiser().message(octets) == f"[{len(octets)} octets that are no XML]"


def test_survivor_is_found_in_base64_too() -> None:
    """The last look before a file is written."""
    anonymiser = Anonymiser()
    anonymiser.learn("host", "quartzvault")
    hidden = base64.b64encode(b"xx QUARTZVAULT"[3:].lower()).decode()
    assert (anonymiser.survivors("Quartzvault!"), anonymiser.survivors(hidden), anonymiser.survivors("quartz")) == (
        ["quartzvault"],
        ["quartzvault"],
        [],
    )
