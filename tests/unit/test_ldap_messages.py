"""LDAP messages on a socket: whole, bounded and well formed, or not believed."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperv_migration.directory.ber import LONGEST_MESSAGE, MOST_ELEMENTS, NotLdap, check_message, message_length
from hyperv_migration.directory.messages import MOST_MESSAGES, MOST_OCTETS, MessageSocket
from hyperv_migration.directory.sealed import SealBroken
from support import ber
from support.ber import DONE, ENUMERATED, INTEGER, OCTETS, SEQUENCE, Element, element

END = ber.message(7, ber.result(DONE, 0))
ENTRY = ber.message(7, ber.entry(b"CN=HV01,DC=lab", {b"cn": [b"HV01"], b"member": []}), ber.page_control(b"next"))

BROKEN = {
    "GET / HTTP/1.1": b"GET / HTTP/1.1\r\n\r\n",
    "indefinite length": b"\x30\x80\x02\x01\x07\x65\x07\x0a\x01\x00\x04\x00\x04\x00\x00\x00",
    "length of a length": b"\x30\xff" + b"\xff" * 127,
    "five octets of length": b"\x30\x85\x00\x00\x00\x00\x0c" + END[6:],
    "empty": b"\x30\x00",
    "a gigabyte announced": b"\x30\x84\x40\x00\x00\x00\x02\x01\x07",
    "child beyond its parent": element(SEQUENCE, ber.integer(7), element(DONE, Element(OCTETS, b"", length=b"\x7f"))).encode(),
    "half an element": element(SEQUENCE, ber.integer(7), element(0x44, b"a")).encode()[:-3] + b"\x04\x01\x04",
    "long integer": ber.message(1 << 80, ber.result(DONE, 0)),
    "long code": ber.message(7, ber.result(DONE, 1 << 8_000_000)),
    "integer of nothing": element(SEQUENCE, Element(INTEGER), ber.result(DONE, 0)).encode(),
    "code of nothing": element(SEQUENCE, ber.integer(7), element(DONE, Element(ENUMERATED))).encode(),
    "truth of two octets": ber.message(7, ber.result(DONE, 0), element(0xA0, Element(0x01, b"\x01\x01"))),
    "high tag": ber.message(7, Element(0x1F, b"x")),
}  # fmt: skip


def _judge(octets: bytes) -> None:
    assert message_length(octets) == len(octets)
    check_message(octets)


def _read_all(client: MessageSocket) -> None:
    while client.recv(1):
        pass


@pytest.mark.parametrize("octets", BROKEN.values(), ids=BROKEN)
def test_what_is_no_message_is_refused(octets: bytes) -> None:
    """Before ldap3 sees it, whose decoder takes every length at its word and any integer to its end."""
    with pytest.raises(NotLdap):
        _judge(octets)


def test_depth_and_number_of_elements_have_an_end() -> None:
    """No answer needs a message of a quarter million elements or one nested eleven deep."""
    nested = b""
    for _ in range(2000):
        nested = b"\x30" + ber.written_length(len(nested)) + nested
    many = ber.message(7, ber.entry(b"CN=a,DC=b", {b"cn": [b""] * MOST_ELEMENTS}))
    for octets, said in ((nested, "nested"), (many, "elements")):
        with pytest.raises(NotLdap, match=said):
            check_message(octets)


@pytest.mark.parametrize("octets", [END, ENTRY], ids=["end", "entry"])
def test_what_a_directory_sends_is_a_message(octets: bytes) -> None:
    """Each beginning of it asks for more, and the whole is as long as it says."""
    lengths = [message_length(octets[:end]) for end in range(len(octets) + 1)]
    known = next(index for index, length in enumerate(lengths) if length is not None)
    assert known <= 6
    assert set(lengths[known:]) == {len(octets)}
    check_message(octets)


@given(st.binary(max_size=60) | st.binary(max_size=60).map(lambda octets: b"\x30" + bytes([len(octets)]) + octets))
def test_any_octets_are_judged(octets: bytes) -> None:
    """Nothing but NotLdap comes out, and what passes reaches exactly to its end."""
    try:
        length = message_length(octets)
        if length is not None and length <= len(octets):
            check_message(octets[:length])
            assert ber.decode(octets[:length]).tag == SEQUENCE
    except NotLdap:
        pass


@pytest.fixture
def ends() -> Iterator[tuple[MessageSocket, socket.socket]]:
    """A client's message socket with a limit of one second, and the plain socket at its other end."""
    here, there = socket.socketpair()
    with here, there:
        yield MessageSocket(here, 1), there


Ends = tuple[MessageSocket, socket.socket]


def _say(there: socket.socket, *pieces: bytes, pause: float = 0.0) -> None:
    """Send the pieces in a thread of its own, until they are sent or nobody takes them any more."""

    def run() -> None:
        try:
            for piece in pieces:
                time.sleep(pause)
                there.sendall(piece)
        except OSError:
            pass

    threading.Thread(target=run, daemon=True).start()


def test_messages_come_one_at_a_time_whatever_the_pieces(ends: Ends) -> None:
    """TCP keeps no boundaries, and ldap3 gets a whole message each time."""
    client, there = ends
    _say(there, *(bytes([octet]) for octet in ENTRY + ENTRY + END))
    assert [client.recv(1) for _ in range(3)] == [ENTRY, ENTRY, END]


def test_a_closed_connection_is_the_end_of_the_stream(ends: Ends) -> None:
    """Between two messages; in the midst of one it is an error."""
    client, there = ends
    there.sendall(END)
    there.close()
    assert [client.recv(1), client.recv(1)] == [END, b""]


def test_a_cut_in_the_middle_of_a_message_is_an_error(ends: Ends) -> None:
    """Half an answer is none."""
    client, there = ends
    there.sendall(END[:-1])
    there.close()
    with pytest.raises(ConnectionResetError):
        client.recv(1)


def test_a_message_that_drips_ends_at_the_limit(ends: Ends) -> None:
    """An octet now and then leaves no silence of a second, and the whole may take no longer."""
    client, there = ends
    began = time.monotonic()
    client.sendall(b"request")
    _say(there, *(bytes([octet]) for octet in END), pause=0.2)
    with pytest.raises(TimeoutError):
        client.recv(1)
    assert 0.9 < time.monotonic() - began < 8


def test_a_request_that_is_not_read_ends_at_the_limit(ends: Ends) -> None:
    """A directory that does not take it ends the operation as one that does not answer."""
    client, _ = ends
    with pytest.raises(TimeoutError):
        client.sendall(b"x" * 10_000_000)


def test_each_request_begins_a_time_of_its_own(ends: Ends) -> None:
    """A connection may be older than one operation may take."""
    client, there = ends
    for _ in range(3):
        time.sleep(0.5)
        client.sendall(b"request")
        there.sendall(END)
        assert client.recv(1) == END


def test_entries_without_an_end_are_given_up(ends: Ends) -> None:
    """A page is five hundred of them; a million are never held."""
    client, there = ends
    client.sendall(b"request")
    _say(there, *[ENTRY * 100] * 1000)
    with pytest.raises(NotLdap, match=f"more than {MOST_MESSAGES} messages"):
        _read_all(client)


def test_octets_without_an_end_are_given_up() -> None:
    """Few messages may be long, and together they may not be longer than any page."""
    here, there = socket.socketpair()
    with here, there:
        client = MessageSocket(here, 60)
        client.sendall(b"request")
        long = ber.message(7, ber.entry(b"CN=a,DC=b", {b"cn": [b"x" * (LONGEST_MESSAGE - 1000)]}))
        _say(there, *[long] * 5)
        with pytest.raises(NotLdap, match=f"more than {MOST_OCTETS} octets"):
            _read_all(client)


def test_octets_in_clear_ahead_of_encryption_are_never_believed(ends: Ends) -> None:
    """What arrived before TLS or the seal began would otherwise be read as if it were protected."""
    client, there = ends
    there.sendall(END + b"\x30")
    client.recv(1)
    with pytest.raises(SealBroken):
        client.bare()
