"""The plugin's configuration: typed or as JSON text, in clear or secret (pulumi-protocol.md §5)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hyperv_migration.faces.plugin.configured import Configured, own_keys, problem_in
from hyperv_migration.model.errors import InvalidInput
from hyperv_migration.model.unknown import UNKNOWN

TYPED: dict[str, Any] = {
    "username": "LAB\\operator",
    "winrm": {"transport": "ntlm", "port": 5985, "readyTimeout": 7.0},
    "directory": {"domain": "lab.test", "domainControllers": ["dc1.lab.test"]},
    "addresses": {"hv01.lab.test": "127.0.0.1:15985"},
    "profiles": {"branch": {"match": ["*.branch.test"], "username": "BRANCH\\operator"}},
}


def connection(values: dict[str, Any]) -> Any:
    """What a configuration makes of a host in a branch."""
    configured = Configured()
    configured.set(values, in_clear=values)
    assert configured.problem is None
    return configured.targets().connection("hv07.branch.test", None)


def test_typed_values_and_their_json_text_are_the_same() -> None:
    """YAML and explicit providers send the first, stack config and the SDKs the second."""
    as_text = {name: value if isinstance(value, str) else json.dumps(value) for name, value in TYPED.items()}
    assert connection(as_text) == connection(TYPED)


def test_keys_of_others_are_not_ours() -> None:
    """The engine's own, the dynamic host's, and other namespaces' of a stack that moved here."""
    given = {"version": "0.1.0", "__internal": {}, "aws:region": "x", "hyperv-migration:username": "u", "password": "p"}
    assert own_keys(given) == {"username": "u", "password": "p"}


def test_an_unknown_value_is_left_to_the_real_run() -> None:
    """A password that another resource makes is not known in the first preview."""
    values = {"username": "u", "password": UNKNOWN, "winrm": {"port": UNKNOWN}}
    assert problem_in(values) is None
    configured = Configured()
    configured.set(values, in_clear={})
    assert configured.problem is None


def test_a_password_in_clear_is_told_and_blocks_no_delete() -> None:
    """The problem is kept for the next check; a destroy, which calls none, still reaches its targets."""
    configured = Configured()
    configured.set({"password": "Planted-9"}, in_clear={"password": "Planted-9"})
    assert configured.problem is not None
    assert "pulumi config set --secret hyperv-migration:password" in configured.problem
    assert "Planted-9" not in configured.problem
    assert configured.targets().connection("hv01", None).credentials.password == "Planted-9"


def test_what_cannot_be_read_opens_nothing() -> None:
    """And the sentence names the key."""
    configured = Configured()
    configured.set({"winrm": {"port": "Planted-9"}}, in_clear={})
    with pytest.raises(InvalidInput, match=r"hyperv-migration:winrm\.port") as refused:
        configured.targets()
    assert "Planted-9" not in str(refused.value)
