"""A project folder with one stack, worked on by the `pulumi` command: what a user types, one run each."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from support.engine import PASSPHRASE, engine_folder


class Project:
    """A folder whose Pulumi.yaml is there before the first command."""

    def __init__(self, folder: Path, password: str) -> None:
        """Make the folders; the password is in the environment only."""
        self.folder = folder / "project"
        home, state = folder / "home", folder / "state"
        for made in (self.folder, home, state):
            made.mkdir(parents=True, exist_ok=True)
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("NTLM_")},
            "PATH": os.pathsep.join([str(engine_folder()), str(Path(sys.executable).parent), os.environ["PATH"]]),
            "PULUMI_HOME": str(home),
            "PULUMI_BACKEND_URL": f"file://{state}",
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            "HYPERV_MIGRATION_PASSWORD": password,
        }

    def new_stack(self, configuration: Mapping[str, Any]) -> None:
        """Make the stack and write its configuration, `namespace:key` each."""
        self.run("stack", "init", "test")
        with (self.folder / "Pulumi.test.yaml").open("a") as file:
            yaml.safe_dump({"config": dict(configuration)}, file)

    def run(self, *arguments: str, fails: bool = False) -> str:
        """Run one command and return all it printed; a crash of the plugin is never fine."""
        done = subprocess.run(
            ["pulumi", "--non-interactive", *arguments], cwd=self.folder, env=self.environment,
            capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
        said = done.stdout + done.stderr
        assert bool(done.returncode) == fails, said
        assert "exited prematurely" not in said
        assert "Traceback" not in said
        return said

    def state_files(self) -> str:
        """Every byte the backend keeps, as text."""
        state = Path(self.environment["PULUMI_BACKEND_URL"].removeprefix("file://"))
        kept = sorted(path for path in state.rglob("*") if path.is_file())
        return "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in kept)
