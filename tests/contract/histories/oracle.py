"""What delegation must look like after each operation, worked out anew from DESIGN §3 and from nothing of the provider.

Rules, each from DESIGN §3, KerberosDelegation, unless said otherwise:

* An entry is a resource's own if that resource put it there and it has not been seen gone since. Whatever was found is
  never its own, whoever put it there; an entry that is added again after it was seen gone is.
* A grant leaves: what was there, less its own entries that are declared no longer, plus the declared ones; protocol
  transition as declared; no unconstrained delegation; every other bit as it was.
* Entries are names, so each look finds a destination anew (kerberos-delegation.md, Renames): a name means the account
  that has it now, else the account that the resource's state knows under it and that is still there. A create knows none.
  An update lists the present names, with or without a refresh before it; a refresh shows as a change of destinations what
  was renamed, unless the present names are listed already and none of its own former ones is left.
* A grant is refused, with nothing written, where a destination is not there, FS01 is to serve live migration,
  unconstrained delegation may not be replaced, or protocol transition would be switched off beside entries that are not
  the resource's own.
* A destroy removes the resource's own entries, with RemoveDeclared the declared ones too, and no other.
* "The bit is cleared whenever our removal empties the list, unless it was found set on an empty list."
* Where the list is not emptied, DESIGN says no more than "put back, unless somebody changed it since" (§1.3). As
  model/delegation_plan.py has it: if only entries remain that were there at create, protocol transition goes back to
  what it was at create, provided that this resource wrote it last and it still is so. The same holds for unconstrained
  delegation that was taken away. With other entries there both stay as they are.
* Two resources of one stack that share a source, in one run: entries that the run declares for another resource stay,
  and the bits are that resource's. What a destroy leaves for this reason is that resource's own from then on (it warns so).
* Two resources of one stack that share a source, destroyed: whoever goes last puts back what the first one found (departures.py).

What DESIGN cannot promise, and is not asked for here: an entry that somebody removed and put back between two looks
counts as still ours; of two resources in two stacks each knows only what it found itself, so a bit that was found before
both comes back when the one that found it goes last.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from contract.histories.pictures import (
    MIGRATION,
    TRANSITION,
    UNCONSTRAINED,
    Account,
    Picture,
    entries_for,
    named,
)

Inputs = Mapping[str, Any]


@dataclass(frozen=True)
class Destination:
    """One destination as the state of a resource knows it."""

    guid: str
    spelled: str
    services: tuple[str, ...]
    entries: frozenset[str]


def resolved(picture: Picture, inputs: Inputs, known: Iterable[Destination] = ()) -> tuple[Destination | None, ...]:
    """Return each destination of a program as it is named now; `known` are those of the state, and a create has none."""
    guids = {one.spelled: one.guid for one in known}
    return tuple(_present(picture, guids.get(name), name, tuple(inputs["services"])) for name in inputs["destinations"])


def _present(picture: Picture, guid: str | None, spelled: str, services: tuple[str, ...]) -> Destination | None:
    """Return the account that has the name now, else the one that had it, if that is still there."""
    found = named(picture, spelled) or (guid if guid in picture else None)
    return Destination(found, spelled, services, entries_for(picture[found].name, services)) if found else None


@dataclass(frozen=True)
class Owned:
    """What one resource did to one account, and what it found there."""

    guid: str
    found: Account
    destinations: tuple[Destination, ...] = ()
    renamed: bool = False
    """Whether a refresh has found a destination under other names since the last grant."""
    own: frozenset[str] = frozenset()
    transition_written: bool | None = None
    took_unconstrained: bool = False

    @property
    def declared(self) -> frozenset[str]:
        """The entries that the state's destinations stand for."""
        return wanted(self.destinations)

    def granted(self, destinations: Iterable[Destination | None], before: Account, after: Account) -> Owned:
        """Enter a grant, as the two looks at the account tell it."""
        flipped = before.transition != after.transition
        return replace(
            self,
            destinations=tuple(filter(None, destinations)),
            renamed=False,
            own=(self.own & after.entries) | (after.entries - before.entries),
            transition_written=after.transition if flipped else self.transition_written,
            took_unconstrained=self.took_unconstrained or (before.unconstrained and not after.unconstrained),
        )

    def inheriting(self, gone: Owned) -> Owned:
        """Take over, of what another resource leaves in place, the entries that are declared here too, and its bits.

        What was found is what the one had found that was there first: the other one, if its entries were found here.
        """
        later = bool(gone.own & self.found.entries)
        found, written = self.found.holding(gone.found.entries) if later else self.found, self.transition_written
        if gone.transition_written is not None and (later or written is None):
            found = found.with_bit(TRANSITION, present=gone.found.transition)
            written = gone.transition_written if written is None else written
        return replace(
            self,
            own=self.own | (gone.own & self.declared),
            found=found,
            transition_written=written,
            took_unconstrained=self.took_unconstrained or gone.took_unconstrained,
        )

    def seen(self, live: Account) -> Owned:
        """Forget own entries that are gone."""
        return replace(self, own=self.own & live.entries)

    def looked_again(self, live: Account, picture: Picture) -> Owned:
        """Find the destinations again, as a refresh does; one that was renamed keeps its entries until a grant changes them."""
        now = [_present(picture, one.guid, one.spelled, one.services) or one for one in self.destinations]
        needed, kept, renamed = wanted(now), [], False
        for former, present in zip(self.destinations, now, strict=True):
            left_over = (former.entries - needed) & self.own
            done = former.entries == present.entries or (present.entries <= live.entries and not left_over)
            kept.append(present if done else replace(present, entries=former.entries))
            renamed = renamed or not done
        return replace(self, destinations=tuple(kept), renamed=renamed)

    def removable(self, on_destroy: str) -> frozenset[str]:
        """Return what a destroy, or an update, may remove at most."""
        return self.own | (self.declared if on_destroy == "RemoveDeclared" else frozenset())


@dataclass(frozen=True)
class Note:
    """What this machine notes before the first write of a grant, until the engine's state is seen to know of it."""

    base: Owned | None
    """What was known before; None for a new resource."""
    done: Owned
    before: Account
    after: Account
    reached_the_state: bool
    sure: bool = True
    """False after trouble, when more than one write may have been tried."""

    def resumed(self, live: Account, *, new: bool) -> Owned:
        """Return what is known if only the note is left: the write counts if any of it can still be seen."""
        added = self.after.entries - self.before.entries
        flipped = self.after.control != self.before.control
        if not (added & live.entries or (flipped and live.control == self.after.control)):
            known = self.base.seen(live) if self.base else None
            return Owned(self.done.guid, live) if known is None or (new and not known.own) else known
        base = self.base or Owned(self.done.guid, self.before)
        shown = live.transition == self.after.transition
        return replace(
            self.done.seen(live),
            transition_written=self.done.transition_written if shown else base.transition_written,
            took_unconstrained=base.took_unconstrained or (self.done.took_unconstrained and not live.unconstrained),
        )


@dataclass(frozen=True)
class Handed(Note):
    """What was handed on, until the heir's next operation reads it."""

    def resumed(self, live: Account, *, new: bool) -> Owned:
        """Return what the heir knows then: what was handed on, as far as the account still shows it."""
        del new
        return self.done.seen(live)


def handed(gone: Owned, heir: Owned, note: Note | None, live: Account) -> Handed | None:
    """Return the note by which an heir takes over what it declares too; None where it learns nothing."""
    known = (
        heir
        if note is None or note.reached_the_state
        else replace(note.resumed(live, new=False), declared=heir.declared)
    )
    merged = known.inheriting(gone)
    return None if merged == known else Handed(heir, merged, live, live, reached_the_state=False)


@dataclass
class Provenance:
    """Who put each entry there, kept beside every resource."""

    origins: dict[str, dict[str, str]] = field(default_factory=dict)
    """Per account and entry: foreign, ours, or either where nobody could tell."""
    left_behind: dict[str, set[str]] = field(default_factory=dict)
    """Entries of ours that no resource answers for any more, for a reason that is documented."""

    def administered(self, before: Picture, after: Picture, claims: Mapping[str, frozenset[str]]) -> None:
        """Enter what an administrator did; `claims` are, per account, the entries some resource still counts as its own."""
        for guid, account in after.items():
            known = self.origins.setdefault(guid, {})
            old = before[guid].entries if guid in before else frozenset[str]()
            for entry in account.entries - old:
                known[entry] = "either" if entry in claims.get(guid, ()) else "foreign"
            for entry in old - account.entries:
                known.pop(entry, None)

    def operated(self, guid: str, before: Account, after: Account) -> None:
        """Enter what an operation of ours did."""
        known = self.origins.setdefault(guid, {})
        for entry in after.entries - before.entries:
            known[entry] = "ours"
        for entry in before.entries - after.entries:
            known.pop(entry, None)

    def foreign(self, guid: str) -> frozenset[str]:
        """Return the entries that are surely not ours."""
        return frozenset(entry for entry, origin in self.origins.get(guid, {}).items() if origin == "foreign")

    def ours(self, guid: str, live: Account) -> frozenset[str]:
        """Return the entries that are surely ours, those left behind for a documented reason apart."""
        known = self.origins.get(guid, {})
        return frozenset(e for e in live.entries if known.get(e) == "ours") - self.left_behind.get(guid, set())

    def leave(self, guid: str, entries: frozenset[str]) -> None:
        """Note entries that nobody answers for any more."""
        self.left_behind.setdefault(guid, set()).update(entries)


def wanted(destinations: Iterable[Destination | None]) -> frozenset[str]:
    """Return the entries that destinations stand for."""
    return frozenset[str]().union(*(one.entries for one in destinations if one is not None))


def unwanted(owned: Owned | None, wants: frozenset[str], inputs: Inputs | None) -> frozenset[str]:
    """Return what a grant takes away of its own; an update, which has inputs, takes what onDestroy says."""
    if owned is None:
        return frozenset()
    return (owned.removable(inputs["onDestroy"]) if inputs else owned.own) - wants


def refused(
    live: Account, owned: Owned, inputs: Inputs, found: Sequence[Destination | None], gone: frozenset[str]
) -> bool:
    """Tell whether a grant must be refused; the caller knows whether the source is there."""
    if None in found:
        return True
    if "FS01" in inputs["destinations"] and MIGRATION in inputs["services"]:
        return True
    if live.unconstrained and not inputs["replaceUnconstrained"]:
        return True
    foreign = live.entries - gone - wanted(found)
    ours = bool(owned.transition_written) and not owned.found.transition and foreign <= owned.found.entries
    return live.transition and not inputs["protocolTransition"] and bool(foreign) and not ours


def after_grant(live: Account, inputs: Inputs, wants: frozenset[str], gone: frozenset[str]) -> Account:
    """Return the account as a grant leaves it."""
    listed = live.holding((live.entries - gone) | wants)
    allowed = listed.with_bit(TRANSITION, present=inputs["protocolTransition"])
    return allowed.with_bit(UNCONSTRAINED, present=False)


def after_removal(live: Account, owned: Owned, on_destroy: str, claimed: frozenset[str]) -> Account:
    """Return the account as a destroy leaves it; `claimed` are entries that the same run declares for this account."""
    removed = (owned.removable(on_destroy) - claimed) & live.entries
    left = live.holding(live.entries - removed)
    if claimed:
        return left
    as_found = left.entries <= owned.found.entries
    set_alone = owned.found.transition and not owned.found.entries
    if removed and not left.entries and not set_alone:
        left = left.with_bit(TRANSITION, present=False)
    elif as_found and owned.transition_written is not None and owned.transition_written == live.transition:
        left = left.with_bit(TRANSITION, present=owned.found.transition)
    if owned.took_unconstrained and as_found:
        left = left.with_bit(UNCONSTRAINED, present=True)
    return left
