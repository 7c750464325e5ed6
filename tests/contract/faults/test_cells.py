"""Every fault against every operation of every resource: true states, a next run that converges, nothing lost."""

from __future__ import annotations

import pytest

from contract.faults.cells import Cell, possible
from contract.faults.life import live_through
from contract.faults.strikes import strikes
from contract.faults.subjects import subject_of, variants
from support.callers import Caller

ELSEWHERE = ("killed", "stalled")
CELLS = [cell for cell in possible() if cell.row.name not in ELSEWHERE]


@pytest.mark.parametrize("give_up", [False, True], ids=["run-again", "destroy"])
@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_the_state_stays_true_and_the_target_comes_back(caller: Caller, cell: Cell, *, give_up: bool) -> None:
    """Through both faces, at whichever message the fault strikes (see `live_through`), once or until it is cleared."""
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
