"""^C at the real command line while the plugin waits (pulumi-protocol.md §2)."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from acceptance.conftest import Labs
from hyperv_migration.lab.hosts.injection import Fault
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.options import Options
from hyperv_migration.lab.scenario import Host
from support.hosts import PASSWORD
from support.yaml_project import YamlProject

pytestmark = pytest.mark.engine

NEVER = 10**6
HOST = {"type": "hyperv-migration:MigrationHost", "properties": {"computerName": "hv01.lab.test", "enabled": True}}
NETWORK = {
    "type": "hyperv-migration:MigrationNetwork",
    "properties": {"computerName": "hv01.lab.test", "subnet": "192.168.10.0/24"},
}


@pytest.fixture
def lab(lab_of: Labs) -> Lab:
    """HV01, whose jobs end only when they are told to."""
    return lab_of(Host(name="HV01", options=Options(job_seconds=600)))


@pytest.fixture
def project(engine: Path, lab: Lab, tmp_path: Path) -> YamlProject:
    """A YAML project configured for the lab."""
    assert engine.is_dir()
    return YamlProject(tmp_path / "yaml", lab.configuration(), PASSWORD)


def endless_job(lab: Lab) -> Fault:
    """The next change becomes a job without an end."""
    return lab.hosts["HV01"].inject("job", state=7, polls=NEVER)


def polled(fault: Fault, lab: Lab) -> bool:
    """Whether the job has been asked after."""
    received = lab.hosts["HV01"].journal.received()
    return bool(fault.struck) and received[-1].kind == "Get"


@pytest.mark.parametrize("resource", [HOST, NETWORK], ids=["MigrationHost", "MigrationNetwork"])
def test_a_create_that_polls_its_job_ends_at_once_and_its_work_stays_ours(
    lab: Lab, project: YamlProject, resource: dict[str, Any]
) -> None:
    """The job goes on at the host and ends later: the state knows that it may, and destroy undoes it."""
    hv01 = lab.hosts["HV01"]
    found = hv01.snapshot
    project.program({"it": resource})
    fault = endless_job(lab)
    said, took = project.interrupted("up", "--yes", "--skip-preview", when=lambda: polled(fault, lab))
    assert took < 5
    assert "it creating (" in said
    assert "waiting for the job of " in said
    assert "Stopped while waiting for the job of " in said
    assert "It may still be running there; run up again." in said
    assert (list(project.resources()), hv01.snapshot) == (["it"], found)

    hv01.end_jobs()
    assert hv01.snapshot != found
    project.run("up", "--yes")
    project.run("preview", "--expect-no-changes")
    project.run("destroy", "--yes")
    assert hv01.snapshot == found


def test_an_update_that_polls_its_job_keeps_the_old_state(lab: Lab, project: YamlProject) -> None:
    """Nothing was seen to change, so nothing is claimed; the next up completes and destroy restores."""
    hv01 = lab.hosts["HV01"]
    found = hv01.snapshot
    project.program({"it": HOST})
    project.run("up", "--yes", "--skip-preview")
    project.program({"it": {**HOST, "properties": {**HOST["properties"], "maximumStorageMigrations": 7}}})
    fault = endless_job(lab)
    said, _ = project.interrupted("up", "--yes", "--skip-preview", when=lambda: polled(fault, lab))
    assert "Stopped while waiting for the job of ModifyServiceSettings" in said
    kept = project.resources()["it"]["outputs"]
    assert kept["maximumStorageMigrations"] == hv01.settings["MaximumActiveStorageMigration"] == 2

    hv01.end_jobs()
    project.run("up", "--yes")
    assert project.resources()["it"]["outputs"]["priorSettings"]["maximumStorageMigrations"] == 2
    project.run("destroy", "--yes")
    assert hv01.snapshot == found


def test_a_destroy_that_polls_its_job_can_be_run_again(lab: Lab, project: YamlProject) -> None:
    """What was not seen to be gone stays in the state."""
    hv01 = lab.hosts["HV01"]
    found = hv01.snapshot
    project.program({"it": NETWORK})
    project.run("up", "--yes", "--skip-preview")
    fault = endless_job(lab)
    project.interrupted("destroy", "--yes", "--skip-preview", when=lambda: polled(fault, lab))
    assert list(project.resources()) == ["it"]
    hv01.end_jobs()
    project.run("destroy", "--yes")
    assert (project.resources(), hv01.snapshot) == ({}, found)


def test_custom_timeouts_of_the_program_reach_the_wait(lab: Lab, project: YamlProject) -> None:
    """A job is polled for as long as the resource's customTimeouts say."""
    project.program({"it": {**NETWORK, "options": {"customTimeouts": {"create": "1s"}}}})
    endless_job(lab)
    began = time.monotonic()
    said = project.run("up", "--yes", "--skip-preview", fails=True)
    assert time.monotonic() - began < 30
    assert "Waited 1 s for the job of AddNetworkSettings on hv01.lab.test; raise customTimeouts" in said
