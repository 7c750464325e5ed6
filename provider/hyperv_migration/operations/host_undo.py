"""What a destroy puts back on a host, as far as nobody has changed it since."""

from __future__ import annotations

from hyperv_migration.model.declaration import State
from hyperv_migration.model.errors import Conflict, MigrationError
from hyperv_migration.model.host import ANY_NETWORK
from hyperv_migration.model.host_plan import Restoration, as_intended, restoration, with_interrupted
from hyperv_migration.model.host_release import LISTENS_NOWHERE
from hyperv_migration.operations.aftermath import aftermath
from hyperv_migration.operations.answers import ANSWER_LOST
from hyperv_migration.operations.host_work import Plan, Seen, Work
from hyperv_migration.operations.host_writing import apply, look, once_idle
from hyperv_migration.operations.journal import Note


def restore(work: Work, state: State) -> None:
    """Put back what was found, wherever nobody has changed it since."""
    work.call.journal.settle(work.target, state)
    note = work.call.journal.recall(work.target) or Note(id="", found={}, intended={})
    prior = {**note.found, **(state.get("priorSettings") or {})}
    switching_off = prior.get("enabled") is False or state.get("onDestroy") == "Disable"
    before = look(work, with_networks=ANY_NETWORK in prior, switching_off=switching_off)
    live, entries = before.live, before.entries
    state = with_interrupted(state, as_intended(live, entries, note.intended), note.found, note.intended)
    undo = restoration(state, live, entries)
    for name in undo.left:
        work.call.log.warning(
            f"{work.host}: {name} was changed to {live.get(name)!r} by somebody else and is left so; "
            f"it was {state['priorSettings'][name]!r} before this resource."
        )
    if not undo.writes:
        _warn_of_silence(work, before)
        return
    lost: MigrationError | None = None
    plan = once_idle(work, Plan(writes=undo.writes, before=before, kept={}, networks=undo.networks))

    def again() -> Seen:
        return look(work, with_networks=plan.with_networks, switching_off=False)

    try:
        apply(work, plan)
        after = again()
    except ANSWER_LOST as error:
        lost = error
        work.call.log.progress(f"{error} Reading {work.host} again")
        after = aftermath(
            work.port, work.deadline, lost=error, look=again, done=lambda seen: not _missing(plan, undo, seen)
        ).seen
    if wrong := _missing(plan, undo, after):
        raise lost or Conflict(
            f"{work.host} did not take back {', '.join(wrong)}; run destroy again, or set it by hand."
        )
    _warn_of_silence(work, after)


def _warn_of_silence(work: Work, seen: Seen) -> None:
    """Say what an empty list means where live migration stays on, although it is as it was found."""
    if seen.live.get("enabled") and seen.entries is not None and not seen.entries:
        work.call.log.warning(f"{work.host}: This is as it was found. {LISTENS_NOWHERE}")


def _missing(plan: Plan, undo: Restoration, seen: Seen) -> list[str]:
    """Name what is not back yet."""
    wrong = [name for name, value in plan.writes.items() if name != ANY_NETWORK and seen.live.get(name) != value]
    if seen.entries is not None and not undo.networks.done(seen.entries):
        wrong.append(ANY_NETWORK)
    return wrong
