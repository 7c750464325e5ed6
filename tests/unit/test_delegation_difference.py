"""What counts as a change of a KerberosDelegation, and what as another one."""

from __future__ import annotations

from typing import Any

import pytest

from hyperv_migration.model.difference import Difference
from hyperv_migration.model.unknown import UNKNOWN
from hyperv_migration.operations import delegation

INPUTS, _ = delegation.check({"source": "HV01", "destinations": ["HV02", "HV03"]})
STATE: dict[str, Any] = {
    **INPUTS,
    "managed": sorted(INPUTS),
    "sourceGuid": "457f7cd0-18c1-5e04-a012-c99d6eeec3d0",
    "sourceNames": [
        "457f7cd0-18c1-5e04-a012-c99d6eeec3d0",
        "cn=hv01,cn=computers,dc=lab,dc=test",
        "hv01",
        "hv01$",
        "hv01.lab.test",
    ],
    "destinationAccounts": {
        "guid-2": {"declared": "HV02", "names": ["hv02", "hv02$", "hv02.lab.test"], "servicePrincipalNames": []},
        "guid-3": {"declared": "HV03", "names": ["hv03", "hv03$", "hv03.lab.test"], "servicePrincipalNames": []},
    },
}


def changed(**news: Any) -> Difference:
    """Compare the state with a program that differs in these inputs."""
    return delegation.diff(STATE, {name: value for name, value in {**INPUTS, **news}.items() if value is not None})


def test_the_same_program_is_no_change() -> None:
    """A second preview is empty."""
    assert changed() == Difference()


@pytest.mark.parametrize(
    "source",
    [
        "hv01",
        "HV01$",
        "hv01.lab.test.",
        "CN=HV01,CN=Computers,DC=lab,DC=test",
        "{457F7CD0-18C1-5E04-A012-C99D6EEEC3D0}",
    ],
)
def test_another_spelling_of_the_source_is_no_change(source: str) -> None:
    """The state knows every name of the account."""
    assert changed(source=source) == Difference()


@pytest.mark.parametrize("source", ["HV09", "hv01.other.test", UNKNOWN])
def test_another_source_or_one_not_known_yet_is_another_delegation(source: Any) -> None:
    """The identity is the source's account."""
    assert changed(source=source) == Difference(changed=("source",), replaced=("source",))


def test_respelled_and_reordered_destinations_are_no_change() -> None:
    """The list means a set of accounts."""
    assert changed(destinations=["hv03.lab.test", "HV02$"]) == Difference()


def test_respelled_services_are_no_change() -> None:
    """Service classes are compared without case and order."""
    assert changed(services=["microsoft virtual system migration service", "CIFS"]) == Difference()


@pytest.mark.parametrize("destinations", [["HV02"], ["HV02", "HV03", "HV04"], ["HV02", UNKNOWN], UNKNOWN])
def test_other_destinations_are_an_update(destinations: Any) -> None:
    """Destinations change in place."""
    assert changed(destinations=destinations) == Difference(changed=("destinations",))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("services", ["cifs"]),
        ("protocolTransition", False),
        ("replaceUnconstrained", True),
        ("waitForReplication", "None"),
        ("onDestroy", "RemoveDeclared"),
        ("purgeTickets", UNKNOWN),
        ("profile", "branch"),
    ],
)
def test_every_other_input_is_an_update_under_its_name(name: str, value: Any) -> None:
    """The preview names what changes."""
    assert changed(**{name: value}) == Difference(changed=(name,))


def test_a_change_that_has_not_arrived_everywhere_is_completed_by_the_next_update() -> None:
    """A state that waits for domain controllers is not finished."""
    waiting = {**STATE, "pendingReplication": ["dc2.lab.test"]}
    assert delegation.diff(waiting, INPUTS) == Difference(changed=("waitForReplication",))


def test_a_program_that_does_not_wait_has_nothing_to_complete() -> None:
    """None means that arrival is somebody else's business."""
    news = {**INPUTS, "waitForReplication": "None"}
    assert delegation.diff({**STATE, **news, "pendingReplication": ["dc2.lab.test"]}, news) == Difference()
