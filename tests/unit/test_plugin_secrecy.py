"""How far a secret input reaches on the plugin face (pulumi-protocol.md §4, §6)."""

from __future__ import annotations

from typing import Any

import pytest

from hyperv_migration.faces.plugin.secrecy import secret_names, told_safely
from hyperv_migration.faces.plugin.wire import Properties
from hyperv_migration.model.declaration import Failure
from hyperv_migration.operations.resources import RESOURCES


@pytest.mark.parametrize(
    ("secret", "value", "outputs", "wrapped"),
    [
        ("computerName", "hv01.lab.test", {"host": "HV01.lab.test", "domain": "lab.test"}, {"host"}),
        ("enabled", True, {"writtenSettings": {"enabled": True}, "osBuild": 20348}, {"writtenSettings"}),
        ("priority", 5, {"writtenPriority": 5, "preexisting": False}, {"writtenPriority"}),
        (
            "destinations",
            ["hv02"],
            {"servicePrincipalNames": ["cifs/HV02"], "sourceDn": "CN=HV01"},
            {"servicePrincipalNames"},
        ),
        ("subnet", "192.168.10.0/24", {"instanceId": "Microsoft:1"}, set()),
    ],
)
def test_an_output_that_tells_a_secret_input_is_as_secret(
    secret: str, value: Any, outputs: dict[str, Any], wrapped: set[str]
) -> None:
    """By its value, by the key it is kept under, or by its own name."""
    given = Properties(values={secret: value}, secrets=frozenset({secret}))
    assert secret_names(given, outputs) == {secret} | wrapped


def test_without_a_secret_nothing_is_wrapped() -> None:
    """Nobody should find outputs hidden without a reason."""
    given = Properties(values={"computerName": "hv01.lab.test"})
    assert secret_names(given, {"host": "hv01.lab.test"}) == frozenset()


@pytest.mark.parametrize(
    ("kind", "inputs"),
    [
        ("MigrationHost", {"computerName": "hv01", "authenticationType": "Planted-9"}),
        ("MigrationHost", {"computerName": "hv01", "maximumStorageMigrations": -98765}),
        ("MigrationHost", {"computerName": "hv01", "maximumStorageMigrations": 98765.5}),
        ("MigrationHost", {"computerName": "hv01", "networks": ["Planted-9"]}),
        ("MigrationNetwork", {"computerName": "hv01", "subnet": "10.98.76.5/24"}),
        ("MigrationNetwork", {"computerName": "hv01", "subnet": "Planted-9"}),
        ("KerberosDelegation", {"source": "Planted-9", "destinations": ["planted-9"]}),
        ("KerberosDelegation", {"source": "hv01", "destinations": ["hv02"], "services": ["cifs", "Planted-9/x"]}),
    ],
)
def test_a_failure_about_a_secret_tells_nothing_of_it(kind: str, inputs: dict[str, Any]) -> None:
    """Neither the value, nor what a mask leaves of it, nor a property whose value the engine would print."""
    news = Properties(values=inputs, secrets=frozenset(inputs))
    _, failures = RESOURCES[kind].check(inputs)
    for told in [told_safely(failure, news) for failure in failures]:
        assert told.property_name == ""
        assert [text for text in ("planted", "98765", "10.98.76") if text in told.reason.casefold()] == []


def test_a_failure_about_something_else_is_told_whole() -> None:
    """A secret beside it changes nothing."""
    failure = Failure(property_name="subnet", reason="subnet must not be blank")
    assert told_safely(failure, Properties(values={"profile": "x9"}, secrets=frozenset({"profile"}))) == failure
