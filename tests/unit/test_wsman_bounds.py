"""An answer without an end: it ends at so many octets or seconds, whichever part of HTTP it stretches."""

from __future__ import annotations

import gzip
import itertools
import ssl
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from hyperv_migration.model.errors import ProtocolViolation, TimedOut
from hyperv_migration.model.settings import Connection, Credentials, WinrmSettings
from hyperv_migration.wsman.bounds import MOST_OCTETS
from hyperv_migration.wsman.envelope import MAX_ENVELOPE_SIZE
from hyperv_migration.wsman.transport import ConnectionLost, SealedTransport
from support.certificates import issue
from support.listener import SEALED_HEADERS, Exchange, Listener, always, sealed

PASSWORD = "Tr0ub4dor-and-3"
LIMIT = 1.0
"""Seconds; the transport waits ten longer than the operation timeout."""
PATIENCE = 8.0
"""How much longer a busy machine may take to notice."""
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def _transport(port: int, *, auth: str = "basic", scheme: str = "http", **winrm: str) -> SealedTransport:
    settings = Connection(
        credentials=Credentials(username="LAB\\svc", password=PASSWORD),
        winrm=WinrmSettings(operation_timeout=LIMIT - 10, connect_timeout=5, **winrm),  # type: ignore[arg-type]
    )
    return SealedTransport("hv01.corp.example", f"{scheme}://127.0.0.1:{port}/wsman", auth, settings)


def _forever(beginning: bytes, piece: bytes) -> Callable[[Exchange], None]:
    """Begin an answer and go on with it as fast as it is taken."""

    def serve(exchange: Exchange) -> None:
        exchange.request()
        exchange.send(beginning)
        for _ in itertools.count():
            exchange.send(piece)

    return serve


@pytest.mark.parametrize(
    "serve",
    [
        _forever(OK + b"\r\n", b"<a>" * 10_000),
        _forever(OK + b"Content-Length: 99999999999\r\n\r\n", b" " * 30_000),
        _forever(CHUNKED, b"7530\r\n" + b" " * 30_000 + b"\r\n"),
        _forever(CHUNKED + b"0\r\n", b"Trailer: " + b"x" * 30_000 + b"\r\n"),
        _forever(b"", b"HTTP/1.1 100 Continue\r\nX: " + b"x" * 30_000 + b"\r\n\r\n"),
        _forever(b"HTTP/1.1 500 Error\r\n\r\n", b"<a>" * 10_000),
        _forever(b"HTTP/1.1 401 No\r\nWWW-Authenticate: Basic\r\n\r\n", b"<a>" * 10_000),
    ],
    ids=["body", "length", "chunks", "trailers", "continue", "fault", "401"],
)
def test_an_answer_without_an_end_is_given_up(serve: Callable[[Exchange], None]) -> None:
    """The sentence names the host and the limit, and not much more than the limit is ever held."""
    with Listener(serve) as listener, pytest.raises(ProtocolViolation) as raised:
        _transport(listener.port).exchange(b"<s:Envelope/>")
    assert f"hv01.corp.example sends an answer without an end: more than {MOST_OCTETS} octets" in str(raised.value)


@pytest.mark.parametrize(
    ("serve", "error"),
    [
        (_forever(OK, b"X: y\r\n" * 1000), ProtocolViolation),
        (_forever(OK + b"X: ", b"y" * 30_000), ProtocolViolation),
        (_forever(CHUNKED, b"no length\r\n"), ConnectionLost),
        # urllib3 2.6 reads such a line to its end, so our own limit ends it.
        (_forever(CHUNKED, b"0" * 30_000), (ConnectionLost, ProtocolViolation)),
        (_forever(CHUNKED + b"1;name=", b"x" * 30_000), (ConnectionLost, ProtocolViolation)),
    ],
    ids=["headers", "header", "length of a chunk", "long length of a chunk", "name of a chunk"],
)
def test_a_line_without_an_end_is_given_up_before_that(
    serve: Callable[[Exchange], None], error: type[Exception] | tuple[type[Exception], ...]
) -> None:
    """By the libraries' own limits; of a line before a chunk they do not tell whether it was wrong, long or cut off."""
    with Listener(serve) as listener, pytest.raises(error, match=r"hv01\.corp\.example"):
        _transport(listener.port).exchange(b"<s:Envelope/>")


def test_an_envelope_of_the_agreed_size_fits_even_in_three_octets_a_character() -> None:
    """A host may count characters; what it is allowed to send is always taken."""
    body = "仮".encode() * MAX_ENVELOPE_SIZE
    with Listener(always(200, body)) as listener:
        assert _transport(listener.port).exchange(b"<s:Envelope/>").body == body


def test_each_exchange_has_limits_of_its_own() -> None:
    """Many answers on one connection are together as long as they like."""
    with Listener(always(200, b" " * MAX_ENVELOPE_SIZE)) as listener:
        transport = _transport(listener.port)
        lengths = [len(transport.exchange(b"<s:Envelope/>").body) for _ in range(6)]
    assert lengths == [MAX_ENVELOPE_SIZE] * 6
    assert listener.connections == 1


def _dripping(beginning: bytes, pieces: Iterable[bytes]) -> Callable[[Exchange], None]:
    """Begin an answer and let the rest drip, each piece well within the time a single read may take."""

    def serve(exchange: Exchange) -> None:
        exchange.request()
        exchange.send(beginning)
        for piece in pieces:
            time.sleep(LIMIT / 5)
            exchange.send(piece)

    return serve


DRIPS: dict[str, tuple[bytes, bytes]] = {
    "status line": (b"HTTP/1.1 200 ", b"O"),
    "header": (OK + b"X: ", b"y"),
    "headers": (OK, b"X: y\r\n"),
    "continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body": (OK + b"Content-Length: 9999\r\n\r\n", b"<"),
    "chunks": (CHUNKED, b"1\r\n<\r\n"),
    "challenge": (b"HTTP/1.1 401 No\r\nWWW-Authenticate: Negotiate ", b"A"),
}


@pytest.mark.parametrize("auth", ["basic", "ntlm"])
@pytest.mark.parametrize("part", DRIPS)
def test_a_dripping_answer_ends_at_the_limit(part: str, auth: str) -> None:
    """One octet now and then never leaves a silence long enough; also while signing in."""
    beginning, piece = DRIPS[part]
    began = time.monotonic()
    drip = _dripping(beginning, itertools.repeat(piece))
    with Listener(drip) as listener, pytest.raises(TimedOut, match=r"hv01\.corp\.example .* within 1 s"):
        _transport(listener.port, auth=auth).exchange(b"<s:Envelope/>")
    assert LIMIT * 0.9 < time.monotonic() - began < LIMIT + PATIENCE


def test_an_exchange_that_may_take_less_ends_sooner() -> None:
    """Where an operation has less time left than the operation timeout, the drip ends with it; the next one has all of it."""
    beginning, piece = DRIPS["body"]
    began = time.monotonic()
    with Listener(_dripping(beginning, itertools.repeat(piece))) as listener:
        settings = Connection(credentials=Credentials(username="LAB\\svc", password=PASSWORD))
        transport = SealedTransport("hv01.corp.example", f"http://127.0.0.1:{listener.port}/wsman", "basic", settings)
        with pytest.raises(TimedOut, match=r"within 0\.5 s"):
            transport.exchange(b"<s:Envelope/>", within=0.5)
    assert 0.4 < time.monotonic() - began < LIMIT + PATIENCE


def test_a_dripping_answer_in_tls_ends_at_the_limit(tmp_path: Path) -> None:
    """The limits hold above TLS as well."""
    issue(tmp_path, "hv01.corp.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    beginning, piece = DRIPS["body"]
    with Listener(_dripping(beginning, itertools.repeat(piece)), tls=context) as listener:
        transport = _transport(listener.port, scheme="https", ca_cert_file=str(tmp_path / "ca.pem"))
        with pytest.raises(TimedOut, match="within 1 s"):
            transport.exchange(b"<s:Envelope/>")


def test_a_host_that_does_not_read_ends_at_the_limit() -> None:
    """More than fits on the way is never taken."""
    deaf = Listener(lambda exchange: time.sleep(LIMIT + 1.0) or exchange.close())
    with deaf as listener, pytest.raises(TimedOut, match="did not answer in time"):
        _transport(listener.port).exchange(b" " * 40_000_000)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "x-gzip, identity", "br", "zstd"])
def test_a_compressed_answer_is_not_unpacked(encoding: str) -> None:
    """A bomb of two kilobytes would be a gigabyte; nobody asked for compression."""
    bomb = gzip.compress(b" " * 2_000_000)
    serve = always(200, bomb, [f"Content-Encoding: {encoding}"])
    with Listener(serve) as listener, pytest.raises(ProtocolViolation, match="compressed its answer"):
        _transport(listener.port).exchange(b"<s:Envelope/>")
    assert [headers["Accept-Encoding"] for headers, _ in listener.asked] == ["identity"]


def test_a_sealed_answer_without_an_end_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one that the right host sealed, part by part; nothing is unsealed before it is whole."""
    accounts = tmp_path / "accounts"
    accounts.write_text(f"LAB:svc:{PASSWORD}\n", encoding="utf-8")
    monkeypatch.setenv("NTLM_USER_FILE", str(accounts))

    def endless(exchange: Exchange, _clear: bytes, seal: Callable[[bytes], bytes]) -> None:
        exchange.send(OK + f"Content-Length: 9999999999\r\n{SEALED_HEADERS[0]}\r\n\r\n".encode())
        while True:
            exchange.send(seal(b"<a>" * 10_000))

    with Listener(sealed(endless)) as listener, pytest.raises(ProtocolViolation, match="without an end"):
        _transport(listener.port, auth="ntlm").exchange(b"<s:Envelope/>")


def test_a_sealed_answer_that_drips_ends_at_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a sign-in in good time the clock starts anew for the message."""
    accounts = tmp_path / "accounts"
    accounts.write_text(f"LAB:svc:{PASSWORD}\n", encoding="utf-8")
    monkeypatch.setenv("NTLM_USER_FILE", str(accounts))

    def drip(exchange: Exchange, _clear: bytes, _seal: Callable[[bytes], bytes]) -> None:
        exchange.send(OK + f"Content-Length: 9999\r\n{SEALED_HEADERS[0]}\r\n\r\n".encode())
        while True:
            time.sleep(LIMIT / 5)
            exchange.send(b"-")

    with Listener(sealed(drip)) as listener, pytest.raises(TimedOut, match="within 1 s"):
        _transport(listener.port, auth="ntlm").exchange(b"<s:Envelope/>")
