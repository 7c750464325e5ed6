"""The command on a console of another code page."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("encoding", ["cp1252", "cp437", "ascii"])
@pytest.mark.parametrize("command", ["lab", "readiness"])
def test_what_a_console_cannot_show_is_spelled_out(tmp_path: Path, command: str, encoding: str) -> None:
    """No traceback, and the exit status is that of the command."""
    named = tmp_path / "東京.toml"
    arguments = [str(named)] if command == "lab" else ["hv01.lab.test", "hv02.lab.test", "--config", str(named)]
    done = subprocess.run(
        [sys.executable, "-m", "hyperv_migration.cli", command, *arguments],
        env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == {"lab": 2, "readiness": 3}[command]
    assert b"Traceback" not in done.stderr
    assert b"\\u6771\\u4eac.toml" in done.stderr
