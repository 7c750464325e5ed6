"""Where a network's entry comes from, and which metric goes back to it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hyperv_migration.model.network import USER_MANAGED, NetworkEntry
from hyperv_migration.model.network_origin import Origin

ENTRY = NetworkEntry(
    instance_id="Microsoft:1", subnet_number="192.168.10.0", prefix_length=24, metric=7, tags=(USER_MANAGED,)
)
FOUND = Origin(preexisting=True)
OURS = Origin(preexisting=False)
MANAGED = Origin(preexisting=True, prior=3, written=7)


@pytest.mark.parametrize(
    ("known", "entry", "priority", "expected"),
    [
        (FOUND, ENTRY, None, FOUND),
        (FOUND, ENTRY, 1, Origin(preexisting=True, prior=7, written=1)),
        (MANAGED, ENTRY, 1, Origin(preexisting=True, prior=3, written=1)),
        (MANAGED, replace(ENTRY, metric=9), 0, Origin(preexisting=True, prior=3, written=0)),
        (MANAGED, ENTRY, None, FOUND),
        (replace(MANAGED, written=None), ENTRY, 1, Origin(preexisting=True, prior=7, written=1)),
        (OURS, ENTRY, 0, Origin(preexisting=False, written=0)),
        (MANAGED, None, 1, Origin(preexisting=False, written=1)),
        (FOUND, None, None, OURS),
    ],
)
def test_what_was_found_stays_known_while_it_is_managed(
    known: Origin, entry: NetworkEntry | None, priority: int | None, expected: Origin
) -> None:
    """Released, it is forgotten; managed anew, it is what is found then; added again, there is nothing to put back."""
    assert known.ensuring(entry, priority) == expected


def test_a_note_counts_only_while_the_entry_is_as_it_was_to_be() -> None:
    """Killed while writing 7: seen with 7 it was done, seen with another metric it was not, or is somebody else's by now."""
    found, intended = {"preexisting": True, "priorPriority": 3}, {"priority": 7}
    assert FOUND.with_noted(ENTRY, found, intended) == MANAGED
    assert FOUND.with_noted(replace(ENTRY, metric=8), found, intended) == FOUND
    assert FOUND.with_noted(None, found, intended) == FOUND


def test_a_note_never_makes_a_found_entry_of_ours() -> None:
    """Ours, once known, is ours, whoever noted that it was found."""
    assert OURS.with_noted(ENTRY, {"preexisting": True}, {"priority": None}) == OURS
    assert FOUND.with_noted(ENTRY, {"preexisting": False}, {"priority": None}) == OURS


def test_a_state_is_read_and_kept_as_it_is() -> None:
    """Zero is a metric."""
    state = {"preexisting": True, "priorPriority": 0, "writtenPriority": 5}
    assert Origin.of(state) == Origin(preexisting=True, prior=0, written=5)
    assert Origin.of(state).found == {"preexisting": True, "priorPriority": 0}
