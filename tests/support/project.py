"""A project folder with one stack, worked on by the `pulumi` command: what a user types, one run each."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
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
        return _without_a_crash(said)

    def interrupted(self, *arguments: str, when: Callable[[], object]) -> tuple[str, float]:
        """Run one command and press ^C at an event; gives what it printed and the seconds it took to end then."""
        with (self.folder / "printed.txt").open("w+") as printed:
            # A terminal sends ^C to the whole process group, so the command has one of its own.
            command = subprocess.Popen(
                ["pulumi", "--non-interactive", *arguments], cwd=self.folder, env=self.environment,
                stdout=printed, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
            ends = time.monotonic() + 60
            while not when() and command.poll() is None and time.monotonic() < ends:
                time.sleep(0.05)
            pressed = time.monotonic()
            os.killpg(command.pid, signal.SIGINT)
            command.wait(60)
            took = time.monotonic() - pressed
            printed.seek(0)
            said = printed.read()
        assert command.returncode, said
        return _without_a_crash(said), took

    def resources(self) -> dict[str, dict[str, Any]]:
        """The program's resources in the state by logical name."""
        deployment = json.loads(self.run("stack", "export"))["deployment"]
        kept = deployment.get("resources", [])
        return {one["urn"].rpartition("::")[2]: one for one in kept if not one["type"].startswith("pulumi:")}

    def state_files(self) -> str:
        """Every byte the backend keeps, as text."""
        state = Path(self.environment["PULUMI_BACKEND_URL"].removeprefix("file://"))
        kept = sorted(path for path in state.rglob("*") if path.is_file())
        return "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in kept)


def _without_a_crash(said: str) -> str:
    assert "exited prematurely" not in said
    assert "Traceback" not in said
    return said
