"""The file of NTLM accounts that all servers of a process share."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from hyperv_migration.lab.accounts import VARIABLE, NtlmAccounts
from hyperv_migration.lab.scenario import Account

ALICE, BOB = Account(name="alice", password="a:b\nc"), Account(name="bob", password="second")


def test_the_variable_comes_with_the_first_server_and_goes_with_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was set before is back afterwards."""
    monkeypatch.setenv(VARIABLE, "/somewhere/else")
    accounts = NtlmAccounts()

    first = accounts.register("lab.test", [ALICE], netbios="LAB")
    second = accounts.register("lab.test", [ALICE, BOB], netbios="LAB")
    path = Path(os.environ[VARIABLE])
    accounts.unregister(first)
    still = path.read_text()
    accounts.unregister(second)

    assert "ALICE@LAB.TEST" in still
    assert "LAB\\BOB" in still
    assert not path.exists()
    assert os.environ[VARIABLE] == "/somewhere/else"


def test_the_file_is_private_and_holds_no_password() -> None:
    """Mode 0600, and hashes only."""
    accounts = NtlmAccounts()
    registration = accounts.register("lab.test", [BOB], netbios="LAB")
    path = Path(os.environ[VARIABLE])

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "second" not in path.read_text()

    accounts.unregister(registration)


def test_one_name_has_one_password() -> None:
    """Two servers cannot give the same name different passwords; what was registered first stays."""
    accounts = NtlmAccounts()
    registration = accounts.register("lab.test", [BOB], netbios="LAB")

    with pytest.raises(ValueError, match="BOB"):
        accounts.register("lab.test", [Account(name="bob", password="third")], netbios="LAB")

    accounts.unregister(registration)
    assert VARIABLE not in os.environ


def test_leaving_twice_does_no_harm() -> None:
    """A stop after a stop must not take the file from the others."""
    accounts = NtlmAccounts()
    first = accounts.register("lab.test", [ALICE], netbios="LAB")
    second = accounts.register("lab.test", [BOB], netbios="LAB")

    accounts.unregister(first)
    accounts.unregister(first)

    assert "BOB" in Path(os.environ[VARIABLE]).read_text()
    accounts.unregister(second)
