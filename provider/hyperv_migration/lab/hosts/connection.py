"""One TCP connection to a host: sign-in, sealing, the journal and the faults ordered, around the WS-Man operations."""

from __future__ import annotations

import itertools
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Protocol

from hyperv_migration.lab.hosts import envelope, faults, names, sealing
from hyperv_migration.lab.hosts.authentication import Outcome, SignIn
from hyperv_migration.lab.hosts.envelope import SoapRequest
from hyperv_migration.lab.hosts.faults import Refused
from hyperv_migration.lab.hosts.http import Answer, BadRequest, Closed, HttpStream, Request
from hyperv_migration.lab.hosts.injection import Event, Fault, FaultKind
from hyperv_migration.lab.hosts.journal import AUTHENTICATION, Journal, Received
from hyperv_migration.lab.hosts.migration_classes import CONCRETE_JOB
from hyperv_migration.lab.hosts.shell_operations import command_words
from hyperv_migration.lab.options import Options
from hyperv_migration.lab.scenario import Account

SOAP_TYPE = "application/soap+xml;charset=UTF-8"
_numbers = itertools.count(1)
_KINDS = {
    names.GET: "Get",
    names.PUT: "Put",
    names.CREATE: "Create",
    names.DELETE: "Delete",
    names.ENUMERATE: "Enumerate",
    names.PULL: "Pull",
    names.RELEASE: "Release",
    names.COMMAND: "Command",
    names.RECEIVE: "Receive",
    names.SEND: "Send",
    names.SIGNAL: "Signal",
}


class Served(Protocol):
    """The host behind a connection."""

    journal: Journal
    options: Options
    fqdn: str
    scheme: str

    def take_fault(self, event: Event) -> Fault | None:
        """Give the fault that strikes an event."""

    def carry_out(self, request: SoapRequest, account: Account | None, fault: Fault | None) -> tuple[str, str]:
        """Carry out a request; raises Refused for a SOAP fault."""

    def wait(self, seconds: float) -> bool:
        """Wait, unless the lab stops; says whether it does."""


@dataclass(eq=False)
class HostConnection:
    """One connection; serves one request at a time."""

    host: Served
    stream: HttpStream
    sign_in: SignIn
    number: int = field(default_factory=lambda: next(_numbers))
    _prepared: Answer = field(default_factory=lambda: Answer(HTTPStatus.OK), init=False)
    _keep: bool = field(default=False, init=False)
    _noted: Received | None = field(default=None, init=False)

    def fileno(self) -> int:
        """Give the number to wait on."""
        return self.stream.fileno()

    def pending(self) -> bool:
        """Whether there is more to read that waiting would miss."""
        return self.stream.pending()

    def interrupt(self) -> None:
        """Wake the thread that serves."""
        self.stream.interrupt()

    def close(self) -> None:
        """Close the socket."""
        self.stream.close()

    def serve(self) -> float | None:
        """Read one request and prepare its answer; gives the seconds until that is due, None where the connection ends."""
        self._noted = None
        try:
            request = self.stream.read(self.host.options.max_envelope_size)
        except Closed:
            return None
        except BadRequest as error:
            return self._prepare(Answer(error.status, close=True), keep=False)
        answer = self._answer(request)
        if answer is None:
            self.stream.reset()
            return None
        return self._prepare(answer, keep=request.keep_alive)

    def _prepare(self, answer: Answer, *, keep: bool) -> float:
        self._prepared = answer
        self._keep = keep and not answer.close and not answer.drop
        return self.host.options.latency

    def send(self) -> bool:
        """Send the answer that is due; says whether the connection stays open."""
        if self._noted is not None:
            self._noted.answered = datetime.now(UTC)
        try:
            self.stream.write(self._prepared)
        except Closed:
            return False
        return self._keep

    def _answer(self, request: Request) -> Answer | None:
        """Give the answer; None resets the connection."""
        if request.path.partition("?")[0].lower() != "/wsman":
            return Answer(HTTPStatus.NOT_FOUND)
        if request.method != "POST":
            return Answer(HTTPStatus.METHOD_NOT_ALLOWED)
        header = None
        if "authorization" in request.headers:
            outcome, header = self.sign_in.step(request.headers["authorization"], self.stream.client_certificate())
            if outcome is not Outcome.SIGNED_IN:
                return self._unauthorized(header)
        anonymous = self.sign_in.account is None
        if anonymous and request.headers.get("wsmanidentify", "").lower() != "unauthenticated":
            return self._unauthorized(None)
        if not request.body:
            # What a client sends that only wants to sign in before it seals its first message (§4.1).
            self._note(AUTHENTICATION).status = HTTPStatus.OK
            return Answer(HTTPStatus.OK, headers=[("WWW-Authenticate", header)] if header else [])
        answer = self._message(request, identify_only=anonymous)
        if answer is not None and header is not None:
            # The host's own proof of who it is, which a Kerberos client waits for.
            answer.headers.append(("WWW-Authenticate", header))
        return answer

    def _unauthorized(self, challenge: str | None) -> Answer:
        self._note(AUTHENTICATION).status = HTTPStatus.UNAUTHORIZED
        offers = [challenge] if challenge else self.sign_in.offers()
        return Answer(HTTPStatus.UNAUTHORIZED, headers=[("WWW-Authenticate", each) for each in offers])

    def _message(self, request: Request, *, identify_only: bool) -> Answer | None:
        content_type = request.headers.get("content-type", "")
        sealed = sealing.is_sealed(content_type)
        try:
            message = self._clear(request, content_type, sealed=sealed, identify_only=identify_only)
        except sealing.SealBroken:
            # The context is out of step: Windows forgets it and asks for a new sign-in.
            self.sign_in.forget()
            return self._unauthorized(None)
        if isinstance(message, Answer):
            return message
        received = self._note("malformed", body=message.decode(errors="replace"))
        relates_to = ""
        try:
            root = envelope.parse(message)
            relates_to = envelope.message_id(root)
            soap = envelope.read(root)
            if identify_only and not soap.identify:
                received.kind = AUTHENTICATION
                return self._unauthorized(None)
        except Refused as refused:
            return self._framed(self._fault(refused.fault, relates_to, received), received, sealed=sealed)
        _describe(received, soap)
        fault = self.host.take_fault(
            Event(received.kind, received.method, received.class_name, received.namespace, received.account)
        )
        return self._struck(soap, received, fault, sealed=sealed)

    def _clear(self, request: Request, content_type: str, *, sealed: bool, identify_only: bool) -> bytes | Answer:
        if sealed:
            if self.sign_in.context is None:
                raise sealing.SealBroken("nobody has signed in")
            return sealing.unseal(self.sign_in.context, content_type, request.body, self.sign_in.protocol)
        if not content_type.lower().replace(" ", "").startswith("application/soap+xml"):
            return Answer(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        if self.host.scheme == "http" and not self.host.options.allow_unencrypted and not identify_only:
            self._note("malformed").status = HTTPStatus.INTERNAL_SERVER_ERROR
            return Answer(HTTPStatus.INTERNAL_SERVER_ERROR)
        return request.body

    def _struck(self, soap: SoapRequest, received: Received, fault: Fault | None, *, sealed: bool) -> Answer | None:
        """Answer a request that meets a fault, or none."""
        kind = None if fault is None else fault.kind
        if fault is not None:
            match kind:
                case FaultKind.RESET_BEFORE:
                    return None
                case FaultKind.UNAUTHORIZED:
                    self.sign_in.forget()
                    received.status = HTTPStatus.UNAUTHORIZED
                    offers = [("WWW-Authenticate", each) for each in self.sign_in.offers()]
                    return Answer(HTTPStatus.UNAUTHORIZED, headers=offers)
                case FaultKind.HTTP_STATUS:
                    received.status = fault.status
                    return Answer(fault.status)
        answer = self._carried_out(soap, received, fault)
        if fault is not None and kind is FaultKind.RESET_AFTER:
            return None
        if fault is not None and kind is FaultKind.DELAY:
            self.host.wait(min(fault.seconds, soap.operation_timeout))
            if fault.seconds > soap.operation_timeout:
                answer = self._fault(faults.TIMED_OUT, soap.message_id, received)
        framed = self._framed(answer, received, sealed=sealed and kind is not FaultKind.UNENCRYPTED)
        if kind is FaultKind.TAMPERED:
            framed.body = framed.body[:-40] + bytes(each ^ 1 for each in framed.body[-40:-30]) + framed.body[-30:]
        framed.drop = kind is FaultKind.DROP_KEEP_ALIVE
        return framed

    def _carried_out(self, soap: SoapRequest, received: Received, fault: Fault | None) -> Answer:
        account = self.sign_in.account
        if account is not None and not (account.administrator or account.remote_management_user):
            return self._fault(faults.ACCESS_DENIED, soap.message_id, received)
        try:
            action, body = self.host.carry_out(soap, account, fault)
        except Refused as refused:
            return self._fault(refused.fault, soap.message_id, received)
        return Answer(HTTPStatus.OK, envelope.answer(action, soap.message_id, body))

    def _fault(self, fault: faults.Fault, relates_to: str, received: Received) -> Answer:
        received.fault = fault.number
        body = envelope.fault_answer(fault, relates_to, self.host.fqdn, self.host.options.localised)
        sender = fault.code == "s:Sender"
        return Answer(self.host.options.sender_fault_status if sender else HTTPStatus.INTERNAL_SERVER_ERROR, body)

    def _framed(self, answer: Answer, received: Received, *, sealed: bool) -> Answer:
        received.status = answer.status
        received.answer = answer.body.decode()
        if sealed and self.sign_in.context is not None:
            answer.body = sealing.seal(self.sign_in.context, answer.body, self.sign_in.protocol)
            answer.headers.append(("Content-Type", sealing.content_type(self.sign_in.protocol)))
        else:
            answer.headers.append(("Content-Type", SOAP_TYPE))
        return answer

    def _note(self, kind: str, body: str = "") -> Received:
        account = self.sign_in.account
        self._noted = self.host.journal.note(
            self.number, kind, account=account.name if account else "", mechanism=self.sign_in.mechanism, body=body
        )
        return self._noted


def _describe(received: Received, soap: SoapRequest) -> None:
    """Write down what a request asks for."""
    received.namespace, received.class_name = soap.namespace, soap.class_name
    received.selectors = dict(soap.selectors)
    if soap.identify:
        received.kind = "Identify"
        return
    received.kind = _KINDS.get(soap.action, "Invoke")
    if received.kind == "Invoke":
        received.method = soap.action.rpartition("/")[2]
    if names.is_shell(soap.resource_uri):
        received.class_name = soap.resource_uri.rpartition("/")[2].lower()
        if received.kind == "Command" and soap.body is not None:
            words = command_words(soap.body)
            received.method, received.command = (words or [""])[0], " ".join(words)
    if received.kind == "Enumerate" and soap.body is not None:
        received.query = _filter(soap.body)
        words = received.query.split()
        if "FROM" in map(str.upper, words[:-1]):
            received.class_name = words[list(map(str.upper, words)).index("FROM") + 1]
    received.job_poll = (
        received.kind in ("Get", "Enumerate") and received.class_name.lower() == CONCRETE_JOB.name.lower()
    )


def _filter(body: ET.Element) -> str:
    element = body.find(f"{{{names.WSMAN}}}Filter")
    return "" if element is None else (element.text or "").strip()
