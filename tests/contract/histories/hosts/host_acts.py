"""Operations on a MigrationHost, held against the oracle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from contract.histories.hosts import oracle
from contract.histories.hosts.judgements import Allowed, host_as_expected, host_is_true
from contract.histories.hosts.oracle import Noted, Owned
from contract.histories.hosts.pictures import USE_ANY, Machine

if TYPE_CHECKING:
    from contract.histories.hosts.acts import Act, Acts, Kept, Where


@dataclass(frozen=True)
class After:
    """What is known after a create or update, and what is noted on this machine if something was to be written."""

    id: str
    known: Owned
    note: Noted | None
    asked: bool = True


def ensured(acts: Acts, act: Act, where: Where, kept: Kept | None, inputs: dict[str, Any]) -> After | None:
    """Judge a create or update; None where it had to be refused."""
    live, declared = act.before, oracle.settings_of(inputs)
    # An update that does not touch the pair takes it for what was seen before (DESIGN §5).
    asked = kept is None or (
        USE_ANY in declared and (declared[USE_ANY] != kept.state.get(USE_ANY) or USE_ANY not in kept.state["managed"])
    )
    pair = live.everything[USE_ANY] if asked or kept is None else bool(kept.state.get(USE_ANY))
    allowed = {name: frozenset({value}) for name, value in declared.items()}
    acts.at_each_moment(act, Allowed(allowed))
    if oracle.host_refused(live, inputs, pair=pair):
        return None
    id_ = kept.id if kept else live.fqdn
    base, note = acts.base(where, kept, id_, Owned())
    assert isinstance(base, Owned)
    noted = note.of if note and isinstance(note.of, Noted) else None
    if noted is not None:
        acts.leftovers.resumed(act.name, noted, live)
        acts.leftovers.released(act.name, noted.wrote.keys() - declared.keys())
        base = noted.resumed(base, live)
    expected, known = oracle.host_ensured(live, inputs, base, pair=pair)
    if not asked:
        expected[USE_ANY] = live.everything[USE_ANY]
    planned = {name: value for name, value in declared.items() if {**live.everything, USE_ANY: pair}[name] != value}
    if act.error is None and not act.raced:
        host_as_expected(act.what, live, act.after, expected)
        acts.within(act, (6 if kept is None else 4) + (4 if USE_ANY in planned else 0))
    if act.error is not None:
        shown = act.after.everything if act.readable else {}
        if act.readable and declared.get(USE_ANY) is True and act.after.halves:
            shown[USE_ANY] = True  # half a pair is not "any network" yet, and ours to take away all the same
        before = base.wrote
        wrote = {
            name: value if name not in planned or shown.get(name) == value else before.get(name)
            for name, value in declared.items()
        }
        known = Owned(known.found, {name: value for name, value in wrote.items() if value is not None})
    if not planned:
        return After(id_, known, None, asked)
    shown = noted.shown(live) if noted else {}
    found = {**{name: noted.found[name] for name in shown if noted}, **known.found}
    return After(id_, known, Noted(found, {**shown, **planned}), asked)


def deleted(acts: Acts, act: Act, where: Where, kept: Kept, known: Owned) -> None:
    """Judge a delete."""
    note = acts.notes.get((where[0], kept.id))
    if note is not None and isinstance(note.of, Noted):
        acts.leftovers.resumed(act.name, note.of, act.before)
        known = note.of.resumed(known, act.before)
    on_destroy = str(kept.state.get("onDestroy"))
    allowed = {name: frozenset({value}) for name, value in known.found.items()}
    if on_destroy == "Disable":
        allowed["enabled"] = allowed.get("enabled", frozenset()) | {False}
    acts.at_each_moment(act, Allowed(allowed, may_end_deaf=True))
    if act.error is None and not act.raced:
        host_as_expected("delete", act.before, act.after, oracle.host_restored(act.before, known, on_destroy))
        acts.within(act, 4 + (4 if USE_ANY in known.found else 0))


def is_true(state: dict[str, Any], live: Machine, known: Owned, *, asked: bool, handed: bool) -> None:
    """The state is what the host shows, and what was found and written is what is known."""
    host_is_true(state, live, asked=asked)
    if not handed:
        assert dict(state["priorSettings"]) == dict(known.found), "the state tells other prior settings"
    assert dict(state["writtenSettings"]) == dict(known.wrote), "the state tells other written settings"
