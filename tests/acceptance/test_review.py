"""`pulumi preview --json | hyperv-migration review` with the real engine, on both faces."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hyperv_migration.lab.lab import Lab
from support.hosts import PASSWORD
from support.project import Project
from support.python_project import PythonProject
from support.yaml_project import YamlProject

pytestmark = pytest.mark.engine

COMMAND = Path(sys.executable).parent / "hyperv-migration"
PYTHON = """
net = MigrationNetwork("net", computer_name="hv01.lab.test", subnet="192.168.10.0/24", priority=5)
MigrationHost("host", computer_name="hv01.lab.test", enabled=True, performance_option="{option}", networks=[net.id])
KerberosDelegation("there", source="hv01.lab.test", destinations=["hv02.lab.test"])
"""


def yaml_program(option: str) -> dict[str, object]:
    """The same program in YAML."""
    host = {"computerName": "hv01.lab.test", "enabled": True, "performanceOption": option, "networks": ["${net.id}"]}
    network = {"computerName": "hv01.lab.test", "subnet": "192.168.10.0/24", "priority": 5}
    delegation = {"source": "hv01.lab.test", "destinations": ["hv02.lab.test"]}
    return {
        "net": {"type": "hyperv-migration:MigrationNetwork", "properties": network},
        "host": {"type": "hyperv-migration:MigrationHost", "properties": host},
        "there": {"type": "hyperv-migration:KerberosDelegation", "properties": delegation},
    }


def program(project: Project, option: str) -> None:
    """Write the program of the project's face."""
    if isinstance(project, YamlProject):
        project.program(yaml_program(option))
    elif isinstance(project, PythonProject):
        project.program(PYTHON.format(option=option))


def reviewed(project: Project, *options: str) -> str:
    """What a pipeline makes of a preview."""
    preview = ["pulumi", "--non-interactive", "preview", "--json"]
    with subprocess.Popen(
        preview, cwd=project.folder, env=project.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as engine:
        done = subprocess.run(
            [COMMAND, "review", *options], stdin=engine.stdout, capture_output=True, text=True, check=False, timeout=300
        )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize("face", [PythonProject, YamlProject])
def test_a_preview_is_piped_into_a_review(
    engine: Path, lab: Lab, tmp_path: Path, face: type[PythonProject | YamlProject]
) -> None:
    """A create, a change, nothing, and the end; the password and the lab's addresses are in none of them."""
    assert engine.is_dir()
    project = face(tmp_path, lab.configuration(), PASSWORD)
    program(project, "Compression")
    created = reviewed(project)
    assert "**1 host and 1 directory account: 3 to create.**" in created
    assert "Add-VMMigrationNetwork -Subnet 192.168.10.0/24 -Priority 5 -ComputerName hv01.lab.test" in created
    project.run("up", "--yes")
    assert "**No change to any host or directory account.**" in reviewed(project)
    program(project, "SMB")
    changed = reviewed(project)
    assert "- `performanceOption`: `Compression` → **`SMB`**" in changed
    assert "Set-VMHost -ComputerName hv01.lab.test -VirtualMachineMigrationPerformanceOption SMB" in changed
    paper = reviewed(project, "--format", "html")
    assert "<code>SMB</code>" in paper
    for text in (created, changed, paper):
        assert PASSWORD not in text
        assert "127.0.0.1" not in text
        assert str(tmp_path) not in text
    project.run("destroy", "--yes")
