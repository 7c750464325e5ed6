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


def ensured(acts: Acts, act: Act, where: Where, kept: Kept | None, inputs: dict[str, Any]) -> After | None:
    """Judge a create or update; None where it had to be refused."""
    live, declared = act.before, oracle.settings_of(inputs)
    leaving = frozenset(_subnets(kept.inputs if kept else {}) - _subnets(inputs))
    id_ = kept.id if kept else live.fqdn
    base, note = acts.base(where, kept, id_, Owned())
    assert isinstance(base, Owned)
    noted = note.of if note and isinstance(note.of, Noted) else None
    refused = oracle.host_refused(live, inputs, leaving)
    if noted is not None and not refused:
        acts.leftovers.resumed(act.name, noted, live)
        acts.leftovers.released(act.name, noted.wrote.keys() - declared.keys())
        base = noted.resumed(base, live)
    after = oracle.host_ensured(live, inputs, base, leaving)
    allowed = {name: frozenset({value}) for name, value in declared.items()}
    back = {USE_ANY: frozenset({True, False})} if after.wrote_back else {}
    off = not after.settings["enabled"]
    acts.at_each_moment(act, Allowed({**back, **allowed}, may_end_deaf=after.wrote_back and off))
    if refused:
        return None
    planned = {name: value for name, value in declared.items() if live.everything[name] != value}
    if act.error is None and not act.raced:
        host_as_expected(act.what, live, act.after, after.settings, after.halves)
        acts.within(act, 6 + (4 if USE_ANY in planned or after.wrote_back else 0))
    known = after.known
    if act.error is not None:
        known = _half_done(act, planned, base, after)
    if not planned and not after.wrote_back:
        return After(id_, known, None)
    shown = noted.shown(live) if noted else {}
    found = {**{name: noted.found[name] for name in shown if noted}, **known.found}
    halves = known.halves if USE_ANY in known.found or noted is None else noted.halves
    if after.wrote_back:
        # Until the state tells that it is back, what was found stays known.
        found, halves = {**found, USE_ANY: base.found[USE_ANY]}, base.halves
    return After(id_, known, Noted(found, {**shown, **planned}, halves))


def _half_done(act: Act, planned: dict[str, Any], base: Owned, after: oracle.Ensured) -> Owned:
    """Return what is known after a failure: what does not show is not entered as written, and what was found stays."""
    shown = act.after.everything if act.readable else {}
    if act.readable and planned.get(USE_ANY) is True and act.after.halves:
        shown[USE_ANY] = True  # half a pair is not "any network" yet, and ours to take away all the same
    wrote = {
        name: value if name not in planned or shown.get(name) == value else base.wrote.get(name)
        for name, value in after.known.wrote.items()
    }
    found, halves = dict(after.known.found), after.known.halves
    if USE_ANY in base.found and USE_ANY not in after.known.found:
        found[USE_ANY], wrote[USE_ANY], halves = base.found[USE_ANY], base.wrote.get(USE_ANY), base.halves
    return Owned(found, {name: value for name, value in wrote.items() if value is not None}, halves)


def _subnets(inputs: dict[str, Any]) -> set[str]:
    return {network.partition("/")[2] for network in inputs.get("networks", ())}


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
        host_as_expected("delete", act.before, act.after, *oracle.host_restored(act.before, known, on_destroy))
        acts.within(act, 5 + (4 if USE_ANY in known.found else 0))


def is_true(state: dict[str, Any], live: Machine, known: Owned, *, handed: bool) -> None:
    """The state is what the host shows, and what was found and written is what is known."""
    host_is_true(state, live)
    if not handed:
        assert dict(state["priorSettings"]) == dict(known.found), "the state tells other prior settings"
    assert dict(state["writtenSettings"]) == dict(known.wrote), "the state tells other written settings"
