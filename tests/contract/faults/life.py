"""One operation under a fault, and the resource's life afterwards, as the engine goes on with what it has kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from contract.faults.cells import Cell
from contract.faults.strikes import Strike, calm
from contract.faults.subjects import Held, Subject
from hyperv_migration.model.errors import MigrationError, PartiallyApplied


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """How an operation ended, and what the engine keeps of the resource then; None where it keeps nothing."""

    held: Held | None
    error: MigrationError | None = None

    @property
    def kept(self) -> bool:
        """Whether the error carried a state."""
        return isinstance(self.error, PartiallyApplied)


def begin(subject: Subject, operation: str) -> Held | None:
    """Bring the resource to where the operation finds it: a run that went well, unless it is the create."""
    if operation == "create":
        return None
    held = subject.create(subject.declared)
    subject.next_process()
    return held


def attempt(subject: Subject, operation: str, held: Held | None) -> Attempt:
    """Call an operation as the engine does, and keep what the engine keeps."""
    try:
        return Attempt(held=_called(subject, operation, held))
    except PartiallyApplied as partial:
        return Attempt(held=(partial.id, partial.state), error=partial)
    except MigrationError as error:
        return Attempt(held=held, error=error)


def go_on(subject: Subject, operation: str, held: Held | None) -> Held | None:
    """Run again once the fault is gone: what `up`, `refresh` or `destroy` calls with what the engine has kept."""
    again = "update" if operation == "create" and held is not None else operation
    inputs = subject.declared if operation == "create" else subject.redeclared
    if again == "update" and held is not None:
        return subject.update(held, inputs)
    return _called(subject, again, held)


def check_ending(  # noqa: PLR0913, PLR0917 - what was, what happened, what is
    subject: Subject, cell: Cell, strike: Strike, ended: Attempt, before: tuple[Any, Any], found: Any
) -> None:
    """What was said names the target, and what is kept is true (DESIGN §3, Failure)."""
    picture, claims = before
    if ended.error is None:
        check_done(subject, cell.operation, ended.held, found)
        return
    _hold(subject.says in str(ended.error), "the sentence names no target", ended.error)
    if ended.kept:
        assert ended.held is not None
        kept = subject.claims(ended.held[1])
        # Where the target cannot be read again, what was known before stays, or what may have been written.
        true = kept == subject.live() or (
            strike.lasting and subject.could_be(kept, claims, _hoped(subject, cell.operation))
        )
        _hold(true, "the state kept is not true", kept, subject.live(), ended.error)
        return
    _hold(isinstance(ended.error, cell.row.errors), "another error was expected", repr(ended.error))
    if cell.operation != "delete" and not strike.late:
        _equal(strike.others(picture), subject.picture(), f"something was written and is not kept ({ended.error})")


def check_done(subject: Subject, operation: str, held: Held | None, found: Any) -> None:
    """The operation is done: the target is as declared, the state as the target, or nothing of ours is left."""
    if operation == "delete":
        _equal(found, subject.picture(), "the target is not as it was found")
        return
    assert held is not None
    _equal(subject.live(), subject.claims(held[1]), "the state is not true")
    if operation != "read":
        _equal(_hoped(subject, operation), subject.live(), "the target is not as declared")


def live_through(subject: Subject, cell: Cell, strike: Strike, *, give_up: bool) -> None:
    """Strike one operation; then clear the fault and either run again or give up, and destroy.

    Whatever happened, the target is in the end as it was found, with what others did to it meanwhile.
    """
    found = subject.picture()
    held = begin(subject, cell.operation)
    before = subject.picture(), subject.live()
    strike.arm(subject)
    ended = attempt(subject, cell.operation, held)
    after = strike.others(found)
    check_ending(subject, cell, strike, ended, before, after)
    calm(subject)
    strike.settle()
    subject.next_process()
    held = ended.held
    if not give_up and ended.error is not None:
        held = go_on(subject, cell.operation, held)
        check_done(subject, cell.operation, held, after)
        subject.next_process()
    if held is not None:
        subject.delete(held)
    if give_up and held is None and strike.late:
        return  # nothing is known, and something may be there: only the next create can know (the journal)
    _equal(after, subject.picture(), "the target is not as it was found")


def _called(subject: Subject, operation: str, held: Held | None) -> Held | None:
    match operation, held:
        case "create", None:
            return subject.create(subject.declared)
        case "update", (_, _):
            return subject.update(held, subject.redeclared)
        case "read", (id_, _):
            state = subject.read(held)
            assert state is not None, "only a positive absence drops a resource (DESIGN §1.4)"
            return id_, state
        case "delete", (_, _):
            subject.delete(held)
            return None
    raise AssertionError((operation, held))


def _hoped(subject: Subject, operation: str) -> dict[str, Any]:
    return subject.hoped(subject.declared if operation == "create" else subject.redeclared)


def _equal(expected: Any, actual: Any, wrong: str) -> None:
    _hold(expected == actual, wrong, f"expected {expected}", f"found {actual}")


def _hold(condition: bool, wrong: str, *details: object) -> None:
    if not condition:
        raise AssertionError("; ".join([wrong, *map(str, details)]))
