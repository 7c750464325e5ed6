"""What hosts must look like after each operation, worked out anew from DESIGN §3 and from nothing of the provider.

Rules, each from DESIGN §3, MigrationHost and MigrationNetwork, unless said otherwise:

* A setting that is declared is what is declared; every other one is as it was. `false` and `0` are values.
* What was found is kept per setting from when it was first managed (declared anew after a release: from then). A destroy
  puts a setting back if it still is what this resource last ensured, else it stays. Disable switches off in any case.
* A setting that is declared no longer stays as it is and is forgotten. `useAnyNetwork` goes back to what was found (ADR 17),
  unless that would leave a host that is switched on with no network that stays: then it stays, and stays known.
* `useAnyNetwork` is the pair; what is missing of it is added, and what is there of it is removed. Removing it is refused
  while the host has no named network or lacks one that the networks input names. A destroy that puts "no pair" back is
  not refused (§1.6).
* A network that is found is adopted and stays, with the metric it had, if that still is what we wrote; one that is added,
  or added again after it was seen gone, is ours and goes. Remove removes either.
* What a cluster manages is never touched, nor is one of several entries of one subnet, unless one of them is known by its
  identity to be this resource's own; create, update and read are refused then, and a destroy leaves what is there.
* A cluster node is refused on create and update without `allowClustered`.
* Another machine under the name is never written to (§3, Replace): whatever is asked is refused, a destroy too.
* A forced replace that creates first hands over what was found: the new resource knows what the old one did. This
  machine's journal tells it (§3, Failure and journal), as the engine has no place for it.
* Killed between a write and its answer: as in the journal's promise, what was found then counts, wherever the host still
  shows what was about to be written.
* An import takes the host as it is found, whatever this machine has noted: a destroy puts nothing back but what was
  written since, and only Disable and Remove take something away.

Two stacks on one host know nothing of each other; what follows from the rules above is promised, and no more: each
puts back what it found. So a value of one stack that the other found first comes back when the other one goes last, and
a network that one stack added and the other adopted goes with the first. Nobody else's value is lost by it.

What DESIGN cannot promise, and is not asked for here: ModifyServiceSettings writes the whole instance, so a setting that
somebody changes between our read and our write is undone (hyperv-wsman.md §2.1; the cmdlets do the same). Nor has the
list a compare-and-swap: an entry that a cluster takes over in the very moment of our write is written all the same, and
the last named network may go in the moment that we take the pair away. An entry that
somebody removed and put back between two looks counts as still the same. One half of the any-network
pair alone is nothing that a program can say: it counts as "no pair", and what was found of it comes back. Of several entries of
one subnet that came at the same moment nobody can tell which is ours: they stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from contract.histories.hosts.pictures import USE_ANY, Entry, Machine

Inputs = Mapping[str, Any]
OPTIONS = {"computerName", "networks", "onDestroy", "allowClustered", "profile", "allowCredSspWithCredentialGuard"}
PAIR = frozenset({"0.0.0.0/0", "::/0"})


class Refused(Exception):
    """An operation that must write nothing."""


@dataclass(frozen=True)
class Owned:
    """What a MigrationHost found, and what it last ensured, per setting."""

    found: Mapping[str, Any] = field(default_factory=dict)
    wrote: Mapping[str, Any] = field(default_factory=dict)
    halves: frozenset[str] = frozenset()
    """What was found of the any-network pair."""

    def handed(self, old: Owned) -> Owned:
        """Take over from the resource that this one replaces: what it wrote is not what was found."""
        found = {
            name: old.found[name] if name in old.wrote and old.wrote[name] == value and name in old.found else value
            for name, value in self.found.items()
        }
        ours = USE_ANY in old.wrote and old.wrote[USE_ANY] == self.found.get(USE_ANY)
        return replace(self, found=found, halves=old.halves if ours else self.halves)


@dataclass(frozen=True)
class Listed:
    """What a MigrationNetwork did to its entry: whether it put it there, or what metric it found and wrote."""

    subnet: str
    ours: bool = False
    found: int | None = None
    wrote: int | None = None
    identity: str = ""

    def handed(self, old: Listed) -> Listed:
        """Take over from the resource that this one replaces."""
        kept = self.found if old.found is None or self.wrote is None else old.found
        return replace(self, ours=self.ours or old.ours, found=kept)


def settings_of(inputs: Inputs) -> dict[str, Any]:
    """Return the settings that a program declares for a host."""
    return {name: value for name, value in inputs.items() if name not in OPTIONS}


# MigrationHost


def host_refused(live: Machine, inputs: Inputs, leaving: frozenset[str]) -> bool:
    """Tell whether a create or update must be refused; `leaving` are networks that the program has just left out."""
    if live.clustered and not inputs["allowClustered"]:
        return True
    if settings_of(inputs).get(USE_ANY) is False and live.everything[USE_ANY]:
        wanted = [network.partition("/")[2] for network in inputs.get("networks", ())]
        staying = [entry for entry in live.named if entry.subnet not in leaving]
        return not staying or any(not live.of(subnet) for subnet in wanted)
    return False


@dataclass(frozen=True)
class Ensured:
    """How a host is after a create or update, and what is known then."""

    settings: dict[str, Any]
    halves: frozenset[str]
    known: Owned
    carried: bool = False
    """A useAnyNetwork that is declared no longer is still known: it could not go back, or has yet to."""
    wrote_back: bool = False
    """It went back by a write."""


def host_ensured(live: Machine, inputs: Inputs, owned: Owned, leaving: frozenset[str]) -> Ensured:
    """Return the settings after a create or update, and what is known then."""
    declared, before = settings_of(inputs), live.everything
    found = {name: owned.found.get(name, before[name]) for name in declared}
    after = {**before, **declared}
    if USE_ANY in declared:
        known_halves = owned.halves if USE_ANY in owned.found else live.halves
        halves = live.halves
        if before[USE_ANY] != declared[USE_ANY]:
            halves = PAIR if declared[USE_ANY] else frozenset()
        return Ensured(after, halves, Owned(found, declared, known_halves))
    if USE_ANY not in owned.found:
        return Ensured(after, live.halves, Owned(found, declared))
    halves = pair_back(live, owned)
    staying = [entry for entry in live.named if entry.subnet not in leaving]
    if live.halves - halves and after["enabled"] and not staying and not halves:
        wrote = {name: owned.wrote[name] for name in (USE_ANY,) if name in owned.wrote}
        kept = Owned({**found, USE_ANY: owned.found[USE_ANY]}, {**declared, **wrote}, owned.halves)
        return Ensured(after, live.halves, kept, carried=True)
    after[USE_ANY] = halves == PAIR
    return Ensured(after, halves, Owned(found, declared), wrote_back=halves != live.halves)


def pair_back(live: Machine, owned: Owned) -> frozenset[str]:
    """Return what of the any-network pair is there once it is as it was found, as far as nobody changed it since."""
    there, found, wrote = live.halves, owned.halves, owned.wrote.get(USE_ANY)
    if wrote is True:
        return there - (PAIR - found)
    if wrote is False:
        return there if there - found and there == PAIR else there | found
    return there


def host_restored(live: Machine, owned: Owned, on_destroy: str) -> tuple[dict[str, Any], frozenset[str]]:
    """Return the settings after a destroy, and what is there of the any-network pair."""
    after = live.everything
    halves = live.halves
    for name, found in owned.found.items():
        if name == USE_ANY:
            halves = pair_back(live, owned)
            after[name] = halves == PAIR
        elif after[name] == owned.wrote.get(name):
            after[name] = found
    if on_destroy == "Disable":
        after["enabled"] = False
    return after, halves


# MigrationNetwork


def seen(live: Machine, listed: Listed) -> Entry | None:
    """Return the entry that a resource is about; refused where that cannot be said, or where it is a cluster's."""
    same = live.of(listed.subnet)
    known = [entry for entry in same if entry.identity == listed.identity and entry.of_a_user]
    if known:
        return known[0]
    if any(not entry.of_a_user for entry in same) or len(same) > 1:
        raise Refused
    return same[0] if same else None


def network_ensured(entry: Entry | None, inputs: Inputs, listed: Listed, *, new: bool) -> tuple[int | None, Listed]:
    """Return the metric after a create or update, None where it stays as the host has it, and what is known then."""
    priority = inputs.get("priority")
    if entry is None:
        return priority, replace(listed, ours=True, found=None, wrote=priority)
    if listed.ours:
        return priority, replace(listed, wrote=priority)
    kept = None if new or listed.wrote is None else listed.found
    found = None if priority is None else entry.metric if kept is None else kept
    return priority, replace(listed, found=found, wrote=priority)


def network_left(entry: Entry, listed: Listed, on_destroy: str) -> Entry | None:
    """Return the entry after a destroy; None where it goes."""
    if listed.ours or on_destroy == "Remove":
        return None
    if listed.wrote is not None and listed.found is not None and entry.metric == listed.wrote:
        return replace(entry, metric=listed.found)
    return entry


# What this machine notes before the first write, until the engine's state is seen to know of it (DESIGN §3, journal)


@dataclass(frozen=True)
class Noted:
    """What an operation on a host had found and was about to write."""

    found: Mapping[str, Any]
    wrote: Mapping[str, Any]
    halves: frozenset[str] = frozenset()

    def shown(self, live: Machine) -> dict[str, Any]:
        """Return what it wrote, as far as it still can be seen."""
        now = live.everything
        if self.wrote.get(USE_ANY) is True and live.halves:
            now[USE_ANY] = True
        return {name: value for name, value in self.wrote.items() if name in self.found and now[name] == value}

    def resumed(self, owned: Owned, live: Machine) -> Owned:
        """Return what is known with it."""
        shown = self.shown(live)
        # Of a replaced resource: what the new one took for found is what that one wrote.
        ours = {name for name, value in owned.found.items() if name in self.found and self.wrote.get(name) == value}
        taken = USE_ANY in ours or (USE_ANY in shown and USE_ANY not in owned.found)
        return Owned(
            {**{name: self.found[name] for name in shown}, **owned.found},
            {**owned.wrote, **shown},
            self.halves if taken else owned.halves,
        )


@dataclass(frozen=True)
class NotedEntry:
    """What an operation on a network knew once it was done."""

    done: Listed
    wrote: int | None

    def resumed(self, listed: Listed, entry: Entry | None) -> Listed:
        """Return what is known with it, if the entry is as it was to be."""
        if entry is None or self.wrote not in {None, entry.metric}:
            return listed
        return replace(listed, ours=self.done.ours, found=self.done.found, wrote=self.done.wrote)
