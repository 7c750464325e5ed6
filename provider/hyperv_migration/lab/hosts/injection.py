"""Faults to order: the next requests of a kind fail, are cut off, wait or are told an untruth."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from hyperv_migration.lab.hosts.faults import NOT_READY
from hyperv_migration.lab.hosts.names import VIRTUALIZATION


class FaultKind(StrEnum):
    """What happens to a request that a fault meets."""

    REFUSE_CONNECTION = "refuse-connection"
    """The connection is reset as soon as it is made (operation "connect")."""
    RESET_BEFORE = "reset-before"
    """The connection is reset and nothing was done."""
    RESET_AFTER = "reset-after"
    """The request is carried out, and the connection is reset before the answer."""
    DELAY = "delay"
    """The request is carried out and answered after `seconds`; beyond its OperationTimeout comes w:TimedOut instead."""
    UNAUTHORIZED = "unauthorized"
    """401, and the connection's security context is gone; nothing was done."""
    HTTP_STATUS = "http-status"
    """`status` without a body; nothing was done."""
    SOAP_FAULT = "soap-fault"
    """The SOAP fault of a number (`code`); nothing was done, unless `applied`."""
    ACCESS_DENIED = "access-denied"
    """The WMI provider denies access (2150859013); another `code` may be given, 5 for WinRM itself."""
    EMPTY = "empty"
    """The enumeration finds nothing, as a caller without rights is answered (§6)."""
    NOT_READY = "not-ready"
    """vmms is starting: the namespace is there, its classes have no instances (§7 pitfall 24), or answer in another
    `form`; see the option `not_ready`."""
    ROLE_MISSING = "role-missing"
    """The namespace of Hyper-V is not there."""
    RETURN_VALUE = "return-value"
    """The method returns `code`; nothing was done, unless `applied`."""
    JOB = "job"
    """The method answers with a job that ends in `state` with `code`; a job that fails does nothing, unless `applied`."""
    COMMAND = "command"
    """The next command in a shell ends after `seconds` with exit status `code`; it does its work only if that is 0, or
    `applied`."""
    LISTENER_FAILURE = "listener-failure"
    """AddNetworkSettings fails in a job because the local address is still tentative: 0x80072741 (§2.5)."""
    DROP_KEEP_ALIVE = "drop-keep-alive"
    """The request is answered, and the connection closed without a word (§4.5)."""
    UNENCRYPTED = "unencrypted"
    """The answer comes in clear on a sealed connection (§4.3)."""
    TAMPERED = "tampered"
    """The sealed answer is changed on its way."""


_DEFAULTS: Mapping[FaultKind, Mapping[str, str]] = {
    FaultKind.REFUSE_CONNECTION: {"operation": "connect"},
    FaultKind.RESET_AFTER: {"operation": "Invoke"},
    FaultKind.EMPTY: {"operation": "Enumerate"},
    FaultKind.NOT_READY: {"namespace": VIRTUALIZATION},
    FaultKind.ROLE_MISSING: {"namespace": VIRTUALIZATION},
    FaultKind.RETURN_VALUE: {"operation": "Invoke"},
    FaultKind.JOB: {"operation": "Invoke"},
    FaultKind.COMMAND: {"operation": "Command"},
    FaultKind.LISTENER_FAILURE: {"operation": "Invoke", "method": "AddNetworkSettings"},
}
_PROVIDER_DENIED = 2150859013
_FAILED, _EXCEPTION = 32768, 10


@dataclass(frozen=True)
class Event:
    """What is about to happen, for a fault to look at."""

    operation: str
    """connect, or the kind of a request as the journal names it."""
    method: str = ""
    class_name: str = ""
    namespace: str = ""
    account: str = ""


@dataclass(frozen=True, kw_only=True)
class When:
    """Which events a fault waits for; an empty condition holds always, and texts are compared without case."""

    operation: str = ""
    """Enumerate, Pull, Get, Invoke, Command, Receive … or connect; empty is any request, but no sign-in and no connect."""
    method: str = ""
    class_name: str = ""
    namespace: str = ""
    account: str = ""
    after: int = 0
    """So many events are let pass first."""

    def met_by(self, event: Event) -> bool:
        """Say whether an event is one of those."""
        if not self.operation and event.operation == "connect":
            return False
        pairs = (
            (self.operation, event.operation),
            (self.method, event.method),
            (self.class_name, event.class_name),
            (self.namespace, event.namespace),
            (self.account, event.account),
        )
        return all(wanted.lower() in ("", found.lower()) for wanted, found in pairs)


@dataclass
class Fault:
    """One fault, and how often it will still strike."""

    kind: FaultKind
    when: When = field(default_factory=When)
    times: int = 1
    seconds: float = 0.0
    status: int = 500
    code: int = 0
    state: int = _EXCEPTION
    """JobState a job ends in; 32768 is with warnings."""
    message: str = "The operation failed."
    """ErrorDescription of a job, and the Message of its Msvm_Error."""
    where: str = "both"
    """Where a failing job says its message: description, errors or both."""
    applied: bool = False
    form: str = ""
    """How a service that is not ready answers; empty takes the host's option `not_ready`."""
    polls: int | None = None
    """Polls a job takes; None takes the host's own number."""
    seen: int = 0
    struck: int = 0

    def __post_init__(self) -> None:
        self.kind = FaultKind(self.kind)
        for name, value in _DEFAULTS.get(self.kind, {}).items():
            if not getattr(self.when, name):
                self.when = When(**{**self.when.__dict__, name: value})
        if self.times < 1:
            raise ValueError("a fault strikes at least once")
        if self.where not in ("description", "errors", "both"):
            raise ValueError("a job says its message in description, errors or both")
        if self.form not in ("", "empty", *NOT_READY):
            raise ValueError(f"a service that is not ready answers empty, {', '.join(NOT_READY)}")
        if self.kind in (FaultKind.SOAP_FAULT, FaultKind.RETURN_VALUE) and not self.code:
            raise ValueError(f"a fault of kind {self.kind} needs a code")
        if self.kind is FaultKind.ACCESS_DENIED and not self.code:
            self.code = _PROVIDER_DENIED
        if self.kind is FaultKind.LISTENER_FAILURE:
            self.code = self.code or _FAILED
            self.message = "The listener could not be configured: the address is not valid in its context (0x80072741)."
        if self.kind is FaultKind.JOB and self.state == _EXCEPTION and not self.code:
            self.code = _FAILED

    def as_json(self) -> dict[str, Any]:
        """Give it as the control interface shows it."""
        return {"kind": self.kind.value, "times": self.times, "struck": self.struck, "when": self.when.__dict__}


class Faults:
    """The faults that are ordered; each event meets at most one, the oldest that waits for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ordered: list[Fault] = []

    def order(self, fault: Fault) -> None:
        """Let a fault wait for its events."""
        with self._lock:
            self._ordered.append(fault)

    def take(self, event: Event) -> Fault | None:
        """Give the fault that strikes an event, if any."""
        with self._lock:
            for fault in self._ordered:
                if fault.struck >= fault.times or not fault.when.met_by(event):
                    continue
                fault.seen += 1
                if fault.seen > fault.when.after:
                    fault.struck += 1
                    return fault
        return None

    def ordered(self) -> list[Fault]:
        """Give every fault, those that are used up too."""
        with self._lock:
            return list(self._ordered)

    def clear(self) -> None:
        """Forget all faults."""
        with self._lock:
            self._ordered.clear()
