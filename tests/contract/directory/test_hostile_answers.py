"""A directory that answers without an end, or something else than it was asked: the operation ends, and writes nothing."""

from __future__ import annotations

import itertools
import re
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from contract.directory.domains import Embedded, call_to, scenario
from hyperv_migration.directory.computers import disconnect
from hyperv_migration.lab.directory import messages
from hyperv_migration.model.errors import (
    AccessDenied,
    AuthenticationFailed,
    MigrationError,
    ProtocolViolation,
    RemoteFault,
    TimedOut,
    Unreachable,
)
from hyperv_migration.operations import delegation
from hyperv_migration.operations.ports import DirectoryPort
from support import ber
from support.ber import DONE, OCTETS, Element
from support.hostile_directory import Clear, HostileDirectory, Said, Silence, honest

INPUTS = {"source": "HV01", "destinations": ["HV02"], "services": ["cifs"]}
Answers = Callable[[messages.Message, list[bytes]], Iterable[Said]]


@pytest.fixture(scope="module")
def running() -> Iterator[HostileDirectory]:
    """One directory for all tests of this file."""
    with HostileDirectory(scenario()) as directory:
        yield directory


@pytest.fixture
def hostile(running: HostileDirectory) -> Iterator[HostileDirectory]:
    """The directory, which has received no modify when the test is over."""
    running.journal.reset()
    yield running
    disconnect()
    running.hostility = honest
    assert [each for each in running.journal.operations() if each.kind == "modify"] == []


def _port(directory: HostileDirectory, *, seconds: int = 10, transport: str = "sealed") -> DirectoryPort:
    connection = Embedded(directory).connection(transport=transport)
    settings = replace(connection.directory, operation_timeout=seconds)
    call, _ = call_to(replace(connection, directory=settings))
    return call.targets.directory("HV01", None)


def _to_searches(answer: Answers) -> Answers:
    """Answer searches below the rootDSE so, and everything else honestly."""

    def hostility(message: messages.Message, true: list[bytes]) -> Iterable[Said]:
        below = isinstance(message.request, messages.Search) and message.request.base
        return answer(message, true) if below else true

    return hostility


ENDLESS: dict[str, tuple[Answers, str]] = {
    "entries": (
        lambda message, _true: itertools.repeat(ber.message(message.number, ber.entry(b"CN=a,DC=b", {})) * 50),
        "an answer of more than 1000 messages",
    ),
    "references": (
        lambda message, _true: itertools.repeat(
            ber.message(message.number, ber.element(ber.REFERENCE, Element(OCTETS, b"ldap://a/DC=b"))) * 50
        ),
        "an answer of more than 1000 messages",
    ),
    "intermediate responses": (
        lambda message, _true: itertools.repeat(ber.message(message.number, ber.element(0x79, Element(0x80, b"1.2"))) * 50),
        "an answer of more than 1000 messages",
    ),
    "long entries": (
        lambda message, _true: itertools.repeat(
            ber.message(message.number, ber.entry(b"CN=a,DC=b", {b"cn": [b"x" * 9_000_000]}))
        ),
        "an answer of more than 67108864 octets",
    ),
    "a long message": (
        lambda _message, _true: itertools.chain([b"\x30\x84\x7f\xff\xff\xff"], itertools.repeat(b"\0" * 9000)),
        "a message of more than 16777216 octets",
    ),
    "an integer": (
        lambda message, _true: [ber.message(message.number, ber.result(DONE, 1 << 20_000_000))],
        "a number without an end",
    ),
    "depth": (
        lambda _message, _true: [b"\x30\x84\x00\x01\x86\xa0" + b"\x30\x84\x00\x01\x86\xa0" * 16_667],
        "an element that reaches beyond its message",
    ),
    "pages": (
        lambda message, _true: [
            ber.message(message.number, ber.result(DONE, 0), ber.page_control(b"page-%d" % message.number))
        ],
        "a search result of more than 200 pages",
    ),
}  # fmt: skip


@pytest.mark.parametrize("transport", ["sealed", "ldaps"])
@pytest.mark.parametrize(("answer", "said"), ENDLESS.values(), ids=ENDLESS)
def test_an_answer_without_an_end_is_given_up(
    hostile: HostileDirectory, answer: Answers, said: str, transport: str
) -> None:
    """The sentence names the domain controller and the limit, inside TLS as under the seal; a busy machine has its time."""
    port = _port(hostile, transport=transport, seconds=120)
    assert port.domain == "lab.test"
    hostile.hostility = _to_searches(answer)
    with pytest.raises(ProtocolViolation, match=rf"dc1\.lab\.test sent {re.escape(said)}"):
        port.find_computers(["HV01"])


def _with_range(range_of: Callable[[int], str], values: int) -> Answers:
    """Answer each base search with one more part of the list."""
    asked = itertools.count()

    def part(message: messages.Message, true: list[bytes]) -> Iterable[Said]:
        assert isinstance(message.request, messages.Search)
        if message.request.scope is not messages.Scope.BASE:
            return true
        number = next(asked)
        found = ber.decode(true[0]) if len(true) > 1 else None
        kind = f"msDS-AllowedToDelegateTo;range={range_of(number)}".encode()
        held = [b"http/w%d" % (number * values + each) for each in range(values)]
        listed = {kind: held}
        if found is not None and not number:
            guid = _values(found, b"objectGUID")
            listed |= {b"objectGUID": guid, b"sAMAccountName": [b"HV01$"], b"userAccountControl": [b"4096"]}
        return [ber.message(message.number, ber.entry(b"CN=HV01,CN=Computers,DC=lab,DC=test", listed)),
                ber.message(message.number, ber.result(DONE, 0))]  # fmt: skip

    return part


def _values(found: Element, kind: bytes) -> list[bytes]:
    listed = found.inside[1].inside[1].inside
    return [value.content for each in listed if each.inside[0].content == kind for value in each.inside[1].inside]


def _guid(port: DirectoryPort) -> str:
    return port.find_computers(["HV01"])["HV01"][0].guid


@pytest.mark.parametrize(
    ("range_of", "said"),
    [
        (lambda number: f"{number * 3}-{number * 3 + 2}", "an attribute in more than 100 parts"),
        (lambda _: "0-2", "goes on at 0 after 3 values"),
        (lambda number: f"{number * 5}-{number * 5 + 2}", "goes on at 5 after 3 values"),
        (lambda _: "0-9", "holds 3 values"),
        (lambda _: "3-5", "goes on at 3 after 0 values"),
        (lambda _: "x-y", "comes in a range that is none"),
        (lambda _: f"{'9' * 5000}-*", "comes in a range that is none"),
        (lambda number: "0-2" if number == 0 else "*", "comes in a range that is none"),
    ],
)
def test_a_list_in_parts_that_do_not_fit_is_not_believed(
    hostile: HostileDirectory, range_of: Callable[[int], str], said: str
) -> None:
    """Half a list would look like entries that somebody removed; one without an end is given up."""
    port = _port(hostile)
    guid = _guid(port)
    hostile.hostility = _to_searches(_with_range(range_of, 3))
    with pytest.raises(ProtocolViolation, match=re.escape(said)):
        port.computer(guid)


def test_a_list_whose_second_part_is_refused_is_no_list(hostile: HostileDirectory) -> None:
    """Busy in the midst of a list is busy, and not a shorter list."""
    port = _port(hostile)
    guid = _guid(port)
    first = _with_range(lambda number: f"{number}-{number}", 1)
    asked = itertools.count()

    def busy(message: messages.Message, true: list[bytes]) -> Iterable[Said]:
        return first(message, true) if next(asked) == 0 else [ber.message(message.number, ber.result(DONE, 51))]

    hostile.hostility = _to_searches(busy)
    with pytest.raises(RemoteFault, match="LDAP result 51"):
        port.computer(guid)


@pytest.mark.parametrize("transport", ["sealed", "ldaps", "starttls"])
def test_a_dripping_answer_ends_at_the_limit(hostile: HostileDirectory, transport: str) -> None:
    """directory.operationTimeout is for the whole answer, whatever drips in meanwhile."""
    port = _port(hostile, seconds=1, transport=transport)
    assert port.domain == "lab.test"

    def drip(_: messages.Message, true: list[bytes]) -> Iterable[Said]:
        for octet in b"".join(true):
            yield Silence(0.2)
            yield bytes([octet])

    hostile.hostility = _to_searches(drip)
    began = time.monotonic()
    with pytest.raises(TimedOut, match=r"dc1\.lab\.test did not answer in time.*operationTimeout"):
        port.find_computers(["HV01"])
    assert 0.9 < time.monotonic() - began < 8  # the limit, and slack for a busy machine


def test_octets_that_drip_inside_a_seal_end_at_the_limit(hostile: HostileDirectory) -> None:
    """Where the length of a sealed buffer is announced and the buffer does not come."""
    port = _port(hostile, seconds=1)
    assert port.domain == "lab.test"
    drip = [Clear(b"\x00\x00\x10\x00"), *([Silence(0.2), Clear(b"x")] * 100)]
    hostile.hostility = _to_searches(lambda _message, _true: drip)
    with pytest.raises(TimedOut):
        port.find_computers(["HV01"])


@pytest.mark.parametrize("token", [b"", b"\xa1\x07\x30\x05\xa0\x03\x0a\x01\x01", b"x" * 100_000, None])
def test_a_sign_in_without_an_end_is_given_up(hostile: HostileDirectory, token: bytes | None) -> None:
    """Each answer after the challenge says that one more leg is needed, with this token, or the challenge anew."""
    challenge: list[bytes] = []

    def one_more(message: messages.Message, true: list[bytes]) -> Iterable[Said]:
        if not isinstance(message.request, messages.Bind) or not challenge:
            challenge.extend(ber.decode(octets).inside[1].inside[-1].content for octets in true)
            return true
        again = ber.result(0x61, 14, Element(0x87, challenge[0] if token is None else token))
        return [ber.message(message.number, again)]

    hostile.hostility = one_more
    with pytest.raises((ProtocolViolation, AuthenticationFailed), match=r"dc1\.lab\.test"):
        _port(hostile).find_computers(["HV01"])
    assert 2 <= hostile.journal.counts()["bind"] <= 8


STRANGE: dict[str, tuple[Answers, type[MigrationError], str]] = {
    "in clear": (lambda _message, true: [Clear(b"".join(true))], ProtocolViolation, "nothing in the answer was believed"),
    "another kind": (
        lambda message, _true: [ber.message(message.number, ber.result(0x67, 0))],
        ProtocolViolation, "the answer to another kind of request",
    ),
    "another number": (
        lambda message, _true: [ber.message(message.number + 1, ber.result(DONE, 0))], Unreachable, "was lost",
    ),
    "a number of no result": (
        lambda message, _true: [ber.message(message.number, ber.result(DONE, 12345))], ProtocolViolation, "not what LDAP allows",
    ),
    "a notice of disconnection": (
        lambda _message, _true: [ber.message(0, ber.result(0x78, 52, Element(0x8A, b"1.3.6.1.4.1.1466.20036")))],
        Unreachable, "was lost",
    ),
    "an unknown notice": (
        lambda _message, _true: [ber.message(0, ber.result(0x78, 0, Element(0x8A, b"1.2.3")))], Unreachable, "was lost",
    ),
    "a name that is no UTF-8": (
        lambda message, _true: [ber.message(message.number, ber.entry(b"CN=\xff,DC=b", {})),
                               ber.message(message.number, ber.result(DONE, 0))],
        ProtocolViolation, "no UTF-8",
    ),
    "nothing, successfully": (
        lambda message, _true: [ber.message(message.number, ber.result(DONE, 0))], AccessDenied, "does not say that it is gone",
    ),
    "two objects": (
        lambda _message, true: [true[0], true[0], true[-1]], ProtocolViolation, "2 objects for one name",
    ),
    "another account": (
        lambda _message, true: [true[0].replace(_guid_octets(true[0]), bytes(16)), *true[1:]],
        ProtocolViolation, "is not the one that was asked for",
    ),
}  # fmt: skip


def _guid_octets(entry: bytes) -> bytes:
    (guid,) = _values(ber.decode(entry), b"objectGUID")
    return guid


@pytest.mark.parametrize(("answer", "error", "said"), STRANGE.values(), ids=STRANGE)
def test_an_answer_to_something_else_is_not_believed(
    hostile: HostileDirectory, answer: Answers, error: type[MigrationError], said: str
) -> None:
    """In particular nothing of it means that an account is gone."""
    port = _port(hostile)
    guid = _guid(port)
    hostile.hostility = _to_searches(answer)
    with pytest.raises(error, match=said):
        port.computer(guid)


def test_octets_sent_ahead_of_tls_are_not_believed(hostile: HostileDirectory) -> None:
    """Anybody on the way could append them to the answer to StartTLS."""

    def appended(message: messages.Message, true: list[bytes]) -> Iterable[Said]:
        ahead = ber.message(message.number + 1, ber.result(0x61, 0))
        return [b"".join([*true, ahead])] if isinstance(message.request, messages.Extended) else true

    hostile.hostility = appended
    with pytest.raises(ProtocolViolation, match="encryption of the connection"):
        _port(hostile, transport="starttls").find_computers(["HV01"])


def test_a_referral_is_not_followed(hostile: HostileDirectory) -> None:
    """Whoever it names would be signed in to."""
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.setblocking(False)
        url = Element(OCTETS, b"ldap://127.0.0.1:%d/DC=lab,DC=test" % elsewhere.getsockname()[1])
        port = _port(hostile)
        guid = _guid(port)
        referral = ber.result(DONE, 10, ber.element(0xA3, url))
        hostile.hostility = _to_searches(lambda message, _true: [ber.message(message.number, referral)])
        with pytest.raises(RemoteFault, match="refers elsewhere"):
            port.computer(guid)
        with pytest.raises(BlockingIOError):
            elsewhere.accept()


def _altered(kind: bytes, *values: bytes) -> Answers:
    """Answer truthfully but for one attribute."""

    def altered(_: messages.Message, true: list[bytes]) -> Iterable[Said]:
        for octets in true:
            whole = ber.decode(octets)
            operation = whole.inside[1]
            if operation.tag == ber.ENTRY:
                for each in operation.inside[1].inside:
                    if each.inside[0].content == kind:
                        each.inside[1].inside[:] = [Element(OCTETS, value) for value in values]
            yield whole.encode()

    return altered


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        *((b"userAccountControl", (value,)) for value in (
            b"", b"x", b"4096.0", b"0x1000", b"1_000", b" 4096", "４０９６".encode(), b"4294967296", b"9" * 5000, b"\xff", b"--1",
        )),
        (b"userAccountControl", (b"4096", b"4096")),
        (b"userAccountControl", ()),
        (b"objectGUID", (b"",)),
        (b"objectGUID", (bytes(15),)),
        (b"objectGUID", (bytes(17),)),
        (b"objectGUID", (bytes(16), bytes(16))),
        (b"sAMAccountName", (b"\xff\xfe",)),
        (b"sAMAccountName", (b"HV01$", b"HV02$")),
        (b"dNSHostName", (b"hv02.lab.test", b"evil.lab.test")),
        (b"dNSHostName", (b"\xc3\x28",)),
        (b"servicePrincipalName", (b"cifs/HV02", b"\xff")),
        (b"msDS-AllowedToDelegateTo", (b"\xed\xa0\x80",)),
    ],
)  # fmt: skip
def test_an_attribute_that_no_directory_holds_is_not_believed(
    hostile: HostileDirectory, kind: bytes, values: tuple[bytes, ...]
) -> None:
    """Numbers that are none, GUIDs of other lengths, two values where there is one, octets that are no UTF-8."""
    hostile.administrator.set_delegation("HV01", ["http/web"])
    call, _ = call_to(Embedded(hostile).connection())
    hostile.hostility = _to_searches(_altered(kind, *values))
    inputs, failures = delegation.check(INPUTS)
    assert failures == []
    with pytest.raises((ProtocolViolation, AccessDenied), match=r"dc1\.lab\.test"):
        delegation.create(inputs, call)


def test_a_domain_that_is_not_named_is_none(hostile: HostileDirectory) -> None:
    """Without a naming context every account would look gone."""

    def nameless(_: messages.Message, true: list[bytes]) -> Iterable[Said]:
        return [octets.replace(b"defaultNamingContext", b"defaultNamingKontext") for octets in true]

    hostile.hostility = nameless
    with pytest.raises(ProtocolViolation, match="does not say which domain it serves"):
        _port(hostile).find_computers(["HV01"])


@pytest.mark.parametrize("name", [b"a@b.test", b"x/y", b"dc1 lab", b"", b"dc1\x1b[31m", "dc1\u202e".encode()])
def test_a_controller_is_signed_in_to_under_a_host_name_only(hostile: HostileDirectory, name: bytes) -> None:
    """What a directory calls another one is looked at before anybody connects to it."""
    port: Any = _port(hostile)
    assert port.domain == "lab.test"
    answer = port.ask_replica(name.decode(), "6f9619ff-8b86-d011-b42d-00c04fc964ff")
    assert answer.unreachable is not None
    assert "is no name of a domain controller" in answer.unreachable
    assert answer.unreachable.isprintable()
