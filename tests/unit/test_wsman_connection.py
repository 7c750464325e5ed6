"""One connection to one host: where it goes, what it refuses to begin, and when a message may be sent again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from hyperv_migration.model.errors import (
    AuthenticationFailed,
    InvalidInput,
    MigrationError,
    MissingConfiguration,
    TimedOut,
    Unreachable,
)
from hyperv_migration.model.settings import Connection, Credentials, WinrmSettings
from hyperv_migration.wsman.connection import WinrmConnection
from hyperv_migration.wsman.session import Reply
from support.listener import SEALED_HEADERS, Exchange, Listener, always, sealed

NAME = "hv01.corp.example"
PASSWORD = "Tr0ub4dor-and-3"
Respond = Callable[[Exchange, bytes, Callable[[bytes], bytes]], None]


def _connection(address: str | None = None, *, password: str | None = PASSWORD, **winrm: Any) -> WinrmConnection:
    addresses = () if address is None else ((NAME, address),)
    credentials = Credentials(username="LAB\\svc", password=password)
    return WinrmConnection(NAME, Connection(credentials=credentials, winrm=WinrmSettings(**winrm), addresses=addresses))


@pytest.mark.parametrize(
    ("address", "winrm", "endpoint"),
    [
        (None, {}, "http://hv01.corp.example:5985/wsman"),
        (None, {"scheme": "https"}, "https://hv01.corp.example:5986/wsman"),
        (None, {"port": 15985}, "http://hv01.corp.example:15985/wsman"),
        (None, {"transport": "basic"}, "https://hv01.corp.example:5986/wsman"),
        (None, {"transport": "certificate"}, "https://hv01.corp.example:5986/wsman"),
        (None, {"transport": "kerberos"}, "http://hv01.corp.example:5985/wsman"),
        ("127.0.0.1", {}, "http://127.0.0.1:5985/wsman"),
        ("127.0.0.1:15985", {"port": 1}, "http://127.0.0.1:15985/wsman"),
        ("hv01.lab.example:15985", {}, "http://hv01.lab.example:15985/wsman"),
        ("https://127.0.0.1", {}, "https://127.0.0.1:5986/wsman"),
        ("https://127.0.0.1:8443/wsman", {"transport": "basic"}, "https://127.0.0.1:8443/wsman"),
        ("fd00::5", {}, "http://[fd00::5]:5985/wsman"),
        ("[fd00::5]", {}, "http://[fd00::5]:5985/wsman"),
        ("[fd00::5]:15985", {}, "http://[fd00::5]:15985/wsman"),
        ("http://[fd00::5]:15985", {}, "http://[fd00::5]:15985/wsman"),
    ],
)
def test_endpoint_follows_from_name_address_and_settings(
    address: str | None, winrm: dict[str, Any], endpoint: str
) -> None:
    """Http with sealed messages unless TLS is needed or asked for; an address may be name, IPv4, IPv6 or URL."""
    assert _connection(address, **winrm).endpoint == endpoint


@pytest.mark.parametrize(
    ("address", "winrm"),
    [
        ("hv01:port", {}),
        ("hv01:99999", {}),
        ("ftp://hv01", {}),
        ("https://", {}),
        ("[fd00::5", {}),
        (":5985", {}),
        ("http://127.0.0.1", {"transport": "basic"}),
        (None, {"transport": "basic", "scheme": "http"}),
        (None, {"transport": "certificate", "scheme": "http"}),
    ],
)
def test_address_that_is_none_or_would_go_in_clear_is_refused(address: str | None, winrm: dict[str, Any]) -> None:
    """A mistyped address and a password over clear http stop before anything is sent."""
    with pytest.raises(InvalidInput, match=NAME):
        _ = _connection(address, **winrm).endpoint


@pytest.mark.parametrize(
    ("credentials", "missing"),
    [
        (Credentials(), "hyperv-migration:username` or set HYPERV_MIGRATION_USERNAME"),
        (Credentials(username="svc"), "--secret hyperv-migration:password` or set HYPERV_MIGRATION_PASSWORD"),
    ],
)
def test_missing_credentials_are_told_with_the_command_that_sets_them(credentials: Credentials, missing: str) -> None:
    """Preview needs none; the first contact says what is missing."""
    connection = WinrmConnection(NAME, Connection(credentials=credentials, winrm=WinrmSettings(transport="ntlm")))
    with pytest.raises(MissingConfiguration, match=missing):
        connection.post(b"<one/>", repeatable=True)


Serve = Callable[[Callable[[Exchange], None]], Listener]


@pytest.fixture
def accounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The accounts that the listener's side of NTLM knows."""
    file = tmp_path / "accounts"
    file.write_text(f"LAB:svc:{PASSWORD}\n", encoding="utf-8")
    monkeypatch.setenv("NTLM_USER_FILE", str(file))


@pytest.fixture
def serve(accounts: None) -> Iterator[Serve]:  # noqa: ARG001 - the listeners sign in against them
    """Starts listeners that end with the test."""
    with ExitStack() as stack:
        yield lambda behave: stack.enter_context(Listener(behave))


def _seen(respond: Respond, seen: list[bytes]) -> Callable[[Exchange], None]:
    """Keep the clear requests, then answer as told."""

    def noting(exchange: Exchange, clear: bytes, seal: Callable[[bytes], bytes]) -> None:
        seen.append(clear)
        respond(exchange, clear, seal)

    return sealed(noting)


def _answer(exchange: Exchange, clear: bytes, seal: Callable[[bytes], bytes]) -> None:
    exchange.answer(200, seal(b"<echo>" + clear + b"</echo>"), SEALED_HEADERS)


def _answer_and_close(exchange: Exchange, clear: bytes, seal: Callable[[bytes], bytes]) -> None:
    _answer(exchange, clear, seal)
    exchange.close()


def _close_at_two(exchange: Exchange, clear: bytes, seal: Callable[[bytes], bytes]) -> None:
    if clear == b"<two/>" and len(exchange.asked) < 6:
        exchange.close()
    else:
        _answer(exchange, clear, seal)


def _forget_at_two(exchange: Exchange, clear: bytes, seal: Callable[[bytes], bytes]) -> None:
    if clear == b"<two/>" and len(exchange.asked) < 6:
        exchange.answer(401, headers=["WWW-Authenticate: Negotiate"])
    else:
        _answer(exchange, clear, seal)


def test_messages_share_one_signed_in_connection(serve: Serve) -> None:
    """Signing in costs three messages, so it is done once per host and process (P32)."""
    listener = serve(sealed(_answer))
    connection = _connection(f"127.0.0.1:{listener.port}", transport="ntlm")
    replies = [connection.post(b"<one/>", repeatable=False) for _ in range(3)]
    assert replies == [Reply(status=200, body=b"<echo><one/></echo>")] * 3
    assert listener.connections == 1


@pytest.mark.parametrize("repeatable", [True, False])
def test_connection_dropped_meanwhile_is_made_anew(serve: Serve, repeatable: bool) -> None:
    """A new connection answers 401 first, so nothing was run: even a write is sent again, and run once."""
    seen: list[bytes] = []
    listener = serve(_seen(_answer_and_close, seen))
    connection = _connection(f"127.0.0.1:{listener.port}", transport="ntlm")
    for envelope in (b"<one/>", b"<two/>", b"<three/>"):
        assert connection.post(envelope, repeatable=repeatable).body == b"<echo>" + envelope + b"</echo>"
        listener.wait_for_the_end()
    assert seen == [b"<one/>", b"<two/>", b"<three/>"]


@pytest.mark.parametrize("repeatable", [True, False])
def test_context_forgotten_by_the_host_is_made_anew(serve: Serve, repeatable: bool) -> None:
    """401 in the midst of a good connection is no wrong password (hyperv-wsman.md §4.5)."""
    listener = serve(sealed(_forget_at_two))
    connection = _connection(f"127.0.0.1:{listener.port}", transport="ntlm")
    connection.post(b"<one/>", repeatable=True)
    assert connection.post(b"<two/>", repeatable=repeatable).body == b"<echo><two/></echo>"
    assert listener.connections == 2


def test_read_is_repeated_after_a_break_without_an_answer(serve: Serve) -> None:
    """A read changes nothing, so it may be sent again."""
    seen: list[bytes] = []
    listener = serve(_seen(_close_at_two, seen))
    connection = _connection(f"127.0.0.1:{listener.port}", transport="ntlm")
    connection.post(b"<one/>", repeatable=True)
    assert connection.post(b"<two/>", repeatable=True).body == b"<echo><two/></echo>"
    assert seen == [b"<one/>", b"<two/>", b"<two/>"]


def test_write_is_not_repeated_after_a_break_without_an_answer(serve: Serve) -> None:
    """What the host did is not known (P36): the operation reads again and decides. The next message goes through."""
    seen: list[bytes] = []
    listener = serve(_seen(_close_at_two, seen))
    connection = _connection(f"127.0.0.1:{listener.port}", transport="ntlm")
    connection.post(b"<one/>", repeatable=True)
    with pytest.raises(Unreachable):
        connection.post(b"<two/>", repeatable=False)
    assert connection.post(b"<three/>", repeatable=True).body == b"<echo><three/></echo>"
    assert seen == [b"<one/>", b"<two/>", b"<three/>"]


def test_what_is_busy_is_not_waited_for_beyond_what_is_allowed(serve: Serve) -> None:
    """One message is on the connection at a time; who may wait only so long is told that it was busy."""
    first, release = threading.Event(), threading.Event()

    def hold(exchange: Exchange, clear: bytes, seal: Callable[[bytes], bytes]) -> None:
        if clear == b"<one/>":
            first.set()
            release.wait(20)
        _answer(exchange, clear, seal)

    listener = serve(sealed(hold))
    connection = _connection(f"127.0.0.1:{listener.port}", transport="ntlm")
    thread = threading.Thread(target=connection.post, args=(b"<one/>",), kwargs={"repeatable": False})
    thread.start()
    assert first.wait(20)
    try:
        with pytest.raises(TimedOut, match="busy with another operation"):
            connection.post(b"<two/>", repeatable=True, within=0.2)
    finally:
        release.set()
        thread.join()
    assert connection.post(b"<three/>", repeatable=True, within=20.0).body == b"<echo><three/></echo>"
    assert listener.connections == 1


def test_silence_is_not_waited_for_beyond_what_is_allowed(serve: Serve) -> None:
    """The connection's own patience is more than a minute; the next message has it again."""
    release = threading.Event()

    def hold(exchange: Exchange, clear: bytes, seal: Callable[[bytes], bytes]) -> None:
        if clear == b"<one/>":
            release.wait(20)
        _answer(exchange, clear, seal)

    listener = serve(sealed(hold))
    connection = _connection(f"127.0.0.1:{listener.port}", transport="ntlm")
    begun = time.monotonic()
    with pytest.raises(TimedOut, match="did not answer in time"):
        connection.post(b"<one/>", repeatable=True, within=0.5)
    release.set()
    assert time.monotonic() - begun < 10
    assert connection.post(b"<two/>", repeatable=True).body == b"<echo><two/></echo>"


def test_wrong_password_is_tried_once(serve: Serve) -> None:
    """A second try would only bring the account closer to its lock-out."""
    listener = serve(sealed(_answer))
    connection = _connection(f"127.0.0.1:{listener.port}", transport="ntlm", password="wrong")
    with pytest.raises(AuthenticationFailed, match="HTTP 401"):
        connection.post(b"<one/>", repeatable=True)
    assert listener.connections == 1


@pytest.mark.usefixtures("accounts")
def test_host_that_is_gone_meanwhile_is_unreachable() -> None:
    """The error is the plain one, whatever was tried."""
    with Listener(sealed(_answer_and_close)) as listener:
        connection = _connection(f"127.0.0.1:{listener.port}", transport="ntlm")
        connection.post(b"<one/>", repeatable=True)
    with pytest.raises(Unreachable, match="ConnectionRefusedError"):
        connection.post(b"<two/>", repeatable=True)


@pytest.mark.parametrize("status", [200, 401])
def test_no_error_shows_the_password(serve: Serve, status: int) -> None:
    """Whatever the host does, the secret stays out of the sentence, its cause and its representation."""
    listener = serve(always(status, PASSWORD.encode()))
    with pytest.raises(MigrationError) as raised:
        _connection(f"127.0.0.1:{listener.port}", transport="ntlm").post(b"<one/>", repeatable=True)
    assert PASSWORD not in f"{raised.value!r} {raised.value.__cause__!r}"
