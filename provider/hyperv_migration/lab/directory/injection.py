"""Faults to order: the next operations of a kind fail, hang, are cut off, or lose a race."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class FaultKind(StrEnum):
    """What happens to an operation that a fault meets."""

    REFUSE_CONNECTION = "refuse-connection"
    """The connection is reset as soon as it is made (operation "connect")."""
    RESET_BEFORE = "reset-before"
    """The connection is reset and the operation never happened."""
    RESET_AFTER = "reset-after"
    """The operation happens, and the connection is reset before the answer."""
    DELAY = "delay"
    """The operation happens after some seconds."""
    HOLD = "hold"
    """The operation happens at once, and its answer waits until the faults are cleared or the directory stops."""
    FREEZE = "freeze"
    """The operation is read and never answered, until the faults are cleared or the directory stops."""
    RESULT = "result"
    """The operation does not happen; a result code is answered."""
    BUSY = "busy"
    """A result: 51."""
    UNAVAILABLE = "unavailable"
    """A result: 52."""
    LOST_RACE = "lost-race"
    """An administrator changes something right before the operation."""


_DEFAULT_OPERATION = {
    FaultKind.REFUSE_CONNECTION: "connect",
    FaultKind.RESET_AFTER: "modify",
    FaultKind.HOLD: "modify",
    FaultKind.LOST_RACE: "modify",
}


@dataclass(frozen=True)
class Event:
    """What is about to happen, for a fault to look at."""

    operation: str
    """connect, bind, startTLS, search, modify, add, delete, modifyDN, compare or extended."""
    name: str = ""
    """The base of a search, or the object of a write."""
    attributes: tuple[str, ...] = ()
    account: str = ""
    port: str = ""
    """ldap or ldaps."""


@dataclass(frozen=True, kw_only=True)
class When:
    """Which events a fault waits for; an empty condition holds always, and texts are compared without case."""

    operation: str = ""
    """One of `Event.operation`; empty is any operation on an open connection, but no bind and no connect."""
    name: str = ""
    """Part of the base or of the object's name."""
    attribute: str = ""
    """An attribute that is searched for or written."""
    account: str = ""
    port: str = ""
    after: int = 0
    """So many events are let pass first."""

    def met_by(self, event: Event) -> bool:
        """Say whether an event is one of those."""
        if self.operation:
            fitting = self.operation.casefold() == event.operation.casefold()
        else:
            fitting = event.operation not in ("connect", "bind", "startTLS")
        return (
            fitting
            and self.name.casefold() in event.name.casefold()
            and (not self.attribute or self.attribute.casefold() in (each.casefold() for each in event.attributes))
            and self.account.casefold() in event.account.casefold()
            and self.port in event.port
        )


@dataclass
class Fault:
    """One fault, and how often it will still strike."""

    kind: FaultKind
    when: When = field(default_factory=When)
    times: int = 1
    seconds: float = 0.0
    """How long a delay takes."""
    code: int = 0
    """What a result answers."""
    message: str = "000020D9: SvcErr: DSID-0C090F78, problem 5001 (BUSY), data 0\n"
    act: dict[str, Any] = field(default_factory=dict)
    """What the administrator does in a lost race: as `EmbeddedDirectory.administer` takes it."""
    seen: int = 0
    struck: int = 0

    def __post_init__(self) -> None:
        self.kind = FaultKind(self.kind)
        if not self.when.operation and self.kind in _DEFAULT_OPERATION:
            self.when = When(**{**self.when.__dict__, "operation": _DEFAULT_OPERATION[self.kind]})
        if self.kind is FaultKind.BUSY:
            self.code = 51
        elif self.kind is FaultKind.UNAVAILABLE:
            self.code = 52
        elif self.kind is FaultKind.RESULT and not self.code:
            raise ValueError("a fault of kind result needs a code")
        if self.times < 1:
            raise ValueError("a fault strikes at least once")


class Faults:
    """The faults that are ordered; each event meets at most one, the oldest that waits for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ordered: list[Fault] = []
        self.cleared = threading.Event()
        """Set when waiting operations shall go on; replaced by a new event each time."""

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
        """Forget all faults and let what is frozen go on."""
        with self._lock:
            self._ordered.clear()
            self.cleared.set()
            self.cleared = threading.Event()
