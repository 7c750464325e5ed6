"""One operation on one host: what it works with, what was seen of the host, and what is to be written to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

from hyperv_migration.model.any_network import PRIOR_ENTRIES, AnyChange, any_entries
from hyperv_migration.model.declaration import State
from hyperv_migration.model.facts import HostFacts, MigrationServiceStatus
from hyperv_migration.model.host import ANY_NETWORK
from hyperv_migration.model.host_plan import handed_on, host_state, news_for
from hyperv_migration.model.network import NetworkEntry
from hyperv_migration.operations.claims import Claim, name_of
from hyperv_migration.operations.deadline import Deadline
from hyperv_migration.operations.journal import STATE_KEY, Note
from hyperv_migration.operations.ports import Call, HostPort

KIND = "MigrationHost"


@dataclass(frozen=True, kw_only=True)
class Work:
    """One operation on one host."""

    port: HostPort
    facts: HostFacts
    call: Call
    deadline: Deadline

    @property
    def host(self) -> str:
        """The host's own name."""
        return self.facts.fqdn

    @property
    def target(self) -> str:
        """What the journal's note is about."""
        return target_of(self.host)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a host was seen to be at one moment; None where it was not asked."""

    live: dict[str, Any]
    entries: list[NetworkEntry] | None = None
    status: MigrationServiceStatus | None = None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be written, what was seen before, and what the state keeps beside what will be read back."""

    writes: dict[str, Any]
    before: Seen
    kept: dict[str, Any]
    written_before: Mapping[str, Any] = field(default_factory=dict)
    former: Note | None = None
    """The note of an operation that was interrupted earlier."""
    networks: AnyChange = field(default=AnyChange())
    """The entries behind useAnyNetwork that come and go."""
    goes_back: bool = False
    """useAnyNetwork is released: once it is as it was found, nothing more is known of it."""

    @property
    def with_networks(self) -> bool:
        """Whether the network list is touched."""
        return ANY_NETWORK in self.writes

    def state(self, facts: HostFacts, seen: Seen) -> dict[str, Any]:
        """Return the state after everything was written."""
        kept = without_any_network(self.kept) if self.goes_back else self.kept
        return host_state(kept, facts, seen.live, seen.status)

    def partial_state(self, facts: HostFacts, seen: Seen) -> dict[str, Any]:
        """Return the state after a failure: what was not written is not entered as written."""
        return host_state(self._kept({*self.writes} - self._shown(seen)), facts, seen.live, seen.status)

    def open_state(self, facts: HostFacts, seen: Seen | None = None) -> dict[str, Any]:
        """Return the state where more may have come, or may still come, of what was sent; None where nobody could look.

        It says what was seen last. The note stays, and the next operation looks.
        """
        noted = self.kept.get(STATE_KEY) is not None
        shown = self._shown(seen) if seen is not None else set()
        kept = {**self._kept({*self.writes} - shown), STATE_KEY: None} if noted else self.kept
        last = seen or self.before
        return host_state(kept, facts, last.live, last.status)

    def _kept(self, unwritten: AbstractSet[str]) -> dict[str, Any]:
        written = {name: value for name, value in self.kept["writtenSettings"].items() if name not in unwritten}
        former = {name: value for name, value in self.written_before.items() if name in unwritten}
        return {**self.kept, "writtenSettings": {**written, **former}}

    def _shown(self, seen: Seen) -> set[str]:
        shown = {name for name, value in self.writes.items() if seen.live.get(name) == value}
        # Half of the pair is not "any network" yet, and ours to take away all the same.
        half = self.writes.get(ANY_NETWORK) is True and bool(any_entries(seen.entries or []))
        return shown | {ANY_NETWORK} if half else shown

    def done(self, seen: Seen) -> bool:
        """Tell whether everything is as it was to be written."""
        return all(seen.live.get(name) == value for name, value in self.writes.items()) and (
            seen.entries is None or self.networks.done(seen.entries)
        )

    def untouched(self, seen: Seen) -> bool:
        """Tell whether nothing was written; half of the any-network pair is not "any network" yet, and something."""
        if (
            seen.entries is not None
            and self.before.entries is not None
            and _identities(seen.entries) != _identities(self.before.entries)
        ):
            return False
        return all(seen.live.get(name) == self.before.live.get(name) for name in self.writes)


def without_any_network(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a state keeps, without what was known of a useAnyNetwork that is no longer managed."""
    known = {
        key: {name: value for name, value in kept[key].items() if name != ANY_NETWORK}
        for key in ("priorSettings", "writtenSettings")
    }
    return {name: value for name, value in {**kept, **known}.items() if name != PRIOR_ENTRIES}


def _identities(entries: list[NetworkEntry]) -> set[str]:
    return {entry.instance_id for entry in any_entries(entries)}


def hand_over(id: str, state: State, heir: Claim, call: Call) -> None:  # noqa: A002 - the engine's word
    """Tell the resource that goes on with this host what was found at first; it took what we wrote for that.

    The engine has the new resource's state already, so this machine's journal is the only place left (DESIGN §3), unless its
    create has taken over what Diff had seen of the old one.
    """
    if heir.urn == call.urn and call.run.claims.inherited(KIND, heir.urn, id, state):
        call.log.progress(f"{id}: left as it is; what was found at first is known to {name_of(heir.urn)}")
        return
    said = f"{id}: left as it is, because {name_of(heir.urn)} manages the same host in this program."
    first, written = news_for(heir.state, state, newer=heir.created), state.get("writtenSettings") or {}
    if not first:
        call.log.progress(said)
        return
    pending = call.journal.recall(target_of(id))
    if pending is not None and pending.id in {state.get(STATE_KEY), heir.state.get(STATE_KEY)}:
        pending = None
    # Several were left over, or the heir's own last run was killed: who was there first knows what was found.
    found = handed_on(first, written, pending.found if pending else {})
    intended = {**written, **(pending.intended if pending else {})}
    note = call.journal.keep(target_of(id), found=found, intended=intended)
    prior = {name: value for name, value in found.items() if name != PRIOR_ENTRIES}
    lost = ", ".join(
        f"{name} {json.dumps(value)}" for name, value in sorted(prior.items()) if value != written.get(name)
    )
    if not lost:
        call.log.progress(said)
        return
    only_here = call.journal.only_here(
        noted=note is not None,
        known=f"Found at first: {lost}",
        elsewhere="destroy does not put it back: set it by hand then",
        heir=heir.urn,
    )
    call.log.warning(f"{said} {only_here}")


def target_of(host: str) -> str:
    """Return what the journal's note of a host is about."""
    return f"{KIND} {host}"
