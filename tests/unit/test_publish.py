"""What is published, and what keeps it from being published."""

from __future__ import annotations

import subprocess
import sys

import pytest

import publish
from home import ROOT, Home, home
from hyperv_migration import __version__

SOMEWHERE = Home("https://github.com/example/pulumi-hyperv-migration")
RELEASED = f"# Changelog\n\n## [{__version__}] - 2027-01-31\n\n### Added\n\n- A thing.\n\n## [0.0.1] - 2026-01-01\n"
TAG = f"v{__version__}"


def test_a_tagged_version_with_a_home_and_a_dated_section_is_published() -> None:
    """Nothing stands in the way."""
    assert publish.refusals(SOMEWHERE, RELEASED, [TAG]) == []


@pytest.mark.parametrize(
    ("place", "changelog", "tags", "said"),
    [
        (Home("https://hyperv-migration.invalid/x"), RELEASED, [TAG], "no public home"),
        (SOMEWHERE, RELEASED, ["v9.9.9"], f"not tagged {TAG}"),
        (SOMEWHERE, RELEASED.replace(" - 2027-01-31", ""), [TAG], "no section"),
        (SOMEWHERE, "# Changelog\n", [TAG], "no section"),
    ],
    ids=["home", "tag", "date", "section"],
)
def test_what_is_missing_is_said(place: Home, changelog: str, tags: list[str], said: str) -> None:
    """Each by a sentence of its own."""
    (sentence,) = publish.refusals(place, changelog, tags)
    assert said in sentence


def test_the_notes_of_a_release_are_its_section() -> None:
    """Without its heading and without the older ones."""
    assert publish.notes(RELEASED) == "### Added\n\n- A thing.\n"


@pytest.mark.parametrize("to", publish.PLACES)
def test_nothing_leaves_this_tree_while_it_has_no_home(to: str) -> None:
    """Whatever it is to be published to, and before any program is asked."""
    if home().public:
        pytest.skip("the project has a home")
    command = [sys.executable, ROOT / "tools" / "publish.py", to]
    asked = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (asked.returncode, asked.stdout) == (1, "")
    assert asked.stderr.startswith("publish: the project has no public home yet")
    assert asked.stderr.endswith("publish: nothing was published\n")
