"""^C at the real command line while a target takes connections and never answers, on both faces."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from acceptance.conftest import Labs
from hyperv_migration.lab.hosts.injection import Fault
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.options import Options
from hyperv_migration.lab.scenario import Host
from support.hosts import PASSWORD
from support.project import Project
from support.python_project import PythonProject
from support.yaml_project import YamlProject

pytestmark = pytest.mark.engine

BOUND = 10.0
"""Seconds: two are ours, the rest is for the engine on a busy machine. Without our part it was a minute."""
WELL = "hv02.lab.test"
SILENT = {"computerName": "hv01.lab.test", "enabled": True}
DELEGATION = {"source": "hv01.lab.test", "destinations": [WELL]}


class Listener:
    """Takes connections and says nothing; tells whether there was one."""

    def __init__(self, taken: socket.socket) -> None:
        self._taken, self._connections = taken, []  # type: ignore[var-annotated]
        taken.setblocking(False)
        self.port = taken.getsockname()[1]

    def was_asked(self) -> bool:
        """Whether somebody has connected."""
        try:
            self._connections.append(self._taken.accept()[0])
        except BlockingIOError:
            return bool(self._connections)
        return True

    def close(self) -> None:
        """Let everybody go."""
        for each in self._connections:
            each.close()


@pytest.fixture
def silent() -> Iterator[Listener]:
    """Somebody who takes connections and says nothing."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken, closing(Listener(taken)) as listener:
        yield listener


@pytest.fixture
def lab(lab_of: Labs) -> Lab:
    """HV01, whose jobs do not end, and HV02, which is well."""
    return lab_of(Host(name="HV01", options=Options(job_seconds=600)), Host(name="HV02"))


def declared(face: str, folder: Path, configuration: dict[str, Any], kind: str, inputs: dict[str, Any]) -> Project:
    """A program of one face with the host that is well, and one resource more, which comes after it."""
    if face == "plugin":
        yaml = YamlProject(folder, configuration, PASSWORD)
        well = {"type": "hyperv-migration:MigrationHost", "properties": {"computerName": WELL, "enabled": True}}
        other = {"type": f"hyperv-migration:{kind}", "properties": inputs, "options": {"dependsOn": ["${well}"]}}
        yaml.program({"well": well, "it": other})
        return yaml
    python = PythonProject(folder, configuration, PASSWORD)
    names = {"computerName": "computer_name"}
    arguments = ", ".join(f"{names.get(name, name)}={value!r}" for name, value in inputs.items())
    python.program(
        "from pulumi import ResourceOptions\n\n"
        f'well = MigrationHost("well", computer_name="{WELL}", enabled=True)\n'
        f'{kind}("it", {arguments}, opts=ResourceOptions(depends_on=[well]))\n'
    )
    return python


@pytest.mark.parametrize("face", ["plugin", "dynamic"])
def test_a_host_that_never_answers_does_not_hold_the_command_line(
    engine: Path, lab: Lab, silent: Listener, face: str, tmp_path: Path
) -> None:
    """What was written before is in the state, and destroy takes it back."""
    assert engine.is_dir()
    found = lab.hosts["HV02"].snapshot
    configuration = lab.configuration()
    configuration["addresses"]["hv01.lab.test"] = f"http://127.0.0.1:{silent.port}"
    project = declared(face, tmp_path, configuration, "MigrationHost", SILENT)
    said, took = project.interrupted("up", "--yes", "--skip-preview", when=silent.was_asked)
    assert took < BOUND, said
    assert "Stopped" in said
    assert list(project.resources()) == ["well"]
    assert lab.hosts["HV02"].snapshot != found
    project.run("destroy", "--yes")
    assert lab.hosts["HV02"].snapshot == found


@pytest.mark.parametrize("face", ["plugin", "dynamic"])
def test_a_domain_controller_that_never_answers_does_not_hold_the_command_line(
    engine: Path, lab: Lab, silent: Listener, face: str, tmp_path: Path
) -> None:
    """Likewise in the directory."""
    assert engine.is_dir()
    configuration = {
        **lab.configuration(),
        "directory": {"domain": "lab.test", "domainControllers": ["dc1.lab.test"], "transport": "sealed"},
    }
    configuration["addresses"]["dc1.lab.test"] = f"ldap://127.0.0.1:{silent.port}"
    project = declared(face, tmp_path, configuration, "KerberosDelegation", DELEGATION)
    said, took = project.interrupted("up", "--yes", "--skip-preview", when=silent.was_asked)
    assert took < BOUND, said
    assert "Stopped" in said
    assert list(project.resources()) == ["well"]


def test_the_python_package_ends_its_wait_for_a_job_at_once(engine: Path, lab: Lab, tmp_path: Path) -> None:
    """As the plugin does; how long the wait may take is told before it begins, and its work stays ours."""
    assert engine.is_dir()
    hv01 = lab.hosts["HV01"]
    found = hv01.snapshot
    project = declared("dynamic", tmp_path, lab.configuration(), "MigrationHost", SILENT)
    fault: Fault = hv01.inject("job", state=7, polls=10**6)
    said, took = project.interrupted("up", "--yes", "--skip-preview", when=lambda: fault.struck)
    assert took < BOUND, said
    assert "Stopped" in said
    assert "waiting for the job of ModifyServiceSettings on hv01.lab.test, up to " in said
    hv01.end_jobs()
    project.run("up", "--yes")
    project.run("destroy", "--yes")
    assert hv01.snapshot == found
