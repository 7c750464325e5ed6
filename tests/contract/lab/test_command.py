from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

SCENARIO = """
[[accounts]]
name = "operator"
password = "Planted-Pa55word"
[directory]
[[hosts]]
name = "HV01"
"""


class Command:
    """The command in a process of its own."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        environment = {name: value for name, value in os.environ.items() if name != "NTLM_USER_FILE"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hyperv_migration.cli", "lab", *arguments],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def announcement(self) -> str:
        """Read what is printed until the lab runs."""
        lines = []
        assert self.process.stdout is not None
        for line in self.process.stdout:
            lines.append(line)
            if line.startswith("Ctrl-C"):
                break
        return "".join(lines)

    def end(self, kind: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and give the exit status."""
        self.process.send_signal(kind)
        return self.wait()

    def wait(self) -> int:
        """Wait for the end."""
        self.output, self.errors = self.process.communicate(timeout=30)
        return self.process.returncode


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder with a scenario."""
    (tmp_path / "lab.toml").write_text(SCENARIO)
    return tmp_path


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_lab_runs_until_it_is_interrupted(folder: Path, kind: signal.Signals) -> None:
    """It says what listens where and how a stack is configured, without the password; then it ends with 0."""
    command = Command(folder, "lab.toml")
    said = command.announcement()
    url = re.search(r"http://127\.0\.0\.1:\d+/wsman", said)
    control = re.search(r"Control interface: (\S+)", said)
    assert url is not None
    assert control is not None
    with urlopen(f"{control[1]}/hosts/HV01", timeout=10) as answer:
        described = json.load(answer)
    status = command.end(kind)
    assert (described["url"], status, command.errors) == (url[0], 0, "")
    assert r"pulumi config set hyperv-migration:username 'LAB\operator'" in said
    assert "Planted-Pa55word" not in said


def test_stack_file_is_written(folder: Path) -> None:
    """A stack configuration that Pulumi can read, again at the next run."""
    first = Command(folder, "lab.toml", "--write-config", "Pulumi.lab.yaml")
    first.announcement()
    first.end()
    second = Command(folder, "lab.toml", "--write-config", "Pulumi.lab.yaml", "--control-port", "0")
    second.announcement()
    status = second.end()
    lines = (folder / "Pulumi.lab.yaml").read_text().splitlines()
    values = {line.split(": ", 1)[0].strip(): json.loads(line.split(": ", 1)[1]) for line in lines[2:]}
    assert (status, lines[1], values["hyperv-migration:username"]) == (0, "config:", "LAB\\operator")
    assert list(values["hyperv-migration:addresses"]) == ["hv01.lab.test", "dc1.lab.test"]


def test_foreign_stack_file_is_not_overwritten(folder: Path) -> None:
    """It may hold keys and secrets of somebody else."""
    (folder / "Pulumi.dev.yaml").write_text("encryptionsalt: v1:abc\n")
    command = Command(folder, "lab.toml", "--write-config", "Pulumi.dev.yaml")
    assert command.wait() == 2
    assert "Pulumi.dev.yaml is there already" in command.errors
    assert (folder / "Pulumi.dev.yaml").read_text() == "encryptionsalt: v1:abc\n"


def test_scenario_with_a_mistake_ends_with_one_sentence(folder: Path) -> None:
    """No traceback; status 2."""
    (folder / "lab.toml").write_text("domian = 'x'")
    command = Command(folder, "lab.toml")
    assert command.wait() == 2
    assert command.errors == "hyperv-migration lab: lab.toml: domian is no key of a scenario; did you mean domain?\n"


def test_port_in_use_ends_with_one_sentence(folder: Path) -> None:
    """No traceback; status 1."""
    running = Command(folder, "lab.toml")
    port = re.search(r"http://127\.0\.0\.1:(\d+)/wsman", running.announcement())
    assert port is not None
    (folder / "lab.toml").write_text(SCENARIO + f"port = {port[1]}\n")
    command = Command(folder, "lab.toml")
    status = command.wait()
    running.end()
    assert (status, command.errors.count("\n"), "cannot start" in command.errors) == (1, 1, True)


def test_keytab_that_is_not_there_is_told_plainly(folder: Path) -> None:
    """A host with one is not started without it."""
    (folder / "lab.toml").write_text('[[hosts]]\nname = "HV01"\nkeytab = "nowhere.keytab"\n')
    command = Command(folder, "lab.toml")
    assert command.wait() == 2
    assert command.errors == "hyperv-migration lab: the keytab nowhere.keytab is not there\n"
