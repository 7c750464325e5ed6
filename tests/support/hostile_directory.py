"""The embedded directory with somebody at the wire who changes its answers before they are sealed, or past the seal."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from hyperv_migration.lab.directory import EmbeddedDirectory, codec, messages
from hyperv_migration.lab.directory.session import Session, Surroundings
from hyperv_migration.lab.scenario import Scenario


@dataclass(frozen=True)
class Clear:
    """Octets that go out as they are, whatever encryption was agreed."""

    octets: bytes


@dataclass(frozen=True)
class Silence:
    """Nothing for so many seconds."""

    seconds: float


class HangUp(Exception):
    """The connection is to end here."""


Said = bytes | Clear | Silence
Hostility = Callable[[messages.Message, list[bytes]], Iterable[Said]]
"""What is said instead of the honest answer, a message each, to a request; sealed where sealing was agreed."""


def honest(_: messages.Message, answer: list[bytes]) -> Iterable[Said]:
    """Say what is true."""
    return answer


class HostileSession(Session):
    """Serves one connection, and does not mean it."""

    def __init__(self, connection: socket.socket, around: Surroundings, port: str, directory: HostileDirectory) -> None:
        super().__init__(connection, around, port)
        self._plain = connection
        self._directory = directory

    def _send(self, message: messages.Message, responses: list[messages.Response]) -> None:
        answer = [codec.encode(message.number, type(message.request), response) for response in responses]
        try:
            for said in self._directory.hostility(message, answer):
                match said:
                    case Clear(octets):
                        self._plain.sendall(octets)
                    case Silence(seconds):
                        self._around.stopping.wait(seconds)
                    case bytes():
                        self._stream.write(said)
        except HangUp:
            raise OSError from None  # as where a client has gone


class HostileDirectory(EmbeddedDirectory):
    """A domain controller whose answers are those of its `hostility`; what it is asked to write, it writes."""

    def __init__(self, scenario: Scenario, **more: Any) -> None:
        super().__init__(scenario, **more)
        self.hostility: Hostility = honest

    def _serve(self, connection: socket.socket, kind: str) -> None:
        session = HostileSession(connection, self._around, kind, self)
        with self._lock:
            self._sessions.add(session)
        try:
            if self._stopping.is_set():
                session.interrupt()
            session.run()
        finally:
            with self._lock:
                self._sessions.discard(session)
