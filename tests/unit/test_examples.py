"""The examples as a new user meets them, without running them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
PROJECTS = sorted(path.parent for path in EXAMPLES.glob("*/Pulumi.yaml"))
PROGRAMS = ("__main__.py", "index.ts", "main.go", "Pulumi.yaml")


def settings(project: Path) -> dict[str, object]:
    """What Pulumi.yaml says."""
    read: dict[str, object] = yaml.safe_load((project / "Pulumi.yaml").read_text(encoding="utf-8"))
    return read


def named(project: Path) -> str:
    """The name of a project, for the test's own name."""
    return project.name


@pytest.mark.parametrize("project", PROJECTS, ids=named)
def test_python_is_installed_into_an_environment_of_the_project(project: Path) -> None:
    """Without one, `pulumi install` fails on Debian, and elsewhere changes whatever is active."""
    runtime = settings(project)["runtime"]
    if (project / "__main__.py").exists():
        assert runtime == {"name": "python", "options": {"virtualenv": "venv"}}


@pytest.mark.parametrize("project", PROJECTS, ids=named)
def test_every_example_tells_whether_new_tickets_are_due(project: Path) -> None:
    """As an output of the stack."""
    program = next(project / name for name in PROGRAMS if (project / name).exists())
    assert "newTicketNeeded" in program.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["venv/bin/python", "Pulumi.lab.yaml", "Pulumi.prod.yaml"])
def test_what_pulumi_writes_is_ignored(name: str) -> None:
    """`stack init` writes into the stack's file, so a template is shipped and the file is the user's."""
    for project in PROJECTS:
        asked = ["git", "-C", ROOT, "check-ignore", "--quiet", f"examples/{project.name}/{name}"]
        assert subprocess.run(asked, check=False).returncode == 0
        tracked = ["git", "-C", ROOT, "ls-files", f"examples/{project.name}/{name}"]
        assert subprocess.run(tracked, check=True, capture_output=True).stdout == b""


def test_the_template_is_a_project_once_its_name_is_filled_in() -> None:
    """Pulumi replaces two words; what is left is eight lines and their comments."""
    template = settings(EXAMPLES / "template")
    assert (template["name"], template["description"]) == ("${PROJECT}", "${DESCRIPTION}")
    text = (EXAMPLES / "template" / "Pulumi.yaml").read_text(encoding="utf-8")
    assert "pulumi package add" in text
    assert "type: hyperv-migration:MigrationPair" in text
