"""WS-Man operations on one host: enumerate, get, invoke, run. Knows envelopes and faults, not sockets."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from hyperv_migration.model.errors import (
    AccessDenied,
    MigrationError,
    ProtocolViolation,
    RemoteFault,
    SignInRefused,
    TimedOut,
)
from hyperv_migration.operations.deadline import Deadline
from hyperv_migration.wsman import names
from hyperv_migration.wsman.cim import EndpointReference, Instance, read_instance, split_tag
from hyperv_migration.wsman.envelope import (
    Parameters,
    Request,
    enumerate_request,
    get_request,
    invoke_request,
    pull_request,
)
from hyperv_migration.wsman.fault import Fault, read_fault
from hyperv_migration.wsman.names import namespace_in
from hyperv_migration.wsman.refusals import Faltering, QuotaExceeded, error_of

_MAX_PULLS = 100
"""Ten thousand instances at 100 each, where no list here has more than a few dozen; and at most so many answers are held."""
_LISTS_TAKE = 5
"""Times the operation timeout: what a whole list may take, however many answers it comes in."""
_QUOTA_RETRIES = 4
_QUOTA_PATIENCE = 30.0
_FALTERING_RETRIES = 3
_FALTERING_PAUSE = 0.5
"""Seconds before the first repetition; each further pause is twice as long."""

_Read = TypeVar("_Read")


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What came back over HTTP."""

    status: int
    body: bytes


class Wire(Protocol):
    """Carries one envelope to the host and its answer back."""

    @property
    def target(self) -> str:
        """The host's name, as messages say it."""
        ...

    @property
    def endpoint(self) -> str:
        """The URL of the WinRM listener."""
        ...

    def post(self, envelope: bytes, *, repeatable: bool, within: float | None = None) -> Reply:
        """Send and receive; a request that is not repeatable is never sent twice unless the first was refused.

        `within` are the seconds after which nobody waits any more; without it the connection's own patience counts.
        """
        ...


class Session:
    """WS-Man operations on one host."""

    def __init__(self, wire: Wire, *, operation_timeout: int = 60) -> None:
        self._wire = wire
        self._operation_timeout = operation_timeout

    @property
    def target(self) -> str:
        """The host's name."""
        return self._wire.target

    def enumerate(self, namespace: str, wql: str, deadline: Deadline | None = None) -> list[Instance]:
        """Return all instances of a WQL query; an empty list may also mean a lack of rights.

        Raises NotFound where the namespace is positively not there, NotShown where class or provider is not shown.
        A list is asked for again, a few times, while WMI cannot answer.
        """
        return self._patiently(lambda: self._enumerate(namespace, wql), deadline)

    def _enumerate(self, namespace: str, wql: str) -> list[Instance]:
        response = self._exchange(enumerate_request(namespace, wql, operation_timeout=self._operation_timeout))
        found, context = _items(response, self.target)
        pulls = 0
        deadline = Deadline(_LISTS_TAKE * self._operation_timeout)
        while context is not None:
            pulls += 1
            if pulls > _MAX_PULLS:
                raise ProtocolViolation(f"{self.target} sends an enumeration without an end; check what answers there.")
            if deadline.remaining <= 0:
                raise TimedOut(
                    f"{self.target} did not bring an enumeration to its end within {deadline.seconds:g} s ({_LISTS_TAKE} times "
                    "winrm operationTimeout); check its load."
                )
            # A context lives once: a pull whose answer was lost cannot be repeated (0x8033801B).
            request = pull_request(namespace, context, operation_timeout=self._operation_timeout)
            more, context = _items(self._exchange(request, repeatable=False), self.target)
            found += more
        return found

    def get(self, reference: EndpointReference, deadline: Deadline | None = None) -> Instance:
        """Return one instance; raises NotShown where it is not there. Asked for again as a list is."""
        return self._patiently(lambda: self._get(reference), deadline)

    def _get(self, reference: EndpointReference) -> Instance:
        request = get_request(reference, operation_timeout=self._operation_timeout)
        body = self._exchange(request)
        if len(body) != 1:
            raise ProtocolViolation(
                f"{self.target} answered a Get with {len(body)} instances; check what answers there."
            )
        return read_instance(body[0])

    def invoke(self, target: EndpointReference, method: str, parameters: Parameters, deadline: Deadline) -> Instance:
        """Call a method and return its output; the call is sent once, and again only if it was refused unrun."""
        request = invoke_request(target, method, parameters, operation_timeout=self._operation_timeout)
        body = self._exchange(request, repeatable=False, deadline=deadline)
        if len(body) != 1 or split_tag(body[0].tag)[1] != f"{method}_OUTPUT":
            raise ProtocolViolation(f"{self.target} answered {method} with something else; check what answers there.")
        return read_instance(body[0])

    def run(self, commands: Sequence[Sequence[str]], deadline: Deadline) -> list[int]:
        """Run fixed commands in one command shell and return their exit statuses; needs Administrators there."""
        from hyperv_migration.wsman.shell import run_commands  # noqa: PLC0415 - heavy, at first use

        return run_commands(self._wire, commands, deadline)

    def _patiently(self, read: Callable[[], _Read], deadline: Deadline | None) -> _Read:
        """Read, and read again after a pause while WMI falters: what only reads may be repeated as a whole."""
        patience = deadline or Deadline(_QUOTA_PATIENCE)
        for attempt in range(_FALTERING_RETRIES):
            try:
                return read()
            except Faltering as faltering:
                try:
                    patience.pause(_FALTERING_PAUSE * 2.0**attempt, waiting_for=f"WMI of {self.target} to answer")
                except TimedOut:
                    raise faltering from None
        return read()

    def _exchange(self, request: Request, *, repeatable: bool = True, deadline: Deadline | None = None) -> ET.Element:
        """Send and receive; a refusal for quota is waited out, since nothing was run (field-notes.md P32)."""
        patience = deadline or Deadline(_QUOTA_PATIENCE)
        for attempt in range(_QUOTA_RETRIES):
            try:
                return self._exchange_once(request, repeatable=repeatable)
            except QuotaExceeded:
                patience.pause(0.5 * 2.0**attempt, waiting_for=f"a free WinRM operation on {self.target}")
                request = request.renewed()
        return self._exchange_once(request, repeatable=repeatable)

    def _exchange_once(self, request: Request, *, repeatable: bool) -> ET.Element:
        reply = self._wire.post(request.envelope(self._wire.endpoint), repeatable=repeatable)
        body, fault = read_answer(reply, request.message_id, self.target)
        if fault is not None:
            raise error_of(fault, self.target, namespace_in(request.resource_uri))
        return body


def read_answer(reply: Reply, message_id: str, target: str) -> tuple[ET.Element, Fault | None]:
    """Return the SOAP body of the answer to this message, and the fault in it if there is one.

    Raises ProtocolViolation for what is no answer to it; AuthenticationFailed, AccessDenied or RemoteFault by HTTP status.
    """
    header, body = _parse(reply, target)
    relates_to = header.findtext(f"{{{names.ADDRESSING}}}RelatesTo") if header is not None else None
    fault = read_fault(body)
    if relates_to is None and fault is None:
        raise ProtocolViolation(f"{target} sent an answer that says not to what; check what answers there.")
    if relates_to is not None and relates_to.strip().upper() != message_id.upper():
        raise ProtocolViolation(f"{target} sent the answer to another question; check what answers there.")
    if fault is None and reply.status >= 400:  # noqa: PLR2004 - an answer that says both yes and no is no answer
        raise _http_error(reply.status, target)
    return body, fault


def _parse(reply: Reply, target: str) -> tuple[ET.Element | None, ET.Element]:
    try:
        root = fromstring(reply.body, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except (ET.ParseError, DefusedXmlException, ValueError, LookupError):
        if reply.status >= 400:  # noqa: PLR2004 - the HTTP rule itself
            raise _http_error(reply.status, target) from None
        raise ProtocolViolation(
            f"{target} did not answer with XML that may be read; check what answers there."
        ) from None
    body = root.find(f"{{{names.SOAP}}}Body")
    if root.tag != f"{{{names.SOAP}}}Envelope" or body is None:
        if reply.status >= 400:  # noqa: PLR2004 - likewise
            raise _http_error(reply.status, target)
        raise ProtocolViolation(f"{target} did not answer with a SOAP envelope; check what answers there.")
    return root.find(f"{{{names.SOAP}}}Header"), body


def _http_error(status: int, target: str) -> MigrationError:
    if status == 401:  # noqa: PLR2004
        return SignInRefused(f"{target} refuses the sign-in (HTTP 401); check user name and password.")
    if status == 403:  # noqa: PLR2004
        return AccessDenied(
            f"{target} refuses the request (HTTP 403); allow the account and this client's address there."
        )
    if status == 404:  # noqa: PLR2004
        return ProtocolViolation(f"{target} has no /wsman there (HTTP 404); check the port and the addresses setting.")
    return RemoteFault(f"{target} failed with HTTP {status} and no SOAP answer; see its WinRM event log.", code=status)


def _items(body: ET.Element, target: str) -> tuple[list[Instance], str | None]:
    """Return the instances of an Enumerate or Pull answer and the context to go on with, if there is more."""
    if len(body) != 1 or split_tag(body[0].tag)[1] not in {"EnumerateResponse", "PullResponse"}:
        raise ProtocolViolation(f"{target} answered an enumeration with something else; check what answers there.")
    instances: list[Instance] = []
    context: str | None = None
    ended = False
    for child in body[0]:
        # Items and EndOfSequence stand in either namespace, by the kind of answer (§3.2): the local name decides.
        match split_tag(child.tag)[1]:
            case "Items":
                instances.extend(read_instance(item) for item in child)
            case "EnumerationContext":
                context = (child.text or "").strip() or None
            case "EndOfSequence":
                ended = True
            case _:
                pass
    if context is None and not ended:
        # Only the marker ends a list (E2): half a list would look like things that were removed.
        raise ProtocolViolation(f"{target} broke off an enumeration without its end; check what answers there.")
    return instances, None if ended else context
