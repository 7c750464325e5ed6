"""A client of its own for the sealed bind: a raw socket, pyspnego's client side and ldap3's message builders."""

from __future__ import annotations

import socket
import struct
from types import TracebackType
from typing import Any, Self

import spnego
from ldap3.operation import bind, extended, modify, search
from ldap3.protocol.rfc4511 import Control, Controls, LDAPMessage, MessageID, ProtocolOp
from ldap3.utils.asn1 import encode  # writes TRUE as LDAP does, 0xFF; Samba takes pyasn1's own 0x01 for FALSE
from pyasn1.codec.ber import decoder

SEALED = (
    spnego.ContextReq.mutual_auth
    | spnego.ContextReq.integrity
    | spnego.ContextReq.confidentiality
    | spnego.ContextReq.sequence_detect
    | spnego.ContextReq.replay_detect
)


class SealedClient:
    """One connection on the plain port; sealed once `bind` has succeeded."""

    def __init__(self, address: str, port: int, *, timeout: float = 10.0) -> None:
        self.socket = socket.create_connection((address, port), timeout=timeout)
        self.context: spnego.ContextProxy | None = None
        self._number = 0
        self._received, self._clear = b"", b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()

    def bind(
        self, user: str, password: str, *, protocol: str = "negotiate", requirements: spnego.ContextReq = SEALED
    ) -> int:
        """Sign in by GSS-SPNEGO; gives the result code, 0 when everything from here on is sealed."""
        context = spnego.client(
            user, password, hostname="dc1.lab.test", service="ldap", protocol=protocol, context_req=requirements
        )
        token = context.step()
        while True:
            request = bind.bind_operation(3, "SASL", None, None, "GSS-SPNEGO", token)
            answer = self.exchange("bindRequest", request)[-1]
            code, reply = int(answer["resultCode"]), answer["serverSaslCreds"]
            if code not in (0, 14):
                return code
            if not context.complete and reply.hasValue():
                token = context.step(bytes(reply))
            if code == 0:
                self.context = context
                return code

    def search(
        self,
        base: str,
        text: str = "(objectClass=*)",
        scope: str = "SUBTREE",
        attributes: list[str] | None = None,
        **more: Any,
    ) -> tuple[int, dict[str, dict[str, list[bytes]]]]:
        """Search; gives the result code and the entries by their names."""
        request = search.search_operation(
            base, text, scope, "NEVER", attributes or ["*"], 0, 0, False, None, None, check_names=False
        )
        answers = self.exchange("searchRequest", request, **more)
        entries = {
            str(each["object"]): {
                str(one["type"]): [bytes(value) for value in one["vals"]] for one in each["attributes"]
            }
            for each in answers[:-1]
            if "object" in each
        }
        return int(answers[-1]["resultCode"]), entries

    def modify(self, name: str, changes: list[dict[str, Any]], **more: Any) -> int:
        """Modify by ldap3's list of changes; gives the result code."""
        request = modify.modify_operation(name, changes, auto_encode=False)
        return int(self.exchange("modifyRequest", request, **more)[-1]["resultCode"])

    def extended(self, oid: str) -> tuple[int, bytes]:
        """Run an extended operation; gives the result code and the value."""
        answer = self.exchange("extendedReq", extended.extended_operation(oid))[-1]
        value = answer["responseValue"]
        return int(answer["resultCode"]), bytes(value) if value.hasValue() else b""

    def exchange(self, kind: str, request: Any, controls: tuple[tuple[str, bool, bytes | None], ...] = ()) -> list[Any]:
        """Send a request and wait for all of its answers."""
        self.send(kind, request, controls)
        answers = []
        while True:
            operation = self.receive()["protocolOp"]
            answers.append(operation.getComponent())
            if operation.getName() not in ("searchResEntry", "searchResRef"):
                return answers

    def send(self, kind: str, request: Any, controls: tuple[tuple[str, bool, bytes | None], ...] = ()) -> None:
        """Send a request."""
        self._number += 1
        message, operation = LDAPMessage(), ProtocolOp()
        operation[kind] = request
        message["messageID"] = MessageID(self._number)
        message["protocolOp"] = operation
        if controls:
            written = Controls()
            for oid, critical, value in controls:
                control = Control()
                control["controlType"], control["criticality"] = oid, critical
                if value is not None:
                    control["controlValue"] = value
                written.append(control)
            message["controls"] = written
        octets = encode(message)
        if self.context is not None:
            wrapped = self.context.wrap(octets).data
            octets = struct.pack(">I", len(wrapped)) + wrapped
        self.socket.sendall(octets)

    def receive(self) -> Any:
        """Wait for one message."""
        while not self._clear:
            chunk = self.socket.recv(65536)
            if not chunk:
                raise ConnectionError("the server hung up")
            if self.context is None:
                self._clear += chunk
                continue
            self._received += chunk
            while len(self._received) >= 4:
                end = 4 + struct.unpack_from(">I", self._received)[0]
                if len(self._received) < end:
                    break
                self._clear += self.context.unwrap(self._received[4:end]).data
                self._received = self._received[end:]
        message, self._clear = decoder.decode(self._clear, asn1Spec=LDAPMessage())
        return message
