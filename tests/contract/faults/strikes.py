"""Each fault of the table at each place where it can meet an operation: at which message, once or until it is cleared."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from contract.directory.domains import MEMBER, TRANSITION
from contract.faults.cells import Cell
from contract.faults.subjects import PATIENCE, DelegationSubject, OnHost, Subject, subject_of
from hyperv_migration.lab.hosts.state import USER_MANAGED
from support.callers import Straight

Change = Callable[[Any], Any]
_FOR_GOOD = 999
_LONGER = PATIENCE + 0.4
"""Seconds of a delay: beyond what the client waits for."""
_RACE = 0.4
_REFUSES_LATER = {"operation": "connect", "after": 1}
_DONT_EXPIRE = 0x10000
_BIND = {"operation": "bind"}
_NETWORKS = "Msvm_VirtualSystemMigrationNetworkSettingData"


def unchanged(picture: Any) -> Any:
    """Nobody else did anything."""
    return picture


@dataclass(frozen=True, kw_only=True)
class Strike:
    """One way a fault meets an operation."""

    label: str
    arm: Callable[[Any], None]
    lasting: bool = False
    """It lasts until it is cleared, so that the target cannot be read again either."""
    late: bool = False
    """What was sent may still be done after the operation has ended."""
    others: Change = unchanged
    """What somebody else makes of the target meanwhile."""

    def settle(self) -> None:
        """Let pass what is still being done."""
        if self.late:
            time.sleep(_LONGER - PATIENCE + 0.2)


@cache
def rehearsed(resource: str, variant: str, operation: str) -> tuple[str, ...]:
    """What the target is asked when nothing goes wrong."""
    with subject_of(resource, variant, Straight()) as subject:
        if operation == "create":
            subject.create(subject.declared)
            return tuple(subject.received())
        held = subject.create(subject.declared)
        subject.next_process()
        {
            "update": lambda: subject.update(held, subject.redeclared),
            "read": lambda: subject.read(held),
            "delete": lambda: subject.delete(held),
        }[operation]()
        return tuple(subject.received())


def strikes(cell: Cell, variant: str) -> Iterator[Strike]:
    """Every place where the cell's fault meets the operation."""
    messages = rehearsed(cell.resource, variant, cell.operation)
    if cell.row.name == "lost-race":
        yield from _races(cell, variant)
    elif cell.row.name in {"refused", "reset-before", "reset-after", "delay"}:
        yield from _of_the_connection(cell, messages)
    else:
        yield from _of_the_target(cell, messages)


def _of_the_connection(cell: Cell, messages: Sequence[str]) -> Iterator[Strike]:
    writes = _writes(messages)
    match cell.row.name:
        case "refused":
            yield Strike(label="at once", arm=_refuse, lasting=True)
            yield from (
                _break_down("reset-before", index, f"from message {index}") for index in range(1, len(messages))
            )
        case "reset-before":
            yield from (_once("reset-before", index) for index in range(len(messages)))
        case "reset-after":
            # Faults that only meet writes count only writes.
            nth = range(len(writes))
            yield from (_once("reset-after", index) for index in nth)
            yield from (_break_down("reset-after", index, f"after write {index}, and silence") for index in nth)
        case "delay":
            late = cell.resource == "KerberosDelegation"
            yield from (_once("delay", index, late=late, seconds=_LONGER) for index in _telling(messages, writes))


def _of_the_target(cell: Cell, messages: Sequence[str]) -> Iterator[Strike]:
    on_host = cell.resource != "KerberosDelegation"
    writes = _writes(messages)
    match cell.row.name:
        case "unauthorized" if on_host:
            yield from _once_and_for_good("unauthorized", range(len(messages)))
        case "unauthorized":
            yield Strike(label="at once", arm=_refuse_sign_in, lasting=True)
            yield from (_signed_out(index) for index in range(1, len(messages)))
        case "server-error":
            yield from _once_and_for_good("http-status" if on_host else "unavailable", range(len(messages)))
        case "failed-job":
            for index in range(len(writes)):
                yield _once("job", index, code=32775)
                yield _once("job", index, code=32775, applied=True)
        case "dc-down":
            yield Strike(label="at once", arm=lambda it: it.directory.stop(), lasting=True)
            yield from (_break_down("reset-after", index, f"after write {index}") for index in range(len(writes)))
        case "dc-frozen":
            yield from (_for_good("freeze", index) for index in _telling(messages, writes))


def _writes(messages: Sequence[str]) -> list[int]:
    return [index for index, message in enumerate(messages) if message == "write"]


def calm(subject: Subject) -> None:
    """Clear the fault."""
    if isinstance(subject, OnHost):
        subject.host.faults.clear()
        subject.host.resume_listening()
    elif isinstance(subject, DelegationSubject):
        subject.directory.faults.clear()
        subject.directory.start()
        subject.directory.resume_listening()


def _telling(messages: Sequence[str], writes: Sequence[int]) -> list[int]:
    """The first message, each write and what follows it: where a slow fault tells most."""
    chosen = {0, *writes, *(index + 1 for index in writes)}
    return sorted(index for index in chosen if index < len(messages))


def _order(subject: Subject, kind: str, **fault: Any) -> None:
    target = subject.host if isinstance(subject, OnHost) else subject.directory  # type: ignore[attr-defined]
    target.inject(kind, **fault)


def _once(kind: str, index: int, *, late: bool = False, **details: Any) -> Strike:
    said = "".join(f" {name} {value}" for name, value in details.items())
    return Strike(
        label=f"{kind}{said} at message {index}",
        arm=lambda it: _order(it, kind, when={"after": index}, **details),
        late=late,
    )


def _for_good(kind: str, index: int) -> Strike:
    return Strike(
        label=f"{kind} from message {index} on",
        arm=lambda it: _order(it, kind, times=_FOR_GOOD, when={"after": index}),
        lasting=True,
    )


def _once_and_for_good(kind: str, indexes: Sequence[int]) -> Iterator[Strike]:
    yield from (_once(kind, index) for index in indexes)
    yield from (_for_good(kind, index) for index in indexes)


def _refuse(subject: Any) -> None:
    target = subject.host if isinstance(subject, OnHost) else subject.directory
    target.stop_listening()


def _break_down(kind: str, index: int, label: str) -> Strike:
    """Break the connection at a message, and refuse every later one."""

    def arm(subject: Subject) -> None:
        _order(subject, kind, when={"after": index})
        _order(subject, "refuse-connection", times=_FOR_GOOD, when=_REFUSES_LATER)

    return Strike(label=label, arm=arm, lasting=True)


def _refuse_sign_in(subject: Subject) -> None:
    _order(subject, "result", code=49, times=_FOR_GOOD, when=_BIND)


def _signed_out(index: int) -> Strike:
    """Break the connection at a message, and refuse every later sign-in."""

    def arm(subject: Subject) -> None:
        _order(subject, "reset-before", when={"after": index})
        _order(subject, "result", code=49, times=_FOR_GOOD, when={**_BIND, "after": 1})

    return Strike(label=f"from message {index} on", arm=arm, lasting=True)


def _races(cell: Cell, variant: str) -> Iterator[Strike]:
    """Somebody else changes the target between the last look that can be had and the write."""
    match cell.resource, cell.operation, variant:
        case "KerberosDelegation", _, _:
            entry = {"act": "add_delegation", "computer": "HV01", "spns": ["http/late"]}
            late = _with_late_entry if cell.operation == "delete" else _with_late_entry_and_bit
            yield _race_on_account("another entry", entry, late)
            yield from _race_for_the_bits(cell.operation)
        case "MigrationHost", _, _:
            yield _race_on_host("another setting", lambda host: host.change(MaximumActiveStorageMigration=6), _with_six)
        case "MigrationNetwork", "create", "added":
            yield _race_on_host("the same network", lambda host: host.add_network("192.168.10.0", 24, 30), _with_same)
        case "MigrationNetwork", "delete", "added":
            yield _race_on_host("removed already", lambda host: host.remove_network("192.168.10.0/24"))
        case _:
            yield _race_on_host("another network", lambda host: host.add_network("192.168.88.0", 24, 30), _with_other)


def _race_on_account(label: str, act: dict[str, Any], others: Change) -> Strike:
    return Strike(label=label, arm=lambda it: _order(it, "lost-race", act=act), others=others)


def _race_for_the_bits(operation: str) -> Iterator[Strike]:
    """Somebody sets DONT_EXPIRE_PASSWORD right before the swap of userAccountControl; an update of ours swaps nothing."""
    before = {"create": MEMBER, "delete": TRANSITION}.get(operation)
    if before is not None:
        act = {"act": "set_user_account_control", "computer": "HV01", "value": before | _DONT_EXPIRE}
        yield _race_on_account("another bit", act, _with_other_bit)


def _race_on_host(label: str, act: Callable[[Any], object], others: Change = unchanged) -> Strike:
    """Act while the answer to the network list is under way; a host has no compare-and-swap to notice later."""

    def arm(subject: OnHost) -> None:
        fault = subject.host.inject("delay", seconds=_RACE, when={"operation": "Enumerate", "class_name": _NETWORKS})

        def overtake() -> None:
            ends = time.monotonic() + 10
            while not fault.struck and time.monotonic() < ends:
                time.sleep(0.005)
            # The answer is made at once and sent later.
            time.sleep(_RACE / 4)
            act(subject.host)

        threading.Thread(target=overtake, daemon=True).start()

    return Strike(label=label, arm=arm, others=others)


def _with_late_entry(picture: Any) -> Any:
    entries, control = picture["HV01"]
    return {**picture, "HV01": (entries | {"http/late"}, control)}


def _with_late_entry_and_bit(picture: Any) -> Any:
    """Whoever came later may need the bit that we set, so it stays, with a warning."""
    entries, control = _with_late_entry(picture)["HV01"]
    return {**picture, "HV01": (entries, control | TRANSITION)}


def _with_other_bit(picture: Any) -> Any:
    entries, control = picture["HV01"]
    return {**picture, "HV01": (entries, control | _DONT_EXPIRE)}


def _with_six(picture: Any) -> Any:
    settings, networks, number = picture
    return {**settings, "MaximumActiveStorageMigration": 6}, networks, number


def _with_same(picture: Any) -> Any:
    settings, networks, number = picture
    return settings, networks | {("192.168.10.0", 24, 30, (USER_MANAGED,))}, number + 1


def _with_other(picture: Any) -> Any:
    settings, networks, number = picture
    return settings, networks | {("192.168.88.0", 24, 30, (USER_MANAGED,))}, number + 1
