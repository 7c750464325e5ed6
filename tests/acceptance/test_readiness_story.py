"""getMigrationReadiness through the real engine: a YAML program on the plugin, and a Python one that asks by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from acceptance.conftest import Labs, Stacks
from hyperv_migration.directory.computers import disconnect
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.scenario import Host
from pulumi_hyperv_migration import get_migration_readiness
from support.engine import OperationFailedError
from support.faces import DYNAMIC, Face
from support.hosts import PASSWORD
from support.yaml_project import YamlProject

pytestmark = pytest.mark.engine

SOURCE, DESTINATION = "hv01.lab.test", "hv02.lab.test"
NETWORK = "192.168.10.0/24"
FUNCTION = "hyperv-migration:index:getMigrationReadiness"


@pytest.fixture(autouse=True)
def new_process() -> Iterator[None]:
    """Close what a program has opened that ran in the test's own process."""
    yield
    disconnect()


@pytest.fixture
def two(lab_of: Labs) -> Lab:
    """HV01 and HV02, fresh, with an address each."""
    return lab_of(
        Host(name="HV01", listener_addresses=("192.168.10.11",)),
        Host(name="HV02", listener_addresses=("192.168.10.12",)),
    )


def answers(rows: list[dict[str, Any]]) -> dict[str, set[str]]:
    """The answers by prerequisite."""
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row["id"], set()).add(row["answer"])
    return found


def written(lab: Lab) -> int:
    """How many changes hosts and directory have seen."""
    assert lab.directory is not None
    directory = [change for change in lab.directory.history if change.by != "setup"]
    return len(directory) + sum(len(host.history) for host in lab.hosts.values())


def test_a_yaml_program_asks_before_and_after(engine: Path, two: Lab, tmp_path: Path) -> None:
    """No before the pair is there, yes afterwards, and nothing is written by asking."""
    assert engine.is_dir()
    project = YamlProject(tmp_path / "yaml", two.configuration(), PASSWORD)
    asks = {"fn::invoke": {"function": FUNCTION, "arguments": {"source": SOURCE, "destination": DESTINATION}}}
    pair = {
        "type": "hyperv-migration:MigrationPair",
        "properties": {"hosts": [SOURCE, DESTINATION], "networks": [NETWORK]},
    }

    def program(resources: dict[str, Any]) -> None:
        whole = {"name": "story", "runtime": "yaml", "variables": {"found": asks}, "resources": resources}
        outputs = {"ready": "${found.ready}", "rows": "${found.rows}"}
        (project.folder / "Pulumi.yaml").write_text(yaml.safe_dump({**whole, "outputs": outputs}))

    def found() -> tuple[str, dict[str, set[str]]]:
        outputs = yaml.safe_load(project.run("stack", "output", "--json"))
        return outputs["ready"], answers(outputs["rows"])

    program({})
    project.run("up", "--yes")
    ready, rows = found()
    assert (ready, rows["enabled"], rows["reachable"], written(two)) == ("no", {"no"}, {"yes"}, 0)
    program({"pair": pair})
    project.run("up", "--yes")
    before = written(two)
    project.run("up", "--yes")
    ready, rows = found()
    assert (ready, {key for key, told in rows.items() if told != {"yes"}}) == ("yes", {"ports"})
    assert written(two) == before
    two.hosts["HV02"].stop_listening()
    assert "unknown" in project.run("preview")


@pytest.mark.parametrize("face", [DYNAMIC], indirect=True, ids=["dynamic"])
def test_a_python_program_asks_in_its_own_process(two: Lab, stack_of: Stacks, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a preview too, with the stack's configuration; a host that does not answer is unknown and no failure."""
    monkeypatch.setenv("HYPERV_MIGRATION_PASSWORD", PASSWORD)
    heard = []

    def program(face: Face) -> None:
        found = get_migration_readiness(SOURCE, DESTINATION)
        heard.append(found)
        face.MigrationPair("pair", hosts=[SOURCE, DESTINATION], networks=[NETWORK])
        pulumi.export("ready", found.ready)

    stack = stack_of(two, program)
    stack.preview()
    assert (heard[-1].ready, written(two)) == ("no", 0)
    stack.up()
    stack.up()
    assert heard[-1].ready == "yes"
    assert {row.id for row in heard[-1].rows if row.answer != "yes"} == {"ports"}
    two.hosts["HV02"].inject("reset-before", times=99)
    stack.preview()
    assert heard[-1].ready == "unknown"


@pytest.mark.parametrize("face", [DYNAMIC], indirect=True, ids=["dynamic"])
def test_arguments_that_cannot_be_stop_a_python_program_with_one_sentence(two: Lab, stack_of: Stacks) -> None:
    """As an error of the program, without a traceback."""

    def program(face: Face) -> None:
        del face
        get_migration_readiness(SOURCE, "HV01.lab.test.")

    stack = stack_of(two, program)
    with pytest.raises(OperationFailedError) as failed:
        stack.preview()
    said = failed.value.run.output
    assert "error: get_migration_readiness: destination HV01.lab.test. is the source itself; name another host" in said
    assert "Traceback" not in said
