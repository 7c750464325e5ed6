"""The generated SDKs, compiled once for all tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import native_sdks
from support.hosts import PASSWORD
from support.project import Project
from support.sdks import Compiled, language_host

BIN = Path(sys.executable).parent
Written = Callable[[str, Path], Project]
"""Makes a project of a language of the program in a folder."""


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    """A folder with what programs of other languages import; the tools are built and installed on first use."""
    try:
        native_sdks.generator()
        native_sdks.node_modules()
        native_sdks.tool("go")
    except native_sdks.ToolMissingError as missing:
        pytest.skip(str(missing))
    return Compiled(tmp_path_factory.mktemp("sdks"))


@pytest.fixture
def written(compiled: Compiled, engine: Path, tmp_path: Path) -> Written:
    """Make a project of a program's folder; whatever its language needs is there, and our environment is not on PATH."""
    assert engine.is_dir()

    def make(language: str, program: Path) -> Project:
        # Below the compiled packages, where Node.js looks for them.
        project = Project(compiled.folder / tmp_path.name, PASSWORD)
        shutil.copytree(program, project.folder, dirs_exist_ok=True)
        environment = project.environment
        subprocess.run(
            [BIN / "hyperv-migration", "plugin", "install"], env=environment, check=True, capture_output=True
        )
        kept = [path for path in environment["PATH"].split(os.pathsep) if path != str(BIN)]
        hosts = tmp_path / "hosts"
        LANGUAGES[language](compiled, program, project, hosts)
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


def _yaml(_compiled: Compiled, _program: Path, _project: Project, _hosts: Path) -> None:
    """The engine's own host runs it."""


LANGUAGES = {"typescript": _typescript, "go": _go, "python": _python, "yaml": _yaml}
