"""Every fault against every operation of every resource: true states, a next run that converges, nothing lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from contract.faults.cells import Cell, possible
from contract.faults.life import live_through
from contract.faults.strikes import strikes
from contract.faults.subjects import SLOW, subject_of, variants
from support.callers import Caller

ELSEWHERE = ("killed", "stalled")
CELLS = [cell for cell in possible() if cell.row.name not in ELSEWHERE]
SHARED = {*SLOW, "unauthorized", "server-error"}
FACES = ("dynamic", "plugin")


def lives() -> Iterator[Any]:
    """Each cell through both faces: run again afterwards on each, and destroyed on one of them.

    Where faults take their time or strike each message twice, the one who runs again and the one who destroys share the
    faces.
    """
    for number, cell in enumerate(CELLS):
        one, other = (0, 1) if number % 2 else (1, 0)
        yield pytest.param(one, cell, False, id=f"{cell.name}-run-again-{FACES[one]}")
        yield pytest.param(other, cell, True, id=f"{cell.name}-destroy-{FACES[other]}")
        if cell.row.name not in SHARED:
            yield pytest.param(other, cell, False, id=f"{cell.name}-run-again-{FACES[other]}")


@pytest.mark.parametrize(("caller", "cell", "give_up"), list(lives()), indirect=["caller"])
def test_the_state_stays_true_and_the_target_comes_back(caller: Caller, cell: Cell, *, give_up: bool) -> None:
    """At whichever message the fault strikes (see `live_through`), once or until it is cleared."""
    met = 0
    wrong: list[str] = []
    for variant in variants(cell.resource):
        for strike in strikes(cell, variant):
            with subject_of(cell.resource, variant, caller, cell.row.name) as subject:
                try:
                    live_through(subject, cell, strike, give_up=give_up)
                except Exception as error:  # noqa: BLE001 - every place is to be tried and named
                    wrong.append(f"{variant}, {strike.label}: {type(error).__name__} {error}")
            met += 1
    assert not wrong, "\n".join(wrong)
    assert met > 0
