"""A YAML program run by the real engine from the command line, with our plugin: what every other language does."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from support.engine import PASSPHRASE, engine_folder


class YamlProject:
    """One project folder with one stack; each operation is one run of the `pulumi` command."""

    def __init__(self, folder: Path, configuration: Mapping[str, Any], password: str) -> None:
        """Make the folder and its stack, configured for a lab; the password is in the environment only."""
        self.folder = folder / "project"
        home, state = folder / "home", folder / "state"
        for made in (self.folder, home, state):
            made.mkdir(parents=True)
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("NTLM_")},
            "PATH": os.pathsep.join([str(engine_folder()), str(Path(sys.executable).parent), os.environ["PATH"]]),
            "PULUMI_HOME": str(home),
            "PULUMI_BACKEND_URL": f"file://{state}",
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            "HYPERV_MIGRATION_PASSWORD": password,
        }
        self.program({})
        self.run("stack", "init", "test")
        config = {"config": {f"hyperv-migration:{name}": value for name, value in configuration.items()}}
        with (self.folder / "Pulumi.test.yaml").open("a") as file:
            yaml.safe_dump(config, file)

    def program(self, resources: Mapping[str, Any], outputs: Mapping[str, str] | None = None) -> None:
        """Write the program."""
        whole = {"name": "story", "runtime": "yaml", "resources": dict(resources), "outputs": dict(outputs or {})}
        (self.folder / "Pulumi.yaml").write_text(yaml.safe_dump(whole))

    def run(self, *arguments: str, fails: bool = False) -> str:
        """Run one command and return all it printed; a crash of the plugin is never fine."""
        done = subprocess.run(
            ["pulumi", "--non-interactive", *arguments], cwd=self.folder, env=self.environment,
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        said = done.stdout + done.stderr
        assert bool(done.returncode) == fails, said
        assert "exited prematurely" not in said
        assert "Traceback" not in said
        return said
