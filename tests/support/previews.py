"""Previews: as the real engine printed them, or made up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hyperv_migration.review.build import build_review
from hyperv_migration.review.markdown import markdown
from hyperv_migration.review.preview import read_preview

PREVIEWS = Path(__file__).parents[1] / "unit" / "previews"
FACES = ["plugin", "dynamic"]
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
URN = "urn:pulumi:test::story::hyperv-migration:index:{kind}::{name}"


def recorded(face: str, name: str) -> str:
    """What the real engine printed on the lab, without places in programs and times."""
    return (PREVIEWS / f"{face}-{name}.json").read_text(encoding="utf-8")


def reviewed(text: str) -> str:
    """The Markdown of a preview."""
    return markdown(build_review(read_preview(text)))


def preview_of(*steps: dict[str, Any], **more: Any) -> str:
    """A preview as the engine prints it."""
    return json.dumps({"steps": list(steps), "changeSummary": {}, **more})


def step(
    kind: str, operation: str, old: dict[str, Any] | None = None, new: dict[str, Any] | None = None
) -> dict[str, Any]:
    """One step; the state's outputs are its inputs and what more is given."""
    made: dict[str, Any] = {"op": operation, "urn": URN.format(kind=kind, name="it")}
    if old is not None:
        made["oldState"] = {"inputs": {}, "outputs": {"managed": sorted(old), **old}}
    if new is not None:
        made["newState"] = {"inputs": new}
    return made
