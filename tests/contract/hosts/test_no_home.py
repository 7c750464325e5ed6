"""An account without a home, as in a container that runs under any number: work goes on, and what is lost is said once."""

from __future__ import annotations

import pwd
from pathlib import Path

import pytest

from hyperv_migration.operations.journal import NoStateFolder, default_folder
from support.hosts import Bench

HOST = {"computerName": "hv01.lab.test", "enabled": True}


def _nobody_knows(_uid: int) -> None:
    raise KeyError(_uid)


@pytest.mark.parametrize("relative", [None, "state", "./state", "~/state"])
def test_work_goes_on_without_a_home(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, relative: str | None
) -> None:
    """No HOME, no entry for the uid, and at most a relative XDG_STATE_HOME, which counts for nothing."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HOME")
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setattr(pwd, "getpwuid", _nobody_knows)
    if relative is not None:
        monkeypatch.setenv("XDG_STATE_HOME", relative)
    with pytest.raises(NoStateFolder):
        default_folder()
    id_, state = bench.create("MigrationHost", **HOST)
    bench.create("MigrationNetwork", computerName="hv01.lab.test", subnet="192.168.10.0/24")
    bench.delete("MigrationHost", id_, state)
    assert ["state folder of this user cannot be used" in said for said in bench.said.warnings].count(True) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_relative_state_folder_is_ignored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As the specification says: it would be another folder in each project."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", "state")
    assert default_folder() == tmp_path / ".local" / "state" / "pulumi-hyperv-migration" / "journal"
