"""A password that was not given as a secret is refused on both faces, whatever it looks like and wherever it stands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pulumi
import pytest
from pulumi.runtime import config

from hyperv_migration.faces.plugin.configured import Configured
from hyperv_migration.model.configuration import clear_password, clear_password_refusal
from pulumi_hyperv_migration._resource import refuse_clear_password

PASSWORDS = ["Planted-9", '{"a":1}', "null", '["x"]', "17", "true", '"quoted"', "{", " "]
"""Texts that are also JSON are passwords as good as any."""


def everywhere(password: Any) -> list[tuple[dict[str, Any], str]]:
    """Every place a password can stand in, with its path."""
    own = {"directory": {"password": password}}
    return [
        ({"password": password}, "password"),
        ({"directory": {"username": "u", "password": password}}, "directory.password"),
        ({"profiles": {"branch": {"password": password}}}, "profiles.branch.password"),
        ({"profiles": {"ok": {"username": "u"}, "b-1": own}}, "profiles.b-1.directory.password"),
        ({"profiles": {"branch.a": own}}, 'profiles["branch.a"].directory.password'),
        (
            {"profiles": {"branch": {"directory": json.dumps({"password": password})}}},
            "profiles.branch.directory.password",
        ),
    ]


@pytest.fixture(autouse=True)
def no_stack() -> Iterator[None]:
    """The stack configuration of the process is that of the test."""
    yield
    config.set_all_config({})


def as_text(values: dict[str, Any]) -> dict[str, str]:
    """As stack configuration travels."""
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in values.items()}


@pytest.mark.parametrize("password", PASSWORDS)
def test_a_clear_password_is_found_whatever_it_looks_like(password: str) -> None:
    """Typed, and as JSON text."""
    for values, path in everywhere(password):
        assert (clear_password(values), clear_password(as_text(values))) == (path, path)


@pytest.mark.parametrize("password", PASSWORDS)
def test_both_faces_refuse_it_in_the_same_words(password: str) -> None:
    """The plugin is told which values are secret with each of them, the SDK asks the engine's list."""
    for values, path in everywhere(password):
        configured = Configured()
        configured.set(as_text(values), in_clear=as_text(values))
        config.set_all_config({f"hyperv-migration:{name}": value for name, value in as_text(values).items()})
        with pytest.raises(pulumi.RunError) as refused:
            refuse_clear_password()
        assert str(refused.value) == configured.problem
        assert f"hyperv-migration:{path} is given in clear" in str(refused.value)
        assert password not in str(refused.value) or password in {" ", "{"}


@pytest.mark.parametrize("password", [17, True, {"a": 1}, ["x"], 0, False])
def test_a_value_of_any_type_is_no_less_of_a_secret(password: Any) -> None:
    """An explicit provider sends values with their types; what is no text is refused for that too."""
    for values, path in everywhere(password):
        assert clear_password(values) == path
        configured = Configured()
        configured.set(values, in_clear=values)
        assert f"hyperv-migration:{path} is given in clear" in str(configured.problem)


@pytest.mark.parametrize(
    "values",
    [
        {"passwordFile": "secret.txt", "directory": {"domain": "lab.test"}, "profiles": {}},
        {"password": "", "directory": {"password": None}},
        {"directory": "password", "profiles": ["password"], "winrm": {"transport": "ntlm"}},
        {"profiles": {"password": {"match": ["password"]}}, "addresses": {"password": "127.0.0.1"}},
    ],
)
def test_what_is_no_password_is_none(values: dict[str, Any]) -> None:
    """Not a profile nor a host that is called so, and not an empty one."""
    assert clear_password(values) is None


@pytest.mark.parametrize("password", PASSWORDS)
def test_a_secret_is_no_clear_password(password: str) -> None:
    """Whatever it looks like."""
    config.set_all_config({"hyperv-migration:password": password}, ["hyperv-migration:password"])
    refuse_clear_password()


@pytest.mark.parametrize(
    ("path", "has_variable"), [("password", True), ("profiles.a.password", True), ("directory.password", False)]
)
def test_a_variable_is_named_only_where_there_is_one(path: str, has_variable: bool) -> None:
    """The directory's own password has none."""
    assert ("HYPERV_MIGRATION_PASSWORD" in clear_password_refusal(path)) is has_variable
