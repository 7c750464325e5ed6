"""`pulumi package add PATH` with this folder: the plugin, the schema and a program, without anything installed by hand."""

from __future__ import annotations

import os
import shutil
import tomllib
from pathlib import Path

import pytest
import yaml

from hyperv_migration import __version__
from hyperv_migration.lab.lab import Lab
from support.hosts import PASSWORD
from support.sdks import ROOT, language_host
from support.yaml_project import YamlProject

pytestmark = pytest.mark.engine

HOST = {"computerName": "hv01.lab.test", "enabled": True, "authenticationType": "Kerberos"}
PROGRAM = {"host": {"type": "hyperv-migration:MigrationHost", "properties": HOST}}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What of a clone counts for the engine; the code itself is this interpreter's."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    for name in ("PulumiPlugin.yaml", "__main__.py", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    return folder


@pytest.fixture
def project(engine: Path, lab: Lab, tmp_path: Path) -> YamlProject:
    """A YAML project whose PATH is that of a user: the engine, Python's language host, the environment with our command."""
    assert engine.is_dir()
    project = YamlProject(tmp_path / "yaml", lab.configuration(), PASSWORD)
    language_host("python", tmp_path / "hosts")
    project.environment["PATH"] = os.pathsep.join([str(tmp_path / "hosts"), project.environment["PATH"]])
    return project


def test_a_checkout_is_added_like_any_package(lab: Lab, project: YamlProject, checkout: Path) -> None:
    """Add, up, nothing left to do, destroy; the command on PATH is not taken, so nothing warns of it."""
    found = {name: host.snapshot for name, host in lab.hosts.items()}
    project.program(PROGRAM)
    said = project.run("package", "add", str(checkout))
    assert "Added package" in said
    declared = yaml.safe_load((project.folder / "Pulumi.yaml").read_text())
    assert Path(project.folder, declared["packages"]["hyperv-migration"]).resolve() == checkout
    (described,) = (project.folder / "sdks" / "hyperv-migration").iterdir()
    assert described.name == f"hyperv-migration-{__version__}.yaml"
    for command in (["up", "--yes"], ["preview", "--expect-no-changes"]):
        said = project.run(*command)
        assert "pulumi-resource-hyperv-migration from $PATH" not in said
    assert lab.hosts["HV01"].settings["AuthenticationType"] == 1
    project.run("destroy", "--yes")
    assert {name: host.snapshot for name, host in lab.hosts.items()} == found


def test_its_environment_is_neither_the_developers_nor_in_the_way_of_git() -> None:
    """Pulumi installs a copy there, which would stand before the sources in the environment of `make setup`."""
    plugin = yaml.safe_load((ROOT / "PulumiPlugin.yaml").read_text())
    assert plugin["runtime"] == {"name": "python", "options": {"toolchain": "pip", "virtualenv": ".pulumi-venv"}}
    assert "/.pulumi-venv/" in (ROOT / ".gitignore").read_text().splitlines()


def test_it_asks_for_the_engine_that_the_distribution_asks_for() -> None:
    """One oldest version, whichever way in."""
    plugin = yaml.safe_load((ROOT / "PulumiPlugin.yaml").read_text())
    dependencies = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    (pulumi,) = (one for one in dependencies if one.startswith("pulumi>="))
    oldest = pulumi.removeprefix("pulumi>=").partition(",")[0]
    assert plugin["requiredPulumiVersion"] == f">={oldest}.0"
