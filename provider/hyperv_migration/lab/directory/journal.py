"""What the directory was asked: every LDAP operation, for tests that count and inspect them."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from hyperv_migration.lab.directory import messages
from hyperv_migration.lab.directory.schema import Trait, attribute

HANDSHAKES = frozenset({"bind", "startTLS", "unbind", "abandon"})
"""What comes before and after the operations; counted apart."""

_KINDS: dict[type[messages.Request], str] = {
    messages.Bind: "bind",
    messages.Unbind: "unbind",
    messages.Abandon: "abandon",
    messages.Search: "search",
    messages.Modify: "modify",
    messages.Add: "add",
    messages.Delete: "delete",
    messages.Rename: "modifyDN",
    messages.Compare: "compare",
    messages.Extended: "extended",
}
START_TLS = "1.3.6.1.4.1.1466.20037"


def kind_of(request: messages.Request) -> str:
    """Name the kind of a request."""
    if isinstance(request, messages.Extended) and request.oid == START_TLS:
        return "startTLS"
    return _KINDS[type(request)]


def shown(value: bytes) -> str:
    """Write a value for people and JSON; octets that are no text as hexadecimal digits."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return value.hex()
    return text if text.isprintable() else value.hex()


@dataclass
class Operation:
    """One operation that was received."""

    number: int
    time: datetime
    connection: int
    kind: str
    account: str
    name: str
    """The base of a search, or the object of a write."""
    scope: str = ""
    filter: str = ""
    attributes: tuple[str, ...] = ()
    changes: tuple[dict[str, Any], ...] = ()
    controls: tuple[str, ...] = ()
    result: int | None = None
    """The code answered; None while there is no answer."""
    answered: datetime | None = None
    """When the answer was sent."""

    def as_json(self) -> dict[str, Any]:
        """Give the operation as the control interface shows it."""
        return {
            "number": self.number,
            "time": self.time.isoformat(),
            "connection": self.connection,
            "kind": self.kind,
            "account": self.account,
            "name": self.name,
            "scope": self.scope,
            "filter": self.filter,
            "attributes": list(self.attributes),
            "changes": list(self.changes),
            "controls": list(self.controls),
            "result": self.result,
            "answered": None if self.answered is None else self.answered.isoformat(),
        }


@dataclass
class Journal:
    """The operations received since the last reset; sign-ins are counted apart."""

    _operations: list[Operation] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _number: int = 0

    def note(self, connection: int, account: str, message: messages.Message) -> Operation:
        """Write down a request before it is carried out."""
        request = message.request
        operation = Operation(0, datetime.now(UTC), connection, kind_of(request), account, _name(request))
        operation.controls = tuple(control.oid for control in message.controls)
        if isinstance(request, messages.Search):
            operation.scope = request.scope.name.lower().replace("_", "-")
            operation.filter = request.filter.text
            operation.attributes = request.attributes
        elif isinstance(request, messages.Modify):
            operation.changes = tuple(
                _change(change.action.name.lower(), change.attribute, change.values) for change in request.changes
            )
        elif isinstance(request, messages.Add):
            operation.changes = tuple(_change("add", name, values) for name, values in request.attributes)
        with self._lock:
            self._number += 1
            operation.number = self._number
            self._operations.append(operation)
        return operation

    def operations(self, kind: str = "") -> list[Operation]:
        """Give the operations, perhaps of one kind; bind legs, StartTLS, unbind and abandon are left out."""
        with self._lock:
            return [each for each in self._operations if (each.kind == kind if kind else each.kind not in HANDSHAKES)]

    def counts(self) -> dict[str, int]:
        """Count everything received by its kind, bind legs too."""
        with self._lock:
            return dict(Counter(each.kind for each in self._operations))

    def reset(self) -> None:
        """Forget what was received so far."""
        with self._lock:
            self._operations.clear()


def _name(request: messages.Request) -> str:
    if isinstance(request, messages.Search):
        return request.base
    if isinstance(request, messages.Modify | messages.Add | messages.Delete | messages.Rename | messages.Compare):
        return request.name
    return request.oid if isinstance(request, messages.Extended) else ""


def _change(action: str, name: str, values: tuple[bytes, ...]) -> dict[str, Any]:
    known = attribute(name)
    secret = known is not None and Trait.WRITE_ONLY in known.trait
    return {"action": action, "attribute": name, "values": ["(secret)"] if secret else [shown(each) for each in values]}
