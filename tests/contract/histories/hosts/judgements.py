"""What is asked of every operation on a host: what it did at each moment, and where it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from contract.histories.hosts.pictures import USE_ANY, Entry, Machine
from hyperv_migration.lab.hosts.state import ADMINISTRATOR, Change

Moments = list[tuple[Change, Machine]]


@dataclass(frozen=True)
class Allowed:
    """What one operation may do at most."""

    settings: Mapping[str, frozenset[Any]] = field(default_factory=dict)
    """Settings and the values they may get; `useAnyNetwork` among them lets the pair be touched."""
    subnet: str = ""
    """The one subnet whose entry of a user may be touched."""
    may_end_deaf: bool = False
    """A destroy may leave a host that listens nowhere, as it was found."""


def at_each_moment(what: str, before: Machine, moments: Moments, allowed: Allowed, *, raced: bool) -> None:
    """Nothing foreign was touched by any message, and something always listened that did before and does afterwards."""
    last = before
    after = moments[-1][1] if moments else before
    for change, now in moments:
        if change.by != ADMINISTRATOR:
            _harmless(what, last, now, allowed, raced=raced)
        if before.entries and after.entries and not raced:
            assert now.entries, f"{what} left {before.fqdn} for a moment without a listener"
        if _takes_pair(last, now) and not (allowed.may_end_deaf or raced):
            assert now.named, f"{what} took the any-network pair away, and nothing else listens"
        last = now


def _takes_pair(last: Machine, now: Machine) -> bool:
    return bool(last.halves - now.halves)


def _harmless(what: str, last: Machine, now: Machine, allowed: Allowed, *, raced: bool) -> None:
    for name, value in now.settings.items():
        if value != last.settings[name]:
            may = allowed.settings.get(name, frozenset())
            assert value in may, f"{what} wrote {name} {value!r} over {last.settings[name]!r}"
    for entry in {*last.entries} ^ {*now.entries}:
        if entry.is_any:
            assert USE_ANY in allowed.settings, f"{what} touched the any-network pair"
        else:
            assert entry.subnet == allowed.subnet, f"{what} touched {entry}"
            assert raced or entry.of_a_user, f"{what} touched what a cluster manages: {entry}"


def host_as_expected(
    what: str, before: Machine, after: Machine, expected: Mapping[str, Any], halves: frozenset[str]
) -> None:
    """The settings are as the oracle says, and so are the halves of the pair; no named network is another one."""
    assert after.everything == expected, f"{what} left {after.everything}, not {dict(expected)}"
    assert after.named == before.named, f"{what} left {after.named} of {before.named}"
    assert after.halves == halves, f"{what} left {set(after.halves)} of the any-network pair, not {set(halves)}"
    if before.halves == halves:
        assert after.entries == before.entries, f"{what} touched the any-network pair"


def network_as_expected(what: str, before: Machine, after: Machine, old: Entry | None, new: Entry | None) -> None:
    """One entry came, went or changed its metric, and nothing else is another."""
    kept = [one for one in before.entries if one != old]
    came = [one for one in after.entries if one not in kept]
    assert [one for one in after.entries if one in kept] == kept, f"{what}: other networks were touched"
    assert after.settings == before.settings, f"{what}: settings were touched"
    if new is None:
        assert not came, f"{what} left {came}"
        return
    assert [replace(one, identity="") for one in came] == [replace(new, identity="")], f"{what} left {came}, not {new}"
    assert old is None or came[0].identity == old.identity, f"{what}: the entry is another one"


def host_is_true(state: Mapping[str, Any], live: Machine) -> None:
    """The state tells what the host shows."""
    shown = live.everything
    told = {name: state.get(name) for name in shown}
    assert told == shown, f"the state tells {told}, and the host shows {shown}"
    assert state["host"] == live.fqdn, "the state is of another host"
    assert state["signInRequired"] == (live.settings["authenticationType"] == "CredSSP")


def network_is_true(state: Mapping[str, Any], live: Machine) -> Entry:
    """The state tells of an entry that is there, with its metric."""
    entry = next((one for one in live.entries if one.identity == state.get("instanceId")), None)
    assert entry is not None, f"the state tells of {state.get('instanceId')}, which is not there"
    assert state["priority"] == entry.metric, f"the state tells priority {state['priority']}, and it is {entry.metric}"
    return entry
