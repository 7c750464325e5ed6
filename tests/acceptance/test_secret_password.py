"""A Python program whose password is a secret of the stack's configuration, started as a pipeline starts it."""

from __future__ import annotations

from pathlib import Path

import pytest

from hyperv_migration.lab.lab import Lab
from support.hosts import PASSWORD
from support.python_project import PythonProject

pytestmark = pytest.mark.engine

PROGRAM = 'MigrationHost("host", computer_name="hv01.lab.test", enabled=True)\n'


@pytest.fixture
def project(engine: Path, lab: Lab, tmp_path: Path) -> PythonProject:
    """Without a password in the environment."""
    assert engine.is_dir()
    project = PythonProject(tmp_path / "python", lab.configuration(), PASSWORD)
    del project.environment["HYPERV_MIGRATION_PASSWORD"]
    project.program(PROGRAM)
    return project


def test_a_secret_password_is_taken_and_a_clear_one_is_refused(lab: Lab, project: PythonProject) -> None:
    """The program is told which keys are secret, as every official language host tells it."""
    project.run("config", "set", "hyperv-migration:password", PASSWORD)
    assert "--secret" in project.run("up", "--yes", fails=True)
    assert lab.hosts["HV01"].settings["EnableVirtualSystemMigration"] is False
    project.run("config", "set", "--secret", "hyperv-migration:password", PASSWORD)
    project.run("up", "--yes")
    assert lab.hosts["HV01"].settings["EnableVirtualSystemMigration"] is True
    assert PASSWORD not in project.state_files()
    project.run("destroy", "--yes")
    assert lab.hosts["HV01"].settings["EnableVirtualSystemMigration"] is False
