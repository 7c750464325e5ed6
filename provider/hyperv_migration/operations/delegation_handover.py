"""A delegation whose account another resource of the run goes on with: its ledger is that one's from then on."""

from __future__ import annotations

from collections.abc import Sequence

from hyperv_migration.model.computers import ComputerAccount
from hyperv_migration.model.declaration import State
from hyperv_migration.model.delegation_ledger import HANDED_ON, Ledger
from hyperv_migration.model.spn import key
from hyperv_migration.operations.claims import Claim, name_of
from hyperv_migration.operations.journal import STATE_KEY, place_in_stack
from hyperv_migration.operations.ports import Call

KIND = "KerberosDelegation"


def target_of(guid: str, urn: str) -> str:
    """Return what the journal's note is about; two resources may share a source, so which one it is is part of it."""
    return f"{KIND} {guid} {place_in_stack(urn)}"


def hand_on(ledger: Ledger, heirs: Sequence[Claim], source: ComputerAccount, state: State, call: Call) -> None:
    """Tell each resource that declares the same entries that they were added by the one that goes.

    The engine has their states already, so this machine's journal is the only place left (DESIGN §3), unless a create has
    taken the ledger over in this run.
    """
    for heir in heirs:
        if heir.urn == call.urn and call.run.claims.inherited(KIND, heir.urn, source.guid, state):
            continue
        entries = [name for name in ledger.added if key(name) in heir.parts]
        target = target_of(source.guid, heir.urn)
        known = _known(heir, target, source, call)
        merged = known.inheriting(ledger, entries)
        if merged == known:
            continue
        control = source.user_account_control
        note = call.journal.keep(
            target,
            found=merged.as_state(),
            # As if it had just been written: then whoever reads the note finds it done, and the ledger his own.
            intended={"add": entries, "userAccountControl": control, "before": control, HANDED_ON: True},
        )
        call.log.warning(_told(source, entries, ledger, heir, noted=note is not None, call=call))


def _known(heir: Claim, target: str, source: ComputerAccount, call: Call) -> Ledger:
    """Return what an heir knows by its state, and by a note that its state does not know.

    Such a note is of a run that was killed, or was handed on before.
    """
    known, note = Ledger.of(heir.state), call.journal.recall(target)
    if note is None or note.id == heir.state.get(STATE_KEY):
        return known
    return Ledger.resumed(source, note.found, note.intended, known=known)


def _told(  # noqa: PLR0913 - what was left, for whom, and where that is known
    source: ComputerAccount, entries: Sequence[str], ledger: Ledger, heir: Claim, *, noted: bool, call: Call
) -> str:
    found = _flags_found(ledger)
    left = [f"{len(entries)} entries ({', '.join(entries)})"] if entries else []
    left += ["its delegation flags"] if found or not entries else []
    undo = ["remove the entries: set onDestroy to RemoveDeclared then"] if entries else []
    undo += [f"put the flags back: set {' and '.join(found)} by hand"] if found else []
    return (
        f"{source.short_name}: {' and '.join(left)} were left in place, because {name_of(heir.urn)} declares them now. "
        + (
            call.journal.only_here(
                noted=noted,
                known=f"They were {'added' if entries else 'set'} by this stack",
                elsewhere=f"destroy does not {', and does not '.join(undo or ['put the flags back: set them by hand'])}",
                heir=heir.urn,
            )
        )
    )


def _flags_found(ledger: Ledger) -> list[str]:
    """Return how the two bits were found, as far as this resource has changed them."""
    found = []
    if ledger.transition_written is not None and ledger.transition_before not in {None, ledger.transition_written}:
        found.append(f"protocol transition {'on' if ledger.transition_before else 'off'}")
    if ledger.cleared_unconstrained:
        found.append("unconstrained delegation on")
    return found
