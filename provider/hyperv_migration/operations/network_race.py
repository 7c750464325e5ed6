"""Two writers who add one subnet at the same moment: what we wrote is known afterwards, or taken away again.

AddNetworkSettings tells no InstanceID and makes a second entry where there is one (hyperv-wsman.md §7, 21), so each of two
writers may see both. One entry stays. Who takes one away has given his own up and adopts the other; who finds that somebody
else did so owns what is left.
"""

from __future__ import annotations

import random

from hyperv_migration.model.errors import Conflict, RemoteFault
from hyperv_migration.model.network import USER_MANAGED, NetworkEntry, entries_of
from hyperv_migration.operations.network_work import Work

_ROUNDS = 6
_LEAST, _MOST = 0.1, 0.7
"""Seconds before a round; at random, so that two writers do not act in step."""


def sole_entry(work: Work, priority: int | None, entries: list[NetworkEntry]) -> tuple[NetworkEntry | None, bool]:
    """Leave one of the entries that are there after our own add; return it, and whether it is ours.

    Raises Conflict where several stay because nobody can tell which of them is ours.
    """
    ours = True
    deadline = work.call.deadline()
    same = _named(work, entries)
    for _ in range(_ROUNDS):
        if len(same) == 1 or (ours and not same):
            return (same[0] if same else None), ours
        deadline.pause(random.uniform(_LEAST, _MOST), waiting_for=f"another writer of {work.subnet} on {work.host}")  # noqa: S311 - no secret
        same = _named(work, work.entries())
        if not same:
            # He gave way as well, at the same moment.
            work.port.add_network(work.subnet, priority)
            ours = True
        elif surplus := _surplus(same, priority):
            ours = not _taken_away(work, surplus) and ours
        same = _named(work, work.entries())
    raise Conflict(
        f"{work.host} lists {work.subnet} {len(same)} times after it was added: somebody else added it at the same moment, and "
        "nothing tells which entry is whose. Remove all but one with Remove-VMMigrationNetwork, then run up again."
    )


def _taken_away(work: Work, surplus: list[NetworkEntry]) -> bool:
    try:
        work.port.remove_networks(surplus)
    except RemoteFault:
        # Somebody else was faster, so what is left is ours.
        return False
    return True


def _named(work: Work, entries: list[NetworkEntry]) -> list[NetworkEntry]:
    return [entry for entry in entries_of(entries, work.subnet) if entry.user_managed]


def _surplus(same: list[NetworkEntry], priority: int | None) -> list[NetworkEntry]:
    """Return what to take away: ours if it can be told; of entries that say the same, all but one; else none."""
    if len(same) == 1:
        return []
    if len({(entry.metric, frozenset(entry.tags)) for entry in same}) == 1:
        return sorted(same, key=lambda entry: entry.instance_id)[1:]
    if priority is None:
        # It has the host's own default metric, which nobody knows.
        return []
    ours = [entry for entry in same if entry.metric == priority and set(entry.tags) == {USER_MANAGED}]
    return ours if len(ours) == 1 else []
