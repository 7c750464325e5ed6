"""The control interface: what a test or an operator of the lab may ask and do, as plain JSON values.

=========  ====================================  =====================================================================
method     path                                  body, and what comes back
=========  ====================================  =====================================================================
GET        (empty)                               where the directory listens, and the computers it has
GET        computers/NAME                        the account: names, SPNs, delegation list, userAccountControl
GET        operations, operations/KIND           what was received, sign-ins apart: operations, count, counts by kind
DELETE     operations                            forget what was received
GET        history                               every change of the directory: time, by whom, before and after
POST       acts                                  act as an administrator: {"act": "set_delegation", "computer": …}
GET        faults                                the faults ordered, and how often each has struck
POST       faults                                order one: {"kind": "lost-race", "times": 1, "when": {…}, …}
DELETE     faults                                forget the faults; what is frozen is cut off
POST       listening                             {"enabled": false} refuses connections until {"enabled": true}
=========  ====================================  =====================================================================
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from hyperv_migration.lab.directory.administrator import Administrator
from hyperv_migration.lab.directory.database import Change
from hyperv_migration.lab.directory.entries import Entry
from hyperv_migration.lab.directory.injection import Fault, FaultKind, Faults, When
from hyperv_migration.lab.directory.journal import Journal, shown

_ACTS = (
    "set_delegation",
    "add_delegation",
    "remove_delegation",
    "add_spns",
    "remove_spns",
    "set_user_account_control",
    "set_attribute",
    "create_computer",
    "delete_computer",
    "rename_computer",
    "move_computer",
    "create_subnet",
)


class Controlled(Protocol):
    """What the control interface works on."""

    journal: Journal
    faults: Faults
    administrator: Administrator

    @property
    def history(self) -> list[Change]:
        """Every change so far."""

    def describe(self) -> dict[str, Any]:
        """Where the directory listens."""

    def administer(self, act: dict[str, Any]) -> object:
        """Do what `act` says."""

    def stop_listening(self) -> None:
        """Refuse connections."""

    def resume_listening(self) -> None:
        """Accept connections again."""


def control(directory: Controlled, method: str, path: list[str], body: dict[str, Any]) -> dict[str, Any]:
    """Answer one request of the control interface.

    Raises:
        LookupError: There is no such thing to ask for.
        ValueError: The body does not say what to do.
    """
    route = _ROUTES.get((method.upper(), path[0] if path else ""))
    if route is None:
        raise LookupError(f"no {method} {'/'.join(path)}")
    return route(directory, path[1:], body)


def administer(administrator: Administrator, act: dict[str, Any]) -> object:
    """Act as an administrator: ``act`` names the method of `Administrator`, the other keys are its arguments."""
    arguments = dict(act)
    name = arguments.pop("act", None)
    if name not in _ACTS:
        raise ValueError(f"an act is one of {', '.join(_ACTS)}, not {name}")
    try:
        return getattr(administrator, name)(**arguments)
    except TypeError as error:
        raise ValueError(f"{name}: {error}") from error


def _describe(directory: Controlled, _path: list[str], _body: dict[str, Any]) -> dict[str, Any]:
    return {**directory.describe(), "computers": directory.administrator.computers()}


def _computer(directory: Controlled, path: list[str], _body: dict[str, Any]) -> dict[str, Any]:
    if not path:
        return {"computers": directory.administrator.computers()}
    return directory.administrator.read(path[0])


def _operations(directory: Controlled, path: list[str], _body: dict[str, Any]) -> dict[str, Any]:
    received = directory.journal.operations(path[0] if path else "")
    return {
        "operations": [each.as_json() for each in received],
        "count": len(received),
        "counts": directory.journal.counts(),
    }


def _reset(directory: Controlled, _path: list[str], _body: dict[str, Any]) -> dict[str, Any]:
    directory.journal.reset()
    return {}


def _history(directory: Controlled, _path: list[str], _body: dict[str, Any]) -> dict[str, Any]:
    return {
        "changes": [
            {
                "time": each.time.isoformat(),
                "usn": each.usn,
                "by": each.by,
                "kind": each.kind,
                "name": each.name,
                "guid": each.guid,
                "attributes": {
                    name: {"before": [shown(value) for value in before], "after": [shown(value) for value in after]}
                    for name, (before, after) in each.attributes.items()
                },
            }
            for each in directory.history
        ]
    }


def _act(directory: Controlled, _path: list[str], body: dict[str, Any]) -> dict[str, Any]:
    made = directory.administer(body)
    return {"objectGUID": made.guid} if isinstance(made, Entry) else {}


def _faults(directory: Controlled, _path: list[str], _body: dict[str, Any]) -> dict[str, Any]:
    return {
        "faults": [
            {"kind": each.kind.value, "times": each.times, "struck": each.struck, "when": each.when.__dict__}
            for each in directory.faults.ordered()
        ]
    }


def _order(directory: Controlled, _path: list[str], body: dict[str, Any]) -> dict[str, Any]:
    arguments = dict(body)
    try:
        when = When(**arguments.pop("when", {}))
        directory.faults.order(Fault(FaultKind(arguments.pop("kind", "")), when, **arguments))
    except TypeError as error:
        raise ValueError(str(error)) from error
    return {}


def _clear(directory: Controlled, _path: list[str], _body: dict[str, Any]) -> dict[str, Any]:
    directory.faults.clear()
    return {}


def _listening(directory: Controlled, _path: list[str], body: dict[str, Any]) -> dict[str, Any]:
    if body.get("enabled", True):
        directory.resume_listening()
    else:
        directory.stop_listening()
    return directory.describe()


_ROUTES: dict[tuple[str, str], Callable[[Controlled, list[str], dict[str, Any]], dict[str, Any]]] = {
    ("GET", ""): _describe,
    ("GET", "computers"): _computer,
    ("GET", "operations"): _operations,
    ("DELETE", "operations"): _reset,
    ("GET", "history"): _history,
    ("POST", "acts"): _act,
    ("GET", "faults"): _faults,
    ("POST", "faults"): _order,
    ("DELETE", "faults"): _clear,
    ("POST", "listening"): _listening,
}
