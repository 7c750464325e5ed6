"""The sealed connection: every message is encrypted, and nothing else is believed."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
import spnego

from hyperv_migration.directory.sealed import SealBroken, SealedSocket
from hyperv_migration.lab.accounts import NTLM_ACCOUNTS
from hyperv_migration.lab.scenario import Account

MESSAGE = b"0\x0c\x02\x01\x01d\x07message"


@pytest.fixture
def ends() -> Iterator[tuple[SealedSocket, socket.socket, spnego.ContextProxy]]:
    """A sealed client socket, the plain socket at its other end, and the server's security context."""
    account = Account(name="operator", password="Planted-Operator-1")
    registration = NTLM_ACCOUNTS.register("lab.test", [account], netbios="LAB")
    request = spnego.ContextReq.default
    client = spnego.client("LAB\\operator", account.password, hostname="dc1", service="ldap", context_req=request)
    server = spnego.server(hostname="dc1", service="ldap", options=spnego.NegotiateOptions.use_negotiate)
    token = client.step()
    while token is not None:
        answer = server.step(token)
        token = client.step(answer) if answer is not None else None
    here, there = socket.socketpair()
    with here, there:
        yield SealedSocket(here, client), there, server
    NTLM_ACCOUNTS.unregister(registration)


def framed(token: bytes) -> bytes:
    """Put the length in front."""
    return len(token).to_bytes(4, "big") + token


def test_what_is_sent_is_encrypted(ends: tuple[SealedSocket, socket.socket, spnego.ContextProxy]) -> None:
    """The message cannot be seen on the wire, and the server can open it."""
    sealed, there, server = ends
    sealed.sendall(MESSAGE)
    seen = there.recv(4096)
    assert MESSAGE not in seen
    assert server.unwrap(seen[4:]).data == MESSAGE


def test_an_answer_may_arrive_in_pieces_and_be_read_in_pieces(
    ends: tuple[SealedSocket, socket.socket, spnego.ContextProxy],
) -> None:
    """TCP keeps no boundaries."""
    sealed, there, server = ends
    frames = framed(server.wrap(MESSAGE).data) + framed(server.wrap(b"next").data)
    for octet in frames:
        there.sendall(bytes([octet]))
    assert (sealed.recv(5), sealed.recv(4096), sealed.recv(4096)) == (MESSAGE[:5], MESSAGE[5:], b"next")


@pytest.mark.parametrize("forged", [MESSAGE * 40, framed(MESSAGE), framed(bytes(60))])
def test_an_answer_that_is_not_sealed_is_not_believed(
    ends: tuple[SealedSocket, socket.socket, spnego.ContextProxy], forged: bytes
) -> None:
    """A clear message, or one sealed by somebody else, ends the connection."""
    sealed, there, _ = ends
    there.sendall(forged)
    with pytest.raises(SealBroken):
        sealed.recv(4096)


def test_a_closed_connection_is_the_end_of_the_stream(
    ends: tuple[SealedSocket, socket.socket, spnego.ContextProxy],
) -> None:
    """As a plain socket tells it."""
    sealed, there, _ = ends
    there.close()
    assert sealed.recv(4096) == b""


def test_a_cut_in_the_middle_of_a_message_is_an_error(
    ends: tuple[SealedSocket, socket.socket, spnego.ContextProxy],
) -> None:
    """Half an answer is none."""
    sealed, there, server = ends
    there.sendall(framed(server.wrap(MESSAGE).data)[:-1])
    there.close()
    with pytest.raises(ConnectionResetError):
        sealed.recv(4096)
