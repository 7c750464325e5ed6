"""The order in which a review tells the steps: the one in which they happen, and the same each time.

The engine works on independent steps side by side, so two previews of one program list them in two orders.
"""

from __future__ import annotations

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter

from hyperv_migration.review.preview import Step

_KINDS = ("KerberosDelegation", "MigrationNetwork", "MigrationHost")
"""As a program of ours has them: the host last, and in a destroy first."""


def in_order(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Return what is made or changed and then what is deleted, each behind what it depends on, ties by kind and name."""
    deleted = [step for step in steps if step.operation == "delete"]
    others = [step for step in steps if step.operation != "delete"]
    return (*_sorted(others), *reversed(_sorted(deleted)))


def _sorted(steps: Sequence[Step]) -> list[Step]:
    """Return the steps, each behind those that it depends on."""
    ordered = sorted(steps, key=lambda step: (_KINDS.index(step.kind), step.name, step.urn))
    places: dict[str, list[int]] = {}
    for place, step in enumerate(ordered):
        places.setdefault(step.urn, []).append(place)
    sorter: TopologicalSorter[int] = TopologicalSorter()
    for place, step in enumerate(ordered):
        needed = [other for urn in step.depends_on if urn != step.urn for other in places.get(urn, ())]
        sorter.add(place, *needed)
    try:
        sorter.prepare()
    except CycleError:  # no preview of an engine
        return ordered
    found: list[Step] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        found += [ordered[place] for place in ready]
        sorter.done(*ready)
    return found
