"""The order, the numbers, the head and the colours of a review: one preview, one page."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from hyperv_migration.review.build import build_review
from hyperv_migration.review.markdown import markdown
from hyperv_migration.review.page import page
from hyperv_migration.review.preview import read_preview
from support.previews import FACES, URN, preview_of, recorded, reviewed, step


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("name", ["create", "change", "delete"])
@pytest.mark.parametrize("render", [markdown, page])
def test_the_same_preview_gives_the_same_page_in_whatever_order_it_lists_its_steps(
    face: str, name: str, render: Callable[[Any], str]
) -> None:
    """The engine works side by side; three previews of one program gave two pages."""
    whole = json.loads(recorded(face, name))
    whole["diagnostics"] = [{"urn": urn, "severity": "warning", "message": f"of {urn}"} for urn in ("b", "a")]
    turned = {**whole, "steps": whole["steps"][::-1], "diagnostics": whole["diagnostics"][::-1]}
    pages = {render(build_review(read_preview(json.dumps(each)))) for each in (whole, turned)}
    assert len(pages) == 1


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("name", ["create", "change", "delete"])
def test_numbers_run_on_from_top_to_bottom(face: str, name: str) -> None:
    """One, two, three, across hosts and accounts."""
    titles = [line for line in reviewed(recorded(face, name)).splitlines() if line.startswith("### ")]
    assert [int(title[4:].partition(".")[0]) for title in titles] == list(range(1, len(titles) + 1))


@pytest.mark.parametrize("render", [markdown, page])
def test_head_names_project_stack_and_time(render: Callable[[Any], str]) -> None:
    """The first two are in the preview, the time is whoever calls to give."""
    preview = read_preview(recorded("pair", "change"))
    told, untold = (render(build_review(preview, time)) for time in ("2026-11-20 09:00 UTC", ""))
    assert told.count("2026-11-20 09:00 UTC") == 1
    for text in (told, untold):
        head = text.replace("<code>", "`").replace("</code>", "`")
        assert "Project `pair`, stack `lab`, " in head
    assert "time of the preview not given" in untold


def test_what_depends_on_another_stands_behind_it() -> None:
    """Also against the order of kinds; and a destroy goes the other way."""
    network = {"computerName": "hv01.lab.test", "subnet": "10.1.0.0/24"}
    host = {"computerName": "hv01.lab.test", "enabled": True, "host": "hv01.lab.test"}
    depends = {"dependencies": [URN.format(kind="MigrationHost", name="it")]}
    made = [step("MigrationNetwork", "create", new=network), step("MigrationHost", "create", new=host)]
    made[0]["newState"] |= depends
    gone = [step("MigrationNetwork", "delete", network), step("MigrationHost", "delete", host)]
    gone[0]["oldState"] |= depends
    for steps, order in ((made, ["host", "network"]), (gone, ["network", "host"])):
        titles = [line for line in reviewed(preview_of(*steps)).splitlines() if line.startswith("### ")]
        assert ["network" if "network `" in title else "host" for title in titles] == order


def test_steps_that_wait_for_each_other_are_told_all_the_same() -> None:
    """No engine writes that; nothing is lost and nothing hangs."""
    steps = [step("MigrationNetwork", "create", new={"computerName": "h", "subnet": f"10.{n}.0.0/24"}) for n in (1, 2)]
    for each, other in ((steps[0], "b"), (steps[1], "a")):
        each["urn"] = URN.format(kind="MigrationNetwork", name="ab".replace(other, ""))
        each["newState"]["dependencies"] = [URN.format(kind="MigrationNetwork", name=other), 5]
    assert "2 to create" in reviewed(preview_of(*steps))


def test_delete_does_not_look_like_create() -> None:
    """Each action has a style of its own, and the styles have colours of their own."""
    text = page(build_review(read_preview(recorded("plugin", "change"))))
    colours = [re.search(rf"\.action\.{one} {{ color: ([^;]+); }}", text) for one in ("create", "delete", "update")]
    assert len({colour[1] for colour in colours if colour}) == 3
    assert '<span class="action delete">Delete (replaced)</span>' in text
    assert '<span class="action create">Create (replacement)</span>' in text
