"""Whose configuration a destroy takes: the engine hands a plugin what the last `up` has stored, unless the program runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from acceptance.conftest import Labs
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.scenario import Host
from support.hosts import PASSWORD
from support.yaml_project import YamlProject

pytestmark = pytest.mark.engine

HOST = {"type": "hyperv-migration:MigrationHost", "properties": {"computerName": "hv01.lab.test", "enabled": True}}
GONE = "left as it is and forgotten, as onUnreachableDestroy says"


@pytest.fixture
def lab(lab_of: Labs) -> Lab:
    """HV01 alone."""
    return lab_of(Host(name="HV01"))


def test_a_host_that_is_gone_is_forgotten_by_the_configuration_of_now(engine: Path, lab: Lab, tmp_path: Path) -> None:
    """As getting-started says: with --run-program; without it the key of today does not reach the plugin."""
    assert engine.is_dir()
    project = YamlProject(tmp_path / "yaml", lab.configuration(), PASSWORD)
    project.program({"it": HOST})
    project.run("up", "--yes", "--skip-preview")
    lab.hosts["HV01"].stop_listening()
    project.run("config", "set", "hyperv-migration:onUnreachableDestroy", "forget")
    assert "hv01.lab.test cannot be reached" in project.run("destroy", "--yes", "--skip-preview", fails=True)
    assert GONE in project.run("destroy", "--yes", "--skip-preview", "--run-program")
    assert project.resources() == {}
