"""Programs in other languages, as a user wrote them, from `pulumi up` to `pulumi destroy`, judged at the lab.

The plugin is found by the shim of `hyperv-migration plugin install`, at the version the SDK asks for.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from acceptance.conftest import Labs
from acceptance.sdks.conftest import Written
from hyperv_migration.faces.schema import build_schema
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.scenario import Host
from support.hosts import PASSWORD
from support.sdks import ROOT

pytestmark = [pytest.mark.sdks, pytest.mark.engine, pytest.mark.timeout(900)]

EXAMPLES = ROOT / "examples"
PROGRAMS = Path(__file__).resolve().parent / "programs"
HOSTS = ["hv01.lab.test", "hv02.lab.test"]


def allowed(lab: Lab) -> list[set[str]]:
    """What the accounts of both hosts may delegate to."""
    assert lab.directory is not None
    return [set(lab.directory.administrator.read(name)["msDS-AllowedToDelegateTo"]) for name in lab.hosts]


@pytest.mark.parametrize(
    ("language", "example"),
    [("typescript", "pair-typescript"), ("go", "pair-go"), ("python", "pair-python-native")],
)
def test_an_example_from_up_to_destroy(lab_of: Labs, written: Written, language: str, example: str) -> None:
    """The pair, its file server and a second network are there, nothing is left to do, and all is as found again."""
    lab = lab_of(Host(name="HV01", allowed_to_delegate_to=("cifs/FS01",)), Host(name="HV02"))
    found = {name: host.snapshot for name, host in lab.hosts.items()}
    project = written(language, EXAMPLES / example)
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
    assert outputs["newTicketNeeded"] is True
    assert sorted(outputs["storage"]) == ["cifs/FS01", "cifs/fs01.lab.test"]
    assert "10 unchanged" in project.run("preview", "--expect-no-changes")
    project.run("destroy", "--yes")
    assert {name: host.snapshot for name, host in lab.hosts.items()} == found
    assert allowed(lab) == [{"cifs/FS01"}, set()]


@pytest.mark.parametrize("program", ["typescript", "go", "python"])
def test_a_provider_configured_by_the_program(lab: Lab, written: Written, program: str) -> None:
    """Every type of the schema reaches the plugin; no password, from the environment or nested, is in the state."""
    project = written(program, PROGRAMS / program)
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
