"""Message encryption against pyspnego's own acceptor: nothing goes out in clear, and nothing in clear is believed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hyperv_migration.model.errors import ProtocolViolation
from hyperv_migration.model.settings import Connection, Credentials
from hyperv_migration.wsman.transport import ContextLost, SealedTransport
from support.listener import SEALED_HEADERS, Exchange, Listener, always, sealed

PASSWORD = "Tr0ub4dor-and-3"


def _transport(port: int, password: str = PASSWORD) -> SealedTransport:
    settings = Connection(credentials=Credentials(username="LAB\\svc", password=password))
    return SealedTransport("hv01.corp.example", f"http://127.0.0.1:{port}/wsman", "ntlm", settings)


@pytest.fixture
def accounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The accounts that the listener's side of NTLM knows."""
    file = tmp_path / "accounts"
    file.write_text(f"LAB:svc:{PASSWORD}\n", encoding="utf-8")
    monkeypatch.setenv("NTLM_USER_FILE", str(file))


def _echo(exchange: Exchange, clear: bytes, seal: Callable[[bytes], bytes]) -> None:
    exchange.answer(200, seal(b"<echo>" + clear + b"</echo>"), SEALED_HEADERS)


@pytest.mark.usefixtures("accounts")
def test_messages_are_sealed_on_one_connection() -> None:
    """Against pyspnego's own acceptor: signed in once, and no envelope in clear on the wire."""
    with Listener(sealed(_echo)) as listener:
        transport = _transport(listener.port)
        answers = [transport.exchange(envelope).body for envelope in (b"<one/>", "<二/>".encode())]
    assert answers == [b"<echo><one/></echo>", "<echo><二/></echo>".encode()]
    assert listener.connections == 1
    assert not any(clear in body for _, body in listener.asked for clear in (b"<one/>", "<二/>".encode()))


@pytest.mark.usefixtures("accounts")
@pytest.mark.parametrize(
    "content_type",
    [
        "application/soap+xml;charset=UTF-8",
        "text/html",
        'multipart/encrypted;protocol="application/HTTP-Kerberos-session-encrypted";boundary="Encrypted Boundary"',
        'text/xml;protocol="application/HTTP-SPNEGO"',
        None,
    ],
)
@pytest.mark.parametrize("status", [200, 403, 500])
def test_answer_in_clear_on_a_sealed_connection_is_not_believed(content_type: str | None, status: int) -> None:
    """Anybody on the way could have written it, whatever it calls itself (hyperv-wsman.md §4.3)."""

    def in_clear(exchange: Exchange, _clear: bytes, _seal: Callable[[bytes], bytes]) -> None:
        exchange.answer(status, b"<forged/>", [] if content_type is None else [f"Content-Type: {content_type}"])

    with Listener(sealed(in_clear)) as listener, pytest.raises(ProtocolViolation, match="answered in clear"):
        _transport(listener.port).exchange(b"<one/>")


@pytest.mark.usefixtures("accounts")
@pytest.mark.parametrize(
    "forge",
    [
        lambda sealed_answer: sealed_answer.replace(b"Length=", b"Length=1"),
        lambda sealed_answer: sealed_answer[:-40] + b"x" + sealed_answer[-39:],
        lambda sealed_answer: sealed_answer[:60],
        lambda _sealed_answer: b"<forged/>",
        lambda _sealed_answer: b"--Encrypted Boundary\r\n--Encrypted Boundary--\r\n",
    ],
    ids=["another length", "a changed byte", "cut short", "no parts", "empty parts"],
)
def test_broken_seal_is_a_protocol_violation(forge: Callable[[bytes], bytes]) -> None:
    """A sealed answer that was touched on the way is refused."""

    def forged(exchange: Exchange, _clear: bytes, seal: Callable[[bytes], bytes]) -> None:
        exchange.answer(200, forge(seal(b"<answer/>")), SEALED_HEADERS)

    with Listener(sealed(forged)) as listener, pytest.raises(ProtocolViolation, match="cannot be unsealed"):
        _transport(listener.port).exchange(b"<one/>")


@pytest.mark.usefixtures("accounts")
def test_wrong_password_is_refused_and_nothing_follows_in_clear() -> None:
    """Pywinrm keeps the session of a failed sign-in and would send the next message over it unsealed."""
    with Listener(sealed(_echo)) as listener:
        transport = _transport(listener.port, password="wrong")
        for _ in range(2):
            with pytest.raises(ContextLost, match=r"HTTP 401, it offers Negotiate"):
                transport.exchange(b"<one/>")
    assert [body for _, body in listener.asked if body] == []


def test_listener_that_wants_no_sign_in_gets_no_message() -> None:
    """Without a sign-in there is no key to seal with; the envelope stays here."""
    with Listener(always(200)) as listener, pytest.raises(ProtocolViolation):
        _transport(listener.port).exchange(b"<one/>")
    assert [body for _, body in listener.asked if body] == []


@pytest.mark.parametrize("token", ["", "!!!", "TlRMTVNTUAA=", "TlRMTVNTUAACAAAA" + "A" * 4000])
def test_hostile_challenge_is_an_error_of_ours(token: str) -> None:
    """Whatever stands after Negotiate, no foreign exception comes out and no envelope goes out."""
    serve = always(401, headers=[f"WWW-Authenticate: Negotiate {token}"])
    with Listener(serve) as listener, pytest.raises((ProtocolViolation, ContextLost)):
        _transport(listener.port).exchange(b"<one/>")
    assert [body for _, body in listener.asked if body] == []
