"""The row "replication stalled" of the table of faults: two real domain controllers, one of which receives nothing."""

from __future__ import annotations

import pytest

from acceptance.replication.conftest import impatient
from contract.faults.cells import Cell, possible
from hyperv_migration.model.errors import PartiallyApplied, TimedOut
from support.callers import Caller, refused
from support.samba_accounts import CONTROLLER, MEMBER, TRUSTED_TO_AUTH_FOR_DELEGATION, service_names
from support.samba_bench import Bench, State
from support.samba_pair import SECOND, Pair

pytestmark = pytest.mark.samba

FOREIGN = "http/web"
BEFORE = ({FOREIGN}, MEMBER)
CIFS = service_names("cifs", "HV02")
DECLARED = {"create": ["cifs"], "update": ["cifs", "http"], "read": ["cifs"], "delete": ["cifs"]}
Held = tuple[str, State]


@pytest.fixture
def bench(pair: Pair, caller: Caller) -> Bench:
    """One resource on the two, through each face in turn."""
    return impatient(pair, caller)


def lists(pair: Pair) -> tuple[tuple[set[str], int], tuple[set[str], int]]:
    """HV01's delegation as each of them has it."""
    return pair.first.delegation("HV01"), pair.second.delegation("HV01")


def begin(pair: Pair, bench: Bench, operation: str) -> Held | None:
    """Bring the resource to where the operation finds it, beside an entry of somebody else; then nothing arrives any more."""
    pair.first.set_delegation("HV01", [FOREIGN], MEMBER)
    pair.converge()
    held = bench.create(services=["cifs"]) if operation in {"update", "delete"} else None
    pair.pause(pair.second)
    return held


def run(bench: Bench, operation: str, held: Held | None) -> Held:
    """Create, or update to what the operation declares."""
    if held is None:
        return bench.create(services=["cifs"])
    return held[0], bench.update(*held, services=DECLARED[operation])


def strike(bench: Bench, operation: str, held: Held | None) -> Held:
    """Run the operation into its deadline; gives what the engine keeps."""
    if operation == "delete":
        assert held is not None
        with refused(TimedOut, match=r"has not reached dc2\.lab\.test.*run the same command again"):
            bench.delete(*held)
        return held
    with refused(PartiallyApplied, match=r"has not reached dc2\.lab\.test") as stalled:
        run(bench, operation, held)
    assert isinstance(stalled.value, PartiallyApplied)
    return stalled.value.id, stalled.value.state


def check_state(pair: Pair, operation: str, state: State) -> None:
    """The state says what the first one has, and that the second one does not have it."""
    assert (state["replicatedTo"], state["pendingReplication"]) == ([CONTROLLER], [SECOND])
    ours = {spn for service in DECLARED[operation] for spn in service_names(service, "HV02")}
    assert set(state["addedServicePrincipalNames"]) == ours
    assert lists(pair)[0] == ({FOREIGN, *ours}, MEMBER | TRUSTED_TO_AUTH_FOR_DELEGATION)


def run_again(pair: Pair, bench: Bench, operation: str, held: Held) -> Held | None:
    """Let replication go on, and run as the engine does."""
    pair.resume(pair.second)
    if operation == "delete":
        bench.delete(*held)
        return None
    if operation == "read":
        pair.converge()
        state = bench.read(*held)
        assert state is not None
    else:
        _, state = run(bench, operation, held)
    assert (state["replicatedTo"], state["pendingReplication"]) == ([CONTROLLER, SECOND], [])
    assert lists(pair)[0] == lists(pair)[1]
    return held[0], state


RUN_AGAIN = [pytest.param(cell, False, id=f"{cell.name}-run-again") for cell in possible("stalled")]
GIVE_UP = [
    pytest.param(cell, True, id=f"{cell.name}-destroy")
    for cell in possible("stalled")
    if cell.operation in {"create", "update"}
]


@pytest.mark.parametrize(("cell", "give_up"), RUN_AGAIN + GIVE_UP)
def test_the_state_stays_true_and_both_come_back(pair: Pair, bench: Bench, cell: Cell, *, give_up: bool) -> None:
    """Whether one runs again or destroys, in the end both have what was there before, and nothing of ours."""
    operation = cell.operation
    held: Held | None = strike(bench, operation, begin(pair, bench, operation))
    assert held is not None
    if operation == "delete":
        assert lists(pair)[0] == BEFORE
    else:
        check_state(pair, operation, held[1])
    if operation == "read":
        seen = bench.read(*held)
        assert seen is not None
        check_state(pair, operation, seen)
    if not give_up:
        held = run_again(pair, bench, operation, held)
    pair.resume(pair.second)
    if held is not None:
        bench.delete(*held)
    pair.converge()
    assert lists(pair) == (BEFORE, BEFORE)
