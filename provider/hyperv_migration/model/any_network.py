"""The entries that stand for "any network": which were found, which lack, and which go back. Pure.

`useAnyNetwork` is true or false; a host's list may hold more than that: half of the pair, a third entry, a metric, tags
(hyperv-wsman.md §2.3). What was found comes back entry by entry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Final

from hyperv_migration.model.network import ALL_NETWORKS, NetworkEntry, NewEntry, uses_any_network
from hyperv_migration.model.subnet import Subnet

PRIOR_ENTRIES: Final = "priorAnyNetworks"
"""The state's key for the entries that were found; states of older versions have none."""

ANY_PAIR = (
    NewEntry(subnet_number="0.0.0.0", prefix_length=0, tags=(ALL_NETWORKS,)),  # noqa: S104 - nothing is bound
    NewEntry(subnet_number="::0", prefix_length=0, tags=(ALL_NETWORKS,)),
)
"""What the cmdlet adds for "any network", without a metric."""

Records = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class AnyChange:
    """What is added to a host's list and what is removed from it."""

    add: tuple[NewEntry, ...] = ()
    remove: tuple[NetworkEntry, ...] = ()
    left: bool = False
    """Somebody else has changed these entries since, so they stay as they are."""

    def __bool__(self) -> bool:
        return bool(self.add or self.remove)

    def done(self, entries: Sequence[NetworkEntry]) -> bool:
        """Tell whether a list shows it done."""
        there = {entry.instance_id for entry in entries}
        subnets = _subnets(any_entries(entries))
        return not any(entry.instance_id in there for entry in self.remove) and all(
            new.subnet in subnets for new in self.add
        )

    def after(self, entries: Sequence[NetworkEntry]) -> list[NetworkEntry]:
        """Return what a list still holds of its own once this is done."""
        gone = {entry.instance_id for entry in self.remove}
        return [entry for entry in entries if entry.instance_id not in gone]


def any_entries(entries: Sequence[NetworkEntry]) -> list[NetworkEntry]:
    """Return the entries of a list that stand for any network."""
    return [entry for entry in entries if entry.is_any]


def records_of(entries: Sequence[NetworkEntry]) -> list[dict[str, Any]]:
    """Return what a state keeps of the entries found."""
    return [
        {
            "instanceId": entry.instance_id,
            "subnet": f"{entry.subnet_number}/{entry.prefix_length}",
            "priority": entry.metric,
            "tags": list(entry.tags),
        }
        for entry in any_entries(entries)
    ]


def declared_change(wanted: bool, entries: Sequence[NetworkEntry]) -> AnyChange:
    """Return what makes the declared value true: the halves that lack, or all of it gone."""
    there = any_entries(entries)
    if not wanted:
        return AnyChange(remove=tuple(there))
    return AnyChange(add=tuple(new for new in ANY_PAIR if new.subnet not in _subnets(there)))


def way_back(found: bool, records: Records | None, written: Any, entries: Sequence[NetworkEntry]) -> AnyChange:
    """Return what brings back the entries that were found, as long as the list is as this resource left it.

    What somebody else added since is never removed, and what somebody else removed since is not added again.
    """
    there = any_entries(entries)
    lacking, extra = _matched(_wanted(found, records), there)
    if written is True:
        if not there:
            return AnyChange(left=bool(lacking))
        # Ours are the halves that were not found; a further entry of a half that was found is somebody else's.
        ours = {new.subnet for new in ANY_PAIR} - {new.subnet for new in _wanted(found, records)}
        return AnyChange(remove=tuple(entry for entry in extra if entry.subnet in ours))
    if written is not False:
        return AnyChange(left=bool(lacking or extra))
    if extra and uses_any_network(there):
        return AnyChange(left=not found)
    return AnyChange(add=tuple(lacking))


def _wanted(found: bool, records: Records | None) -> list[NewEntry]:
    if records is None:
        return list(ANY_PAIR) if found else []
    return [_new(record) for record in records]


def _new(record: Mapping[str, Any]) -> NewEntry:
    number, _, prefix = str(record["subnet"]).rpartition("/")
    return NewEntry(
        subnet_number=number,
        prefix_length=int(prefix),
        metric=int(record["priority"]),
        tags=tuple(record["tags"]),
        instance_id=str(record["instanceId"]),
    )


def _matched(wanted: list[NewEntry], there: list[NetworkEntry]) -> tuple[list[NewEntry], list[NetworkEntry]]:
    """Return what lacks of the entries wanted, and what is there beside them.

    An entry is told by its identity, else by all it says, else by its subnet: an entry that was added again has
    another identity, and somebody may have given it another metric.
    """
    lacking, extra = list(wanted), list(there)
    for same in (_same_identity, _same_content, _same_subnet):
        for new in tuple(lacking):
            match = next((entry for entry in extra if same(new, entry)), None)
            if match is not None:
                lacking.remove(new)
                extra.remove(match)
    return lacking, extra


def _same_identity(new: NewEntry, entry: NetworkEntry) -> bool:
    return new.instance_id == entry.instance_id


def _same_content(new: NewEntry, entry: NetworkEntry) -> bool:
    return _same_subnet(new, entry) and (new.metric, new.tags) == (entry.metric, entry.tags)


def _same_subnet(new: NewEntry, entry: NetworkEntry) -> bool:
    return new.subnet == entry.subnet


def _subnets(entries: Sequence[NetworkEntry]) -> AbstractSet[Subnet | None]:
    return {entry.subnet for entry in entries}
