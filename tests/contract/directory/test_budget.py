"""How many LDAP operations each operation costs on the domain controller that is written to (DESIGN §5)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from contract.directory.domains import Embedded, call_to, next_run, scenario
from hyperv_migration.directory.computers import disconnect
from hyperv_migration.lab.directory import EmbeddedDirectory
from hyperv_migration.operations import delegation
from hyperv_migration.operations.ports import Call

MORE = [f"HV{number:02}" for number in range(3, 11)]


@pytest.fixture
def many() -> Iterator[EmbeddedDirectory]:
    """A directory with ten hosts."""
    with EmbeddedDirectory(scenario(MORE)) as running:
        yield running
        disconnect()


@pytest.fixture
def call(many: EmbeddedDirectory) -> Call:
    """A call in a process that is signed in and knows the domain controllers already."""
    found, _ = call_to(Embedded(many).connection())
    found.targets.directory("HV01", None).replicas(None)
    many.journal.reset()
    return found


def cost(directory: EmbeddedDirectory) -> list[str]:
    """Return the kinds of the operations since the last look."""
    kinds = [operation.kind for operation in directory.journal.operations()]
    directory.journal.reset()
    return kinds


@pytest.mark.parametrize("destinations", [["HV02"], ["HV02", *MORE[:7]]], ids=["one", "eight"])
def test_the_cost_does_not_grow_with_the_destinations(
    many: EmbeddedDirectory, call: Call, destinations: list[str]
) -> None:
    """Two searches, one modify and one read for create and update; two searches to refresh; three operations to destroy."""
    given, _ = delegation.check({"source": "HV01", "destinations": destinations})
    id_, state = delegation.create(given, call)
    costs = [cost(many)]
    delegation.read(id_, state, call)
    costs.append(cost(many))
    state = delegation.update(id_, state, {**given, "services": ["cifs"]}, call)
    costs.append(cost(many))
    call = next_run(call)
    delegation.delete(id_, state, call)
    costs.append(cost(many))
    assert costs == [
        ["search", "search", "modify", "search"],
        ["search", "search"],
        ["search", "search", "modify", "search"],
        ["search", "modify", "search"],
    ]


def test_an_update_that_changes_nothing_only_looks(many: EmbeddedDirectory, call: Call) -> None:
    """Options that govern the provider write nothing."""
    given, _ = delegation.check({"source": "HV01", "destinations": ["HV02"]})
    id_, state = delegation.create(given, call)
    cost(many)
    delegation.update(id_, state, {**given, "onDestroy": "RemoveDeclared"}, call)
    assert cost(many) == ["search", "search"]


def test_an_account_that_is_gone_costs_one_more_read(many: EmbeddedDirectory, call: Call) -> None:
    """Absence is believed only where the domain itself can be read."""
    given, _ = delegation.check({"source": "HV01", "destinations": ["HV02"]})
    id_, state = delegation.create(given, call)
    many.administrator.delete_computer("HV01")
    cost(many)
    assert delegation.read(id_, state, call) is None
    assert cost(many) == ["search", "search"]


def test_a_lost_race_costs_a_modify_and_a_read_more(many: EmbeddedDirectory, call: Call) -> None:
    """The plan is made anew from what is there."""
    many.inject("lost-race", act={"act": "set_user_account_control", "computer": "HV01", "value": 0x11000})
    given, _ = delegation.check({"source": "HV01", "destinations": ["HV02"]})
    delegation.create(given, call)
    assert cost(many) == ["search", "search", "modify", "search", "modify", "search"]
    assert many.administrator.read("HV01")["userAccountControl"] == 0x1011000
