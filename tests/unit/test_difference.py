"""What counts as a change: one property, one entry; respelling a name is no other thing; unknown never crashes."""

from __future__ import annotations

from typing import Any

import pytest

from hyperv_migration.model.declaration import check
from hyperv_migration.model.difference import Difference, declared_inputs, managed_names
from hyperv_migration.model.host import HOST, difference
from hyperv_migration.model.unknown import UNKNOWN

# C16: dsccommunity/HyperVDsc tests/Unit/DSC_VMHost.Tests.ps1 L70-127, the host as found and each property once wrong.
DECLARED = {
    "computerName": "hv01.corp.example",
    "enabled": True,
    "authenticationType": "CredSSP",
    "performanceOption": "TCPIP",
    "maximumVirtualMachineMigrations": 2,
    "maximumStorageMigrations": 2,
    "useAnyNetwork": False,
}
WRONG = {
    "enabled": False,
    "authenticationType": "Kerberos",
    "performanceOption": "SMB",
    "maximumVirtualMachineMigrations": 1,
    "maximumStorageMigrations": 1,
    "useAnyNetwork": True,
}


def _state(news: dict[str, Any], **live: Any) -> dict[str, Any]:
    return {**news, "managed": managed_names(news), "host": "hv01.corp.example", **live}


def _checked(**news: Any) -> dict[str, Any]:
    checked, failures = check(HOST, {"computerName": "hv01.corp.example", **news})
    assert failures == []
    return checked


def test_nothing_changed_is_no_difference() -> None:
    """A host as it was declared differs in nothing (C16)."""
    news = _checked(**DECLARED)
    assert difference(_state(news), news) == Difference()


@pytest.mark.parametrize("name", sorted(WRONG))
def test_one_changed_property_is_one_entry(name: str) -> None:
    """Each property that drifted is told by its own name, `enabled` too, which C16's own table misses."""
    news = _checked(**DECLARED)
    assert difference(_state(news, **{name: WRONG[name]}), news) == Difference(changed=(name,))


@pytest.mark.parametrize("name", sorted(WRONG))
def test_undeclared_property_never_differs(name: str) -> None:
    """C22: performance is declared, authentication is not, so what authentication is does not matter."""
    news = _checked(**{other: value for other, value in DECLARED.items() if other != name})
    assert difference(_state(news, **{name: WRONG[name]}), news) == Difference()


@pytest.mark.parametrize(("name", "value"), [("enabled", False), ("maximumStorageMigrations", 0)])
def test_false_and_zero_are_told_from_unset(name: str, value: Any) -> None:
    """C19: to false and to 0 are changes; from unset to false as well, though the host happens to show it."""
    assert difference(_state(_checked(**DECLARED)), _checked(**{**DECLARED, name: value})) == Difference(
        changed=(name,)
    )
    assert difference(_state(_checked(), **{name: value}), _checked(**{name: value})) == Difference(changed=(name,))


def test_released_property_is_a_change() -> None:
    """What is kept for the undo changes with it, so the state has to be written."""
    assert difference(_state(_checked(enabled=True)), _checked()) == Difference(changed=("enabled",))


def test_setting_that_the_host_did_not_show_differs() -> None:
    """A build without the property reads back nothing: declared, it never counts as right."""
    news = _checked(performanceOption="SMB")
    state = {name: value for name, value in _state(news).items() if name != "performanceOption"}
    assert difference(state, news) == Difference(changed=("performanceOption",))


def test_ordering_alone_is_no_difference() -> None:
    """`networks` orders resources; a changed list writes nothing to the host."""
    news = _checked(enabled=True, networks=["hv01.corp.example/10.0.0.0/24"])
    assert difference(_state(_checked(enabled=True)), news) == Difference()


@pytest.mark.parametrize("spelling", ["HV01.corp.example", "hv01.corp.example.", "HV01", "hv01"])
def test_respelled_host_is_the_same_machine(spelling: str) -> None:
    """The FQDN in the state or its first label is the same machine (DESIGN §3): an update, never a replace."""
    news = {**_checked(), "computerName": spelling}
    assert difference(_state(_checked()), news) == Difference(changed=("computerName",))


@pytest.mark.parametrize("other", ["hv02.corp.example", "hv01.other.example", "hv1", "10.0.0.5", UNKNOWN])
def test_another_or_unknown_host_is_another_machine(other: Any) -> None:
    """An identity that is not known yet counts as another one (pulumi-protocol.md §7)."""
    news = {**_checked(), "computerName": other}
    assert difference(_state(_checked()), news) == Difference(changed=("computerName",), replaced=("computerName",))


def test_host_is_recognised_by_its_own_name_behind_an_alias() -> None:
    """A state made through an alias knows the FQDN, so naming the host properly later is no replace."""
    state = {**_state(_checked()), "computerName": "migration-alias.corp.example"}
    assert difference(state, _checked()) == Difference(changed=("computerName",))


def test_unknown_setting_differs_and_does_not_crash() -> None:
    """C47, pulumi/examples#1116: unknown inputs crashed previews."""
    news = {**_checked(enabled=True), "enabled": UNKNOWN}
    assert difference(_state(_checked(enabled=True)), news) == Difference(changed=("enabled",))


def test_state_without_anything_differs_in_all_that_is_declared() -> None:
    """A state as an import leaves it names nothing as managed."""
    news = _checked(enabled=True)
    found = difference({"computerName": "hv01.corp.example", "host": "hv01.corp.example", "enabled": True}, news)
    assert set(found.changed) == {"enabled", "onDestroy", "allowClustered", "allowCredSspWithCredentialGuard"}
    assert found.replaced == ()


def test_refresh_returns_the_declared_inputs_at_live_values() -> None:
    """Drift shows in the inputs (P44), and only in those the program declares."""
    state = _state(_checked(enabled=True), enabled=False, performanceOption="SMB")
    assert declared_inputs(HOST, state) == {**_checked(), "enabled": False}


def test_difference_is_true_where_something_changed() -> None:
    """Who asks whether there is a difference asks for a truth value."""
    assert (bool(Difference()), bool(Difference(changed=("enabled",)))) == (False, True)
