"""Names that are hard to write, and octets that are no LDAP: the directory answers or hangs up, and goes on."""

from __future__ import annotations

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.embedded_directory.people import ADMIN, PASSWORD
from contract.embedded_directory.sealed_client import SealedClient
from hyperv_migration.lab.directory import EmbeddedDirectory
from hyperv_migration.lab.directory.codec import decode
from hyperv_migration.lab.directory.filter_codec import decode_filter
from hyperv_migration.lab.directory.framing import Malformed, message_length
from hyperv_migration.lab.directory.names import Name

_VALUES = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=20).filter(str.strip)


@given(st.lists(_VALUES, min_size=1, max_size=4))
def test_a_name_survives_being_written_and_read(values: list[str]) -> None:
    """Commas, quotes, hashes and blanks at either end come back as they were."""
    name = Name(tuple(("CN", value) for value in values))

    assert Name.parse(str(name)) == name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CN=HV01,DC=lab,DC=test", "cn=hv01, dc=LAB , dc=Test"),
        ("CN=a\\,b,DC=test", "CN=a\\2cb,DC=test"),
        ("CN=Z\\C3\\BCrich", "CN=Zürich"),
    ],
)
def test_two_spellings_are_one_name(one: str, other: str) -> None:
    """Case, blanks around the signs, and the two kinds of escape make no difference."""
    assert Name.parse(one).key == Name.parse(other).key


@pytest.mark.parametrize("text", ["HV01", "CN=", "=x", "CN=a,,DC=b", "CN=a+OU=b", "CN=a\\", "CN=\\FF", 'CN="a"'])
def test_what_is_no_name_is_refused(text: str) -> None:
    """With a ValueError, which the directory answers with 34."""
    with pytest.raises(ValueError, match=r"name|value|decode"):
        Name.parse(text)


@given(st.binary(max_size=200))
def test_octets_are_a_message_or_malformed(octets: bytes) -> None:
    """Nothing else ever comes out of the decoder, whatever goes in."""
    for attempt in (octets, b"\x30" + bytes([len(octets) & 0x7F]) + octets[:0x7F]):
        try:
            if message_length(attempt) is not None:
                decode(attempt)
        except Malformed:
            pass


@pytest.mark.parametrize(
    "octets",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x30\x84\xff\xff\xff\xff",
        b"\x30\x80\x00\x00",
        b"\x30\x05\x02\x01\x01\x65\x00",  # a response where a request belongs
        b"\x30\x05\x02\x01\x01\x63\x00",  # a search with nothing in it
    ],
)
def test_nonsense_ends_its_connection_only(directory: EmbeddedDirectory, octets: bytes) -> None:
    """The sender hears a notice of disconnection; others are served as before."""
    with socket.create_connection((directory.address, directory.port), timeout=5) as client:
        client.sendall(octets)
        received = b""
        while chunk := client.recv(4096):
            received += chunk
    assert b"1.3.6.1.4.1.1466.20036" in received

    with SealedClient(directory.address, directory.port) as other:
        assert other.bind(f"LAB\\{ADMIN}", PASSWORD) == 0


def test_a_filter_nested_beyond_reason_is_refused() -> None:
    """Three hundred negations are malformed, not the end of the directory's stack."""
    octets = b"\x87\x02cn"
    for _ in range(300):
        octets = b"\xa2\x82" + len(octets).to_bytes(2) + octets

    with pytest.raises(Malformed):
        decode_filter(octets)
