"""What other projects test, and what users ran into, as data: played against emulated hosts and the embedded directory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from contract.field_cases.delegation_cases import DELEGATION_CASES
from contract.field_cases.host_cases import HOST_CASES
from contract.field_cases.network_cases import NETWORK_CASES
from contract.field_cases.player import Case, Player, Step, delegation
from hyperv_migration.directory.computers import disconnect
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.scenario import Directory, Host
from support.callers import Caller
from support.hosts import Bench, scenario


@pytest.fixture
def player_of(caller: Caller) -> Iterator[object]:
    """Start a lab for a case, once for each face, with a second host and a directory; stopped at the end."""
    with ExitStack() as stack:

        def start(case: Case) -> Player:
            directory = Directory() if case in DELEGATION_CASES else None
            hosts = (case.host, Host(name="HV02"))
            lab = stack.enter_context(Lab(scenario(*hosts, directory=directory, computers=case.computers)))
            given = {name: value for name, value in lab.configuration().items() if name != "password"}
            bench = Bench(lab, caller, **given)
            stack.callback(disconnect)
            stack.callback(bench.new_run)
            bench.new_run()
            return Player(bench)

        yield start


@pytest.mark.parametrize("case", [*NETWORK_CASES, *HOST_CASES, *DELEGATION_CASES], ids=str)
def test_case_ends_as_its_source_says(player_of: object, case: Case) -> None:
    """After each step: the end state, and the number of writes it cost."""
    player = player_of(case)  # type: ignore[operator]
    for step in case.steps:
        player.play(step)


def test_no_list_is_ever_replaced_or_cleared(player_of: object) -> None:
    """Replace and Clear of the scripts are never sent: values are added and deleted one by one (Set-KCD.ps1, C33)."""
    case = next(case for case in DELEGATION_CASES if case.number == "C33")
    player = player_of(case)  # type: ignore[operator]
    for step in (*case.steps, Step(do="up", program=delegation("HV02"), writes=1), Step(do="destroy", writes=1)):
        player.play(step)
    directory = player.bench.lab.directory
    assert directory is not None
    sent = [change for modify in directory.journal.operations("modify") for change in modify.changes]
    assert {change["action"] for change in sent} == {"add", "delete"}
    assert [change for change in sent if not change["values"]] == []
