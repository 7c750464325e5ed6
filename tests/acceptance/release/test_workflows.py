"""The workflows for GitHub: sound, pinned, and nothing in them that one could not type."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import actionlint
import native_sdks
import publish

ROOT = Path(__file__).resolve().parents[3]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
every_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)


def steps(path: Path) -> list[dict[str, Any]]:
    """Each step of a workflow."""
    jobs = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]
    return [step for job in jobs.values() for step in job.get("steps", [])]


@pytest.mark.sdks
@pytest.mark.timeout(600)
def test_actionlint_finds_nothing() -> None:
    """In any of the workflows."""
    try:
        done = actionlint.lint()
    except native_sdks.ToolMissingError as missing:
        pytest.skip(str(missing))
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@every_workflow
def test_a_step_runs_one_target_of_the_makefile(path: Path) -> None:
    """What it does can be done by hand, and is changed in one place."""
    targets = set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    run = [step["run"] for step in steps(path) if "run" in step]
    assert run != []
    assert [
        line for line in run if not (re.fullmatch(r"make [a-z]+( TO=.*)?", line) and line.split()[1] in targets)
    ] == []


@every_workflow
def test_an_action_is_pinned_by_its_commit(path: Path) -> None:
    """A tag can be moved by whoever owns it, or has taken it over; the commit cannot. The comment says its version."""
    used = re.findall(r"uses: (\S+)(.*)", path.read_text(encoding="utf-8"))
    remote = [(action, comment) for action, comment in used if not action.startswith("./")]
    assert [
        action for action, comment in remote
        if not re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", action) or not re.fullmatch(r" # v\d+\.\d+\.\d+", comment)
    ] == []  # fmt: skip


@every_workflow
def test_nothing_may_be_written_but_by_the_job_that_publishes(path: Path) -> None:
    """A change from a stranger runs with rights to read."""
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    writing = [name for name, job in workflow["jobs"].items() if "write" in job.get("permissions", {}).values()]
    assert (workflow["permissions"], writing) == (
        {"contents": "read"},
        ["publish"] if path.name == "release.yml" else [],
    )


def test_a_release_publishes_to_every_place_after_everything_was_tested() -> None:
    """The four places of tools/publish.py, each by a job of its own."""
    job = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8"))["jobs"][
        "publish"
    ]
    assert (job["needs"], job["strategy"]["matrix"]["to"]) == ("ci", list(publish.PLACES))


def test_ci_runs_on_every_python_that_the_project_names() -> None:
    """Each classifier of pyproject.toml is tested."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))
    named = re.findall(r"Python :: (3\.\d+)", text)
    assert (named != [], set(named) - set(workflow["jobs"]["check"]["strategy"]["matrix"]["python"])) == (True, set())
