"""What a host was asked: every request, with sign-ins and job polls told apart, for tests that count messages."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

AUTHENTICATION = "authentication"


@dataclass
class Received:
    """One request that arrived."""

    number: int
    time: datetime
    connection: int
    kind: str
    """authentication (a leg of a sign-in, or a request turned away with 401), Identify, Enumerate, Pull, Release, Get,
    Put, Create, Delete, Invoke, Command, Receive, Signal, Send, or ``malformed``."""
    account: str = ""
    mechanism: str = ""
    """With what the account signed in: NTLM, Kerberos, Basic or Certificate."""
    namespace: str = ""
    class_name: str = ""
    method: str = ""
    """The method of an Invoke; of a Command the program it runs."""
    query: str = ""
    """The WQL of an Enumerate."""
    command: str = ""
    """The command line of a Command."""
    selectors: dict[str, str] = field(default_factory=dict)
    job_poll: bool = False
    """Whether a job was asked after."""
    body: str = ""
    """The clear request, as text."""
    answer: str = ""
    """The clear answer, as text; empty while there is none, or where none was sent."""
    status: int | None = None
    """The HTTP status answered; None while there is no answer, or where none was sent."""
    fault: int | None = None
    """The number of the SOAP fault answered."""
    answered: datetime | None = None
    """When the answer was sent."""

    @property
    def counted(self) -> bool:
        """Whether it is a message of DESIGN §5: neither part of a sign-in nor a job poll."""
        return self.kind != AUTHENTICATION and not self.job_poll

    def as_json(self) -> dict[str, Any]:
        """Give it as the control interface shows it, without the texts."""
        return {
            "number": self.number,
            "time": self.time.isoformat(),
            "connection": self.connection,
            "kind": self.kind,
            "account": self.account,
            "mechanism": self.mechanism,
            "namespace": self.namespace,
            "className": self.class_name,
            "method": self.method,
            "query": self.query,
            "command": self.command,
            "selectors": self.selectors,
            "jobPoll": self.job_poll,
            "status": self.status,
            "fault": self.fault,
            "answered": None if self.answered is None else self.answered.isoformat(),
        }


class Journal:
    """The requests since the last reset."""

    def __init__(self) -> None:
        self._received: list[Received] = []
        self._lock = threading.Lock()
        self._number = 0

    def note(self, connection: int, kind: str, **details: Any) -> Received:
        """Write down a request before it is carried out."""
        with self._lock:
            self._number += 1
            received = Received(self._number, datetime.now(UTC), connection, kind, **details)
            self._received.append(received)
            return received

    def received(self, kind: str = "", *, method: str = "", class_name: str = "") -> list[Received]:
        """Give the requests, perhaps of one kind, method or class only; sign-ins only if asked for by kind."""
        with self._lock:
            found = list(self._received)
        return [
            each
            for each in found
            if (each.kind == kind if kind else each.kind != AUTHENTICATION)
            and method in ("", each.method)
            and class_name.lower() in ("", each.class_name.lower())
        ]

    def counts(self) -> dict[str, int]:
        """Count everything by kind; ``messages`` are those DESIGN §5 counts, and ``jobPolls`` are apart."""
        with self._lock:
            found = list(self._received)
        counts = Counter(each.kind for each in found if not each.job_poll)
        return {
            **counts,
            "messages": sum(each.counted for each in found),
            "jobPolls": sum(each.job_poll for each in found),
        }

    def reset(self) -> None:
        """Forget what was received so far."""
        with self._lock:
            self._received.clear()
