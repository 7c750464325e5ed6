"""Write the Pulumi schema from the property declarations, for the home that pyproject.toml names: `make sdk`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import home
import reference
from hyperv_migration.faces.functions import FUNCTIONS
from hyperv_migration.faces.home import home as known_home
from hyperv_migration.faces.schema import build_schema
from hyperv_migration.model.components import MESH, PAIR
from hyperv_migration.operations.resources import RESOURCES

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = ROOT / "sdk" / "schema.json"
HOME = ROOT / "provider" / "hyperv_migration" / "faces" / "home.json"


def home_text() -> str:
    """Return what the plugin knows of its home."""
    return _json(asdict(home.home()))


def examples_text() -> str:
    """Return what the plugin knows of the programs that its descriptions show."""
    return reference.text([*RESOURCES, PAIR.name, MESH.name, *FUNCTIONS])


def text() -> str:
    """Return what the committed file holds."""
    return _json(build_schema(home.home()))


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write the home, the examples and the schema, and where the home has moved, the names that follow from it."""
    before = known_home()
    HOME.write_text(home_text(), encoding="utf-8")
    if before != home.home():
        home.move(before, home.home())
    reference.EXAMPLES.write_text(examples_text(), encoding="utf-8")
    SCHEMA.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
