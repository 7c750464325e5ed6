"""Operations on a MigrationNetwork, held against the oracle."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from contract.histories.hosts import oracle
from contract.histories.hosts.judgements import Allowed, network_as_expected, network_is_true
from contract.histories.hosts.oracle import Listed, NotedEntry, Refused
from contract.histories.hosts.pictures import USER, Entry, Machine, canonical

if TYPE_CHECKING:
    from contract.histories.hosts.acts import Act, Acts, Kept, Known, Where


@dataclass(frozen=True)
class After:
    """What is known after a create or update, and what is noted on this machine if something was to be written."""

    id: str
    known: Listed
    note: NotedEntry | None


def subnet_of(inputs: dict[str, Any]) -> str:
    """Return the one spelling of a declared subnet."""
    address, slash, prefix = inputs["subnet"].partition("/")
    return canonical(address, int(prefix) if slash else 32)


def ensured(acts: Acts, act: Act, where: Where, kept: Kept | None, inputs: dict[str, Any]) -> After | None:
    """Judge a create or update; None where it had to be refused."""
    live, subnet = act.before, subnet_of(inputs)
    acts.at_each_moment(act, Allowed(subnet=subnet))
    id_ = kept.id if kept else f"{live.fqdn}/{subnet}"
    base, note = acts.base(where, kept, id_, Listed(subnet))
    assert isinstance(base, Listed)
    try:
        entry = oracle.seen(live, base)
    except Refused:
        return None
    if live.clustered and not inputs["allowClustered"]:
        return None
    resumed = False
    if note is not None and isinstance(note.of, NotedEntry):
        acts.leftovers.resumed_entry(act.name, note.of, entry)
        after_note = note.of.resumed(base, entry)
        resumed, base = after_note != base, after_note
    priority, known = oracle.network_ensured(entry, inputs, base, new=kept is None and not resumed)
    planned = entry is None or priority not in {None, entry.metric}
    if act.error is None and not act.raced:
        expected = Entry("", subnet, priority or 0, (USER,)) if entry is None else entry
        network_as_expected(
            act.what,
            live,
            act.after,
            entry,
            replace(expected, metric=priority if priority is not None else expected.metric),
        )
        # After a write whose answer was lost, the host's jobs are asked for first: service, jobs, list.
        acts.within(act, 3 if note is None else 6)
    there = {one.identity for one in live.entries}
    now = [one for one in act.after.of(subnet) if one.identity == (act.state or {}).get("instanceId")]
    if act.raced and now:
        # Who was faster is told by the host's own history.
        ours = any(
            c.what == "network added" and "WS-Man" in c.by and c.after["instance_id"] == now[0].identity
            for c, _ in act.moments
        )
        found = now[0].identity not in there and not ours
        metric = next(
            (c.after["metric"] for c, _ in act.moments if c.after.get("instance_id") == now[0].identity), None
        )
        if found:
            known = replace(Listed(subnet), found=None if priority is None else metric, wrote=priority)
    known = replace(known, identity=now[0].identity if now else "")
    if act.error is not None and not act.readable:
        known = replace(known, wrote=base.wrote)
    return After(id_, known, NotedEntry(replace(known, wrote=priority), priority) if planned else None)


def read(act: Act, known: Known | None) -> Listed | None:
    """Judge a refresh or an import: what is known after it, without an identity where it is gone; None if refused."""
    assert isinstance(known, Listed)
    try:
        entry = oracle.seen(act.before, known)
    except Refused:
        return None
    return replace(known, identity=entry.identity if entry else "")


def deleted(acts: Acts, act: Act, where: Where, kept: Kept, known: Known) -> None:
    """Judge a delete."""
    assert isinstance(known, Listed)
    acts.at_each_moment(act, Allowed(subnet=known.subnet, may_end_deaf=True))
    try:
        entry = oracle.seen(act.before, known)
    except Refused:
        # Somebody else's, or nobody can tell which is ours: left, with a warning.
        assert act.error is not None or act.moments == [] or act.raced, "what cannot be told apart was touched"
        acts.leftovers.excuse(act.name, known.subnet)
        return
    note = acts.notes.get((where[0], kept.id))
    if note is not None and isinstance(note.of, NotedEntry):
        acts.leftovers.resumed_entry(act.name, note.of, entry)
        known = note.of.resumed(known, entry)
    if act.error is None and not act.raced:
        left = oracle.network_left(entry, known, kept.state["onDestroy"]) if entry else None
        network_as_expected("delete", act.before, act.after, entry, left)
        acts.within(act, 4)
    elif act.raced:
        acts.leftovers.excuse(act.name, known.subnet)


def is_true(state: dict[str, Any], live: Machine, known: Listed, *, handed: bool) -> None:
    """The state is what the host shows, and what was found and written is what is known."""
    network_is_true(state, live)
    if not handed:
        assert state["preexisting"] == (not known.ours), "the state tells another origin"
        assert state.get("priorPriority") == known.found, "the state tells another prior metric"
    assert state.get("writtenPriority") == known.wrote, "the state tells another written metric"
