"""The plugin face through the real engine: YAML programs, imports, and stacks that move between the two faces."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from acceptance.conftest import Stacks
from hyperv_migration.lab.lab import Lab
from hyperv_migration.operations.journal import STATE_KEY
from support.engine import Stack
from support.faces import DYNAMIC, FACES, Face
from support.hosts import PASSWORD
from support.yaml_project import YamlProject

pytestmark = pytest.mark.engine

HOST = {"computerName": "hv01.lab.test", "enabled": True, "authenticationType": "Kerberos"}
NETWORK = {"computerName": "hv01.lab.test", "subnet": "192.168.10.0/24", "priority": 5}
DELEGATION = {"source": "hv01.lab.test", "destinations": ["hv02.lab.test"]}
ALL = {
    "net": {"type": "hyperv-migration:MigrationNetwork", "properties": NETWORK},
    "host": {"type": "hyperv-migration:MigrationHost", "properties": {**HOST, "networks": ["${net.id}"]}},
    "there": {"type": "hyperv-migration:KerberosDelegation", "properties": DELEGATION},
}


@pytest.fixture
def project(engine: Path, lab: Lab, tmp_path: Path) -> YamlProject:
    """A YAML project configured for the lab."""
    assert engine.is_dir()
    return YamlProject(tmp_path / "yaml", lab.configuration(), PASSWORD)


def written(lab: Lab) -> int:
    """How many changes hosts and directory have seen."""
    assert lab.directory is not None
    directory = [change for change in lab.directory.history if change.by != "setup"]
    return len(directory) + sum(len(host.history) for host in lab.hosts.values())


def test_a_yaml_program_from_up_to_destroy(lab: Lab, project: YamlProject) -> None:
    """Up, nothing to do, drift by property, repaired, everything as found."""
    found = {name: host.snapshot for name, host in lab.hosts.items()}
    project.program(ALL, {"listening": "${host.listenerAddresses}"})
    assert "+ 4 created" in project.run("up", "--yes")
    assert "4 unchanged" in project.run("preview", "--expect-no-changes")
    lab.hosts["HV01"].change(AuthenticationType=0)
    assert "authenticationType" in project.run("refresh", "--yes", "--diff")
    assert '"CredSSP" => "Kerberos"' in project.run("preview", "--diff")
    project.run("up", "--yes")
    assert lab.hosts["HV01"].settings["AuthenticationType"] == 1
    project.run("destroy", "--yes")
    assert {name: host.snapshot for name, host in lab.hosts.items()} == found


def test_a_pair_in_yaml_is_the_pair_of_python(lab: Lab, project: YamlProject) -> None:
    """Constructed by the plugin, with the same children."""
    properties = {"hosts": ["hv01.lab.test", "hv02.lab.test"], "networks": ["192.168.10.0/24"]}
    project.program({"pair": {"type": "hyperv-migration:MigrationPair", "properties": properties}})
    said = project.run("up", "--yes")
    for child in ("pair-hv01", "pair-hv02", "pair-hv01-delegation", "pair-hv02-192.168.10.0-24"):
        assert child in said
    assert all(host.settings["AuthenticationType"] == 1 for host in lab.hosts.values())
    project.run("preview", "--expect-no-changes")
    project.run("destroy", "--yes")
    assert all(host.settings["AuthenticationType"] == 0 for host in lab.hosts.values())


@pytest.mark.parametrize(
    ("resource", "id_", "told"),
    [
        ("MigrationHost", "hv01.lab.test", "authenticationType: Kerberos"),
        ("MigrationNetwork", "hv01.lab.test/192.168.10.0", "subnet: 192.168.10.0/24"),
        ("KerberosDelegation", "HV01", "- hv02.lab.test"),
    ],
)
def test_what_is_there_can_be_imported_and_is_left_alone(
    lab: Lab, project: YamlProject, resource: str, id_: str, told: str
) -> None:
    """Import writes nothing and gives the program; a destroy later writes nothing either."""
    project.program(ALL)
    project.run("up", "--yes")
    other = YamlProject(project.folder.parent / "other", lab.configuration(), PASSWORD)
    before = written(lab)
    said = other.run("import", f"hyperv-migration:index:{resource}", "it", id_, "--yes", "--protect=false")
    assert told in said
    other.run("destroy", "--yes")
    assert written(lab) == before


def test_what_is_not_there_cannot_be_imported(project: YamlProject) -> None:
    """Absent is said as the engine says it."""
    said = project.run(
        "import", "hyperv-migration:index:MigrationNetwork", "it", "hv01.lab.test/10.9.8.0/24", "--yes", fails=True
    )
    assert "does not exist" in said


def _installed(project: YamlProject) -> str:
    command = [Path(sys.executable).parent / "hyperv-migration", "plugin", "install"]
    return subprocess.run(command, env=project.environment, capture_output=True, text=True, check=True).stdout


def test_the_installed_plugin_is_added_by_its_name(project: YamlProject) -> None:
    """`hyperv-migration plugin install` once; then `pulumi package add` needs no path, and PATH no environment."""
    assert _installed(project).startswith("Wrote ")
    kept = project.environment["PATH"].split(os.pathsep)
    project.environment["PATH"] = os.pathsep.join(path for path in kept if path != str(Path(sys.executable).parent))
    project.program(ALL)
    assert "Added package" in project.run("package", "add", "hyperv-migration")
    assert "from $PATH" not in project.run("up", "--yes")
    project.run("destroy", "--yes")


def test_one_on_path_is_warned_of_until_it_is_ignored(project: YamlProject) -> None:
    """With the environment active, as a user has it: install says so, the engine says so, and one variable ends both."""
    project.program(ALL)
    assert "is on PATH. The engine takes that one first" in _installed(project)
    assert "using pulumi-resource-hyperv-migration from $PATH" in project.run("preview")
    project.environment["PULUMI_IGNORE_AMBIENT_PLUGINS"] = "1"
    assert "is on PATH" not in _installed(project)
    assert "from $PATH" not in project.run("preview")


def test_bad_input_and_a_wrong_password_are_one_sentence(lab: Lab, project: YamlProject) -> None:
    """By property in the preview; by target at first contact."""
    project.program({"net": {**ALL["net"], "properties": {**NETWORK, "subnet": "192.168.10.5/24"}}})
    assert "the subnet is 192.168.10.0/24" in project.run("preview", fails=True)
    project.program(ALL)
    project.environment["HYPERV_MIGRATION_PASSWORD"] = "Wrong-And-Planted-9"
    project.run("preview")
    said = project.run("up", "--yes", fails=True)
    assert "hv01.lab.test refuses the sign-in" in said
    assert "Wrong-And-Planted-9" not in said
    assert written(lab) == 0


def declared(face: Face) -> None:
    """One of each resource."""
    net = face.MigrationNetwork("net", computer_name="hv01.lab.test", subnet="192.168.10.0/24", priority=5)
    face.MigrationHost(
        "host", computer_name="hv01.lab.test", enabled=True, authentication_type="Kerberos", networks=[net.id]
    )
    face.KerberosDelegation("there", source="hv01.lab.test", destinations=["hv02.lab.test"])


def test_a_stack_moves_to_the_other_face_and_back_without_a_write(lab: Lab, stack_of: Stacks, face: Face) -> None:
    """Same ids, same state keys, not one change on a host or in the directory."""
    stack = stack_of(lab, declared)
    stack.up()
    before, kept = written(lab), _kept(stack)
    assert sorted(kept) == ["host", "net", "there"]
    other = next(one for one in FACES if one is not face)
    for now in (other, face):
        stack.arguments = (now,)
        moved: Any = stack.up().changes
        assert {"create", "delete", "replace"} & set(moved) == set()
        assert stack.is_settled()
        assert {each["type"].startswith("pulumi-python:") for each in stack.resources().values()} == {now is DYNAMIC}
        assert (_kept(stack), written(lab)) == (kept, before)
    stack.destroy()
    assert lab.hosts["HV01"].settings["EnableVirtualSystemMigration"] is False


def test_a_pair_moves_with_its_children(lab: Lab, stack_of: Stacks, face: Face) -> None:
    """The component has one type on both faces, and its children one name."""

    def pair(face: Face) -> None:
        face.MigrationPair("pair", hosts=["hv01.lab.test", "hv02.lab.test"], networks=["192.168.10.0/24"])

    stack = stack_of(lab, pair)
    stack.up()
    before, kept = written(lab), _kept(stack)
    stack.arguments = (next(one for one in FACES if one is not face),)
    moved: Any = stack.up().changes
    assert {"create", "delete", "replace"} & set(moved) == set()
    assert stack.is_settled()
    assert (_kept(stack), written(lab)) == (kept, before)


def _kept(stack: Stack) -> dict[str, tuple[str, dict[str, Any]]]:
    """The id and the outputs of each resource, without what is a host process's own and the note that any update ends."""
    return {
        name: (
            kept["id"],
            {key: kept["outputs"][key] for key in kept["outputs"] if not key.startswith("__") and key != STATE_KEY},
        )
        for name, kept in stack.resources().items()
        if "id" in kept
    }
