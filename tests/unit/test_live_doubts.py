from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from hyperv_migration.lab.options import Options
from hyperv_migration.lab.scenario import Host
from hyperv_migration.live.doubts import DIRECTORY_DOUBTS, DOUBTS, HOST_DOUBTS
from hyperv_migration.live.questions import BY_HAND, DOMAIN, READING, WRITING
from hyperv_migration.live.settings import VARIABLES

DOCS = Path(__file__).resolve().parents[2] / "docs"


def listed() -> dict[str, str]:
    """The doubts of docs/fidelity.md: name and row."""
    rows = re.findall(r"^\| `([a-z0-9-]+)` \|(.*)\|$", (DOCS / "fidelity.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(dict(rows)) == len(rows)
    return dict(rows)


def test_every_doubt_of_the_page_has_its_question_and_the_other_way_round() -> None:
    """Nothing is open without a way to settle it."""
    assert list(listed()) == [doubt.id for doubt in DOUBTS]


def test_every_doubt_is_asked_somehow() -> None:
    """By reading, by a write, of the directory, or by hand, with the way to do it."""
    assert {doubt.id for doubt in HOST_DOUBTS} == {*READING, *WRITING}
    assert {doubt.id for doubt in DIRECTORY_DOUBTS} == {*DOMAIN, *BY_HAND}


def test_switches_of_the_page_are_the_lab_s() -> None:
    """A doubt names the option with which both answers are tried."""
    known = {field.name for record in (Options, Host) for field in dataclasses.fields(record)}
    named = {
        name
        for row in listed().values()
        for name in re.findall(r"`([a-z_0-9]+)`", row)
        if "_" in name or name == "jobs"
    }
    assert named <= known


def test_every_variable_stands_in_the_help_and_the_needed_ones_on_the_page() -> None:
    """Somebody who has Windows need not read code."""
    page = (DOCS / "live.md").read_text(encoding="utf-8")
    named = set(re.findall(r"HYPERV_MIGRATION_[A-Z_]*[A-Z]", page))
    assert named <= set(VARIABLES)
    assert {"HYPERV_MIGRATION_LIVE_HOST", "HYPERV_MIGRATION_LIVE_WRITE", "HYPERV_MIGRATION_LIVE_COMPUTER"} <= named
