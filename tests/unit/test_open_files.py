"""Files with secrets that others on this machine may read: used, and warned of once a run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from hyperv_migration.model.configuration import read_configuration
from hyperv_migration.operations.run import Run
from hyperv_migration.wiring import WiredTargets

pytestmark = pytest.mark.skipif(os.name != "posix", reason="rights are no bits there")


def warned(run: Run, environment: dict[str, str] | None = None, **keys: Any) -> list[str]:
    """What connections to two hosts warn of."""
    said: list[str] = []
    targets = WiredTargets(read_configuration(keys), environment or {}, run=run, warn=said.append)
    for host in ("hv01.corp.example", "hv02.corp.example"):
        targets.connection(host, None)
    return said


def secret_file(folder: Path, mode: int) -> str:
    """A file with these rights."""
    path = folder / "secret"
    path.write_text("hunter2\n")
    path.chmod(mode)
    return str(path)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o444])
@pytest.mark.parametrize("setting", ["passwordFile", "winrm.clientKeyFile"])
def test_an_open_file_is_warned_of_once_a_run(tmp_path: Path, setting: str, mode: int) -> None:
    """By the setting, the path and what to type; the next run says it again."""
    path = secret_file(tmp_path, mode)
    keys: dict[str, Any] = (
        {"passwordFile": path}
        if setting == "passwordFile"
        else {"winrm": {"clientCertFile": path, "clientKeyFile": path}}
    )
    run = Run()
    [said] = warned(run, **keys)
    assert setting in said
    assert f"chmod 600 {path}" in said
    assert "hunter2" not in said
    assert warned(run, **keys) == []
    assert len(warned(Run(), **keys)) == 1


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o711])
def test_a_file_of_ones_own_is_not_spoken_of(tmp_path: Path, mode: int) -> None:
    """Neither is one that may be executed only."""
    assert warned(Run(), passwordFile=secret_file(tmp_path, mode)) == []


def test_a_file_that_is_not_used_is_not_spoken_of(tmp_path: Path) -> None:
    """The environment wins over it."""
    open_file = secret_file(tmp_path, 0o644)
    assert warned(Run(), {"HYPERV_MIGRATION_PASSWORD": "other"}, passwordFile=open_file) == []
