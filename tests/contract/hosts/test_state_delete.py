"""`pulumi state delete` after a refresh: what is there then is what the next create has found (docs/getting-started.md)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from contract.hosts.test_claims import HOST, NETWORK, SETTINGS, SUBNET, Engine, picture
from hyperv_migration.operations.journal import default_folder
from support.callers import Place
from support.hosts import Bench

BOTH = [(HOST, SETTINGS), (NETWORK, {**SUBNET, "priority": 7})]


def notes() -> Iterator[Any]:
    """The notes on this machine."""
    return default_folder().glob("*.json")


@pytest.mark.parametrize(("kind", "given"), BOTH)
def test_after_a_refresh_a_deleted_state_leaves_no_note(bench: Bench, kind: str, given: dict[str, Any]) -> None:
    """Nothing of the forgotten resource speaks for the new one, which leaves the host as it found it."""
    engine = Engine(bench)
    held = engine.create(kind, "it", given)
    assert list(notes())
    engine.next_run()
    assert engine.caller.read(kind, held, Place(name="it")) is not None
    assert list(notes()) == []
    engine.next_run()
    there = picture(bench)
    again = engine.create(kind, "it", given)
    engine.next_run()
    engine.delete(kind, "it", again)
    assert picture(bench) == there


@pytest.mark.parametrize(("kind", "given"), BOTH)
def test_without_a_refresh_the_note_speaks_for_the_next_create(bench: Bench, kind: str, given: dict[str, Any]) -> None:
    """It cannot be told from that of a run that was killed, so what was found at first comes back."""
    found, engine = picture(bench), Engine(bench)
    engine.create(kind, "it", given)
    engine.next_run()
    again = engine.create(kind, "it", given)
    engine.next_run()
    engine.delete(kind, "it", again)
    assert picture(bench) == found
