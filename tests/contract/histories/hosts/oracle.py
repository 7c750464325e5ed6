"""What hosts must look like after each operation, worked out anew from DESIGN §3 and from nothing of the provider.

Rules, each from DESIGN §3, MigrationHost and MigrationNetwork, unless said otherwise:

* A setting that is declared is what is declared; every other one is as it was. `false` and `0` are values.
* What was found is kept per setting from when it was first managed (declared anew after a release: from then). A destroy
  puts a setting back if it still is what this resource last ensured, else it stays. Disable switches off in any case.
* A setting that is declared no longer stays as it is and is forgotten.
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
somebody removed and put back between two looks counts as still the same. An update that does not touch `useAnyNetwork`
does not ask for the list (§5), so its state tells what was seen of the pair before. One half of the any-network pair
alone is nothing that a program can say: it counts as "no pair", stays so, and goes where we complete the pair and take it
back. Of several entries of one subnet that came at the same moment nobody can tell which is ours: they stay.
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

    def handed(self, old: Owned) -> Owned:
        """Take over from the resource that this one replaces: what it wrote is not what was found."""
        found = {
            name: old.found[name] if name in old.wrote and old.wrote[name] == value and name in old.found else value
            for name, value in self.found.items()
        }
        return replace(self, found=found)


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


def host_refused(live: Machine, inputs: Inputs, *, pair: bool) -> bool:
    """Tell whether a create or update must be refused; `pair` is whether the pair counts as there."""
    if live.clustered and not inputs["allowClustered"]:
        return True
    if settings_of(inputs).get(USE_ANY) is False and pair:
        wanted = [network.partition("/")[2] for network in inputs.get("networks", ())]
        return not live.named or any(not live.of(subnet) for subnet in wanted)
    return False


def host_ensured(live: Machine, inputs: Inputs, owned: Owned, *, pair: bool) -> tuple[dict[str, Any], Owned]:
    """Return the settings after a create or update, and what is known then."""
    declared, before = settings_of(inputs), {**live.everything, USE_ANY: pair}
    found = {name: owned.found.get(name, before[name]) for name in declared}
    after = {**live.everything, **{name: value for name, value in declared.items() if before[name] != value}}
    return after, Owned(found, declared)


def host_restored(live: Machine, owned: Owned, on_destroy: str) -> dict[str, Any]:
    """Return the settings after a destroy."""
    after = live.everything
    for name, found in owned.found.items():
        ours = owned.wrote.get(name)
        # Half a pair that remains of ours is ours to take away.
        now = True if name == USE_ANY and ours is True and live.halves else after[name]
        if now == ours:
            after[name] = found
    if on_destroy == "Disable":
        after["enabled"] = False
    return after


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

    def shown(self, live: Machine) -> dict[str, Any]:
        """Return what it wrote, as far as it still can be seen."""
        now = live.everything
        if self.wrote.get(USE_ANY) is True and live.halves:
            now[USE_ANY] = True
        return {name: value for name, value in self.wrote.items() if name in self.found and now[name] == value}

    def resumed(self, owned: Owned, live: Machine) -> Owned:
        """Return what is known with it."""
        shown = self.shown(live)
        return Owned(
            {**{name: self.found[name] for name in shown}, **owned.found},
            {**owned.wrote, **shown},
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
