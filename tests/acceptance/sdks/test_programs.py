"""Programs in other languages, as a user wrote them, from `pulumi up` to `pulumi destroy`, judged at the lab.

The plugin is found by the shim of `hyperv-migration plugin install`, at the version the SDK asks for.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from acceptance.conftest import Labs
from hyperv_migration.faces.schema import build_schema
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.scenario import Host
from support.hosts import PASSWORD
from support.project import Project
from support.sdks import ROOT, Compiled, language_host

pytestmark = [pytest.mark.sdks, pytest.mark.engine, pytest.mark.timeout(900)]

EXAMPLES = ROOT / "examples"
PROGRAMS = Path(__file__).resolve().parent / "programs"
BIN = Path(sys.executable).parent
HOSTS = ["hv01.lab.test", "hv02.lab.test"]

Written = Callable[[Path], Project]


@pytest.fixture
def written(compiled: Compiled, engine: Path, tmp_path: Path) -> Written:
    """Make a project of a program's folder; whatever its language needs is there, and our environment is not on PATH."""
    assert engine.is_dir()

    def make(program: Path) -> Project:
        # Below the compiled packages, where Node.js looks for them.
        project = Project(compiled.folder / tmp_path.name, PASSWORD)
        shutil.copytree(program, project.folder, dirs_exist_ok=True)
        environment = project.environment
        subprocess.run(
            [BIN / "hyperv-migration", "plugin", "install"], env=environment, check=True, capture_output=True
        )
        kept = [path for path in environment["PATH"].split(os.pathsep) if path != str(BIN)]
        hosts = tmp_path / "hosts"
        LANGUAGES[program.name](compiled, program, project, hosts)
        environment["PATH"] = os.pathsep.join([str(hosts), *kept])
        return project

    return make


def _typescript(compiled: Compiled, _: Path, project: Project, hosts: Path) -> None:
    (project.folder / "node_modules").symlink_to(compiled.node_sdk())
    language_host("nodejs", hosts)


def _go(compiled: Compiled, program: Path, project: Project, hosts: Path) -> None:
    binary = hosts.with_name("program")
    compiled.go(program, "build", "-ldflags", "-s -w", "-o", str(binary), ".")
    project.environment["GO_PROGRAM"] = str(binary)
    language_host("go", hosts)


def _python(compiled: Compiled, _: Path, project: Project, hosts: Path) -> None:
    project.environment["PYTHONPATH"] = str(compiled.python_sdk())
    language_host("python", hosts)


LANGUAGES = {
    "pair-typescript": _typescript,
    "pair-go": _go,
    "pair-python-native": _python,
    "typescript": _typescript,
    "go": _go,
    "python": _python,
}


def allowed(lab: Lab) -> list[set[str]]:
    """What the accounts of both hosts may delegate to."""
    assert lab.directory is not None
    return [set(lab.directory.administrator.read(name)["msDS-AllowedToDelegateTo"]) for name in lab.hosts]


@pytest.mark.parametrize("example", ["pair-typescript", "pair-go", "pair-python-native"])
def test_an_example_from_up_to_destroy(lab_of: Labs, written: Written, example: str) -> None:
    """The pair, its file server and a second network are there, nothing is left to do, and all is as found again."""
    lab = lab_of(Host(name="HV01", allowed_to_delegate_to=("cifs/FS01",)), Host(name="HV02"))
    found = {name: host.snapshot for name, host in lab.hosts.items()}
    project = written(EXAMPLES / example)
    project.new_stack(
        {
            **{f"hyperv-migration:{name}": value for name, value in lab.configuration().items()},
            f"{example}:hosts": HOSTS,
            f"{example}:networks": ["192.168.10.0/24"],
            f"{example}:fileServer": "fs01.lab.test",
        }
    )
    assert "+ 10 created" in project.run("up", "--yes")
    for host in lab.hosts.values():
        settings = host.settings
        assert (settings["EnableVirtualSystemMigration"], settings["AuthenticationType"]) == (True, 1)
    networks = {entry.subnet_number: entry.metric for entry in lab.hosts["HV01"].networks}
    assert networks == {"192.168.10.0": 0, "10.0.60.0": 100}
    assert [len(names) for names in allowed(lab)] == [6, 4]
    outputs = json.loads(project.run("stack", "output", "--json"))
    assert (outputs["hosts"], outputs["backup"]) == (HOSTS, "hv01.lab.test/10.0.60.0/24")
    assert sorted(outputs["storage"]) == ["cifs/FS01", "cifs/fs01.lab.test"]
    assert "10 unchanged" in project.run("preview", "--expect-no-changes")
    project.run("destroy", "--yes")
    assert {name: host.snapshot for name, host in lab.hosts.items()} == found
    assert allowed(lab) == [{"cifs/FS01"}, set()]


@pytest.mark.parametrize("program", ["typescript", "go", "python"])
def test_a_provider_configured_by_the_program(lab: Lab, written: Written, program: str) -> None:
    """Every type of the schema reaches the plugin; no password, from the environment or nested, is in the state."""
    project = written(PROGRAMS / program)
    addresses = lab.configuration()["addresses"]
    project.environment["DIRECTORY_PASSWORD"] = PASSWORD
    project.new_stack({"types:addresses": addresses})
    assert "+ 5 created" in project.run("up", "--yes")
    settings = lab.hosts["HV01"].settings
    assert (settings["EnableSmbTransport"], settings["MaximumActiveStorageMigration"]) == (True, 3)
    state = json.loads(project.run("stack", "export"))["deployment"]["resources"]
    assert [list(misfits(resource)) for resource in state] == [[] for _ in state]
    outputs = json.loads(project.run("stack", "output", "--json"))
    assert outputs == {"before": "CredSSP", "spelled": ["hv02.lab.test"]}
    project.run("preview", "--expect-no-changes")
    assert PASSWORD not in project.state_files()
    project.run("destroy", "--yes")
    assert lab.hosts["HV01"].settings["EnableVirtualSystemMigration"] is False


def misfits(resource: dict[str, Any]) -> list[str]:
    """What a state holds that the schema does not know, and what it lacks that the schema promises."""
    schema = build_schema()
    described = schema["resources"].get(resource["type"])
    if described is None:
        return []
    outputs = resource["outputs"]
    found = [name for name in outputs if name not in described["properties"] and name != "id"]
    found += [name for name in described["required"] if name not in outputs]
    for name, value in outputs.items():
        shape = described["properties"].get(name, {})
        keyed = "additionalProperties" in shape
        reference = (shape["additionalProperties"] if keyed else shape).get("$ref", "")
        record = schema["types"].get(reference.removeprefix("#/types/"), {})
        if record.get("type") == "object":
            for one in value.values() if keyed else [value]:
                found += [f"{name}.{key}" for key in one if key not in record["properties"]]
                found += [f"{name}.{key}" for key in record["required"] if key not in one]
    return found
