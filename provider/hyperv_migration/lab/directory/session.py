"""One connection: read a request, let a fault strike it or carry it out, answer."""

from __future__ import annotations

import contextlib
import itertools
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from spnego.exceptions import SpnegoError

from hyperv_migration.lab.directory import codec, messages
from hyperv_migration.lab.directory.binds import Binder
from hyperv_migration.lab.directory.controller import NOBODY, DomainController
from hyperv_migration.lab.directory.framing import Malformed
from hyperv_migration.lab.directory.injection import Event, Fault, FaultKind, Faults
from hyperv_migration.lab.directory.journal import Journal, kind_of
from hyperv_migration.lab.directory.modify import modify
from hyperv_migration.lab.directory.objects import add, compare, delete, rename
from hyperv_migration.lab.directory.results import Code, Refused, Result, bind_first, critical_extension
from hyperv_migration.lab.directory.root_dse import PERMISSIVE_MODIFY, START_TLS, SUPPORTED_CONTROLS, WHO_AM_I
from hyperv_migration.lab.directory.search import Pages, Searcher
from hyperv_migration.lab.directory.stream import Stream

if TYPE_CHECKING:
    import spnego

_NUMBERS = itertools.count(1)
_BUFFER = 64 * 1024
"""Answers are sent together up to about this size, so a client meets several messages in one wrapped buffer."""


@dataclass(frozen=True)
class Surroundings:
    """What all connections of a directory share."""

    controller: DomainController
    journal: Journal
    faults: Faults
    tls: ssl.SSLContext
    administer: Callable[[dict[str, object]], object]
    stopping: threading.Event
    latency: float = 0.0


class _Cut(Exception):
    """The connection ends by a reset."""


class Session:
    """Serves one connection until it ends; `run` is the body of its thread."""

    def __init__(self, connection: socket.socket, surroundings: Surroundings, port: str) -> None:
        self._stream = Stream(connection)
        self._around = surroundings
        self._port = port
        self._number = next(_NUMBERS)
        self._identity = NOBODY
        self._binder = Binder(surroundings.controller)
        self._pages = Pages()
        self._context: spnego.ContextProxy | None = None

    def run(self) -> None:
        """Serve the connection; whatever goes wrong ends this connection only."""
        try:
            self._strike(Event("connect", port=self._port))
            if self._port == "ldaps":
                self._stream.start_tls(self._around.tls)
            while (octets := self._stream.read()) is not None and self._serve(codec.decode(octets)):
                pass
        except _Cut:
            self._stream.reset()
        except Malformed as error:
            notice = codec.notice_of_disconnection(Result(Code.PROTOCOL_ERROR, f"00000057: LdapErr: {error}, data 0"))
            with contextlib.suppress(OSError, SpnegoError):
                self._stream.write(notice)
        except (OSError, SpnegoError):
            pass  # the client is gone, or does not trust our certificate
        finally:
            self._stream.close()

    def interrupt(self) -> None:
        """End the connection from another thread."""
        self._stream.interrupt()

    def _serve(self, message: messages.Message) -> bool:
        """Answer one request; False when the client has said goodbye."""
        request = message.request
        operation = self._around.journal.note(self._number, self._identity.label, message)
        if isinstance(request, messages.Unbind):
            return False
        if isinstance(request, messages.Abandon):
            return True
        event = Event(kind_of(request), operation.name, _attributes(request), self._identity.label, self._port)
        fault = self._strike(event)
        if fault is not None and fault.code:
            responses: list[messages.Response] = [messages.Answer(Result(fault.code, fault.message))]
        else:
            responses = self._carried_out(message)
        if fault is not None and fault.kind is FaultKind.RESET_AFTER:
            raise _Cut
        if fault is not None and fault.kind is FaultKind.HOLD:
            self._until_cleared()
        final = responses[-1]
        operation.result = int(final.result.code) if isinstance(final, messages.Answer) else None
        # Each connection has a thread of its own, which may wait.
        self._around.stopping.wait(self._around.latency)
        operation.answered = datetime.now(UTC)
        self._send(message, responses)
        self._after(request, final)
        return True

    def _strike(self, event: Event) -> Fault | None:
        """Let a fault strike before the operation; gives it when something is left to do."""
        fault = self._around.faults.take(event)
        if fault is None:
            return None
        if fault.kind in (FaultKind.REFUSE_CONNECTION, FaultKind.RESET_BEFORE):
            raise _Cut
        if fault.kind is FaultKind.DELAY:
            self._around.stopping.wait(fault.seconds)
        elif fault.kind is FaultKind.FREEZE:
            self._until_cleared()
            raise _Cut
        elif fault.kind is FaultKind.LOST_RACE:
            self._around.administer(fault.act)
        return fault

    def _until_cleared(self) -> None:
        cleared = self._around.faults.cleared
        while not cleared.wait(0.05) and not self._around.stopping.is_set():
            pass

    def _carried_out(self, message: messages.Message) -> list[messages.Response]:
        try:
            for control in message.controls:
                if control.critical and control.oid not in SUPPORTED_CONTROLS:
                    raise critical_extension(control.oid)
            return self._perform(message)
        except Refused as refusal:
            if isinstance(message.request, messages.Bind):
                self._identity = NOBODY
            return [messages.Answer(refusal.result)]

    def _perform(self, message: messages.Message) -> list[messages.Response]:
        request, controller = message.request, self._around.controller
        if isinstance(request, messages.Bind):
            return self._bind(request)
        if isinstance(request, messages.Extended):
            return [self._extended(request)]
        if isinstance(request, messages.Search):
            if request.base or request.scope is not messages.Scope.BASE:
                self._signed_in()
            return Searcher(controller, self._identity).run(request, message.controls, self._pages)
        self._signed_in()
        code = Code.SUCCESS
        if isinstance(request, messages.Modify):
            permissive = any(control.oid == PERMISSIVE_MODIFY for control in message.controls)
            modify(controller, self._identity, request, permissive=permissive)
        elif isinstance(request, messages.Add):
            add(controller, self._identity, request)
        elif isinstance(request, messages.Delete):
            delete(controller, self._identity, request)
        elif isinstance(request, messages.Rename):
            rename(controller, self._identity, request)
        elif isinstance(request, messages.Compare):
            code = Code.COMPARE_TRUE if compare(controller, request) else Code.COMPARE_FALSE
        return [messages.Answer(Result(code))]

    def _signed_in(self) -> None:
        if self._identity.account is None:
            raise bind_first()

    def _bind(self, request: messages.Bind) -> list[messages.Response]:
        signed_in = self._binder.bind(request, encrypted=self._stream.encrypted, sealed=self._stream.sealed)
        self._identity = signed_in.identity
        self._context = signed_in.context
        return [signed_in.answer]

    def _extended(self, request: messages.Extended) -> messages.Answer:
        if request.oid == START_TLS:
            if self._stream.encrypted or self._stream.sealed:
                raise Refused(
                    Code.OPERATIONS_ERROR, "00000000: LdapErr: DSID-0C0910E0, comment: TLS already there, data 0, v4563"
                )
            return messages.Answer(Result(), response_name=START_TLS)
        if request.oid == WHO_AM_I and self._around.controller.behaviour.offers_who_am_i:
            label = self._identity.label
            return messages.Answer(Result(), response_value=f"u:{label}".encode() if label else b"")
        raise Refused(Code.PROTOCOL_ERROR, "0000203D: LdapErr: DSID-0C090FDB, comment: Unknown extended request OID")

    def _send(self, message: messages.Message, responses: list[messages.Response]) -> None:
        waiting = b""
        for response in responses:
            waiting += codec.encode(message.number, type(message.request), response)
            if len(waiting) > _BUFFER:
                self._stream.write(waiting)
                waiting = b""
        if waiting:
            self._stream.write(waiting)

    def _after(self, request: messages.Request, final: messages.Response) -> None:
        """Change the layer below, once the answer that announces it is out."""
        if not isinstance(final, messages.Answer) or final.result.code != Code.SUCCESS:
            return
        if isinstance(request, messages.Extended) and request.oid == START_TLS:
            self._stream.start_tls(self._around.tls)
        elif isinstance(request, messages.Bind) and self._context is not None:
            self._stream.seal(self._context)


def _attributes(request: messages.Request) -> tuple[str, ...]:
    if isinstance(request, messages.Search):
        return request.attributes
    if isinstance(request, messages.Modify):
        return tuple(change.attribute for change in request.changes)
    if isinstance(request, messages.Add):
        return tuple(name for name, _ in request.attributes)
    return ()
