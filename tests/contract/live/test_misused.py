"""`hyperv-migration live` and `readiness` where something is missing: the advice is for a command, and nothing is left."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hyperv_migration.cli import main
from hyperv_migration.live.command import run

if TYPE_CHECKING:
    import pytest

HERE = {"HYPERV_MIGRATION_LIVE_HOST": "hv01.lab.test", "HYPERV_MIGRATION_LIVE_TRANSPORT": "ntlm"}


def test_live_names_the_variable_and_leaves_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It reads no stack, so `pulumi config set` would change nothing."""
    monkeypatch.chdir(tmp_path)
    assert run({**HERE, "HYPERV_MIGRATION_USERNAME": "LAB\\operator"}) == 2
    said = capsys.readouterr().err
    assert "set HYPERV_MIGRATION_PASSWORD" in said
    assert "pulumi config set" not in said
    assert list(tmp_path.iterdir()) == []


def test_readiness_names_the_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whether it was given a file or not."""
    monkeypatch.delenv("HYPERV_MIGRATION_PASSWORD", raising=False)
    keys = tmp_path / "keys.yaml"
    keys.write_text(
        "{username: LAB\\me, winrm: {transport: ntlm}, addresses: {a.lab.test: 127.0.0.1, b.lab.test: 127.0.0.1}}"
    )
    assert main(["readiness", "a.lab.test", "b.lab.test", "--config", str(keys)]) == 3
    said = capsys.readouterr().err
    assert "set HYPERV_MIGRATION_PASSWORD" in said
    assert "pulumi config set" not in said
