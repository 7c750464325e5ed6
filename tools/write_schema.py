"""Write the Pulumi schema from the property declarations, without a version: `make sdk`."""

from __future__ import annotations

import json
from pathlib import Path

from hyperv_migration.faces.schema import build_schema

SCHEMA = Path(__file__).resolve().parent.parent / "sdk" / "schema.json"


def text() -> str:
    """Return what the committed file holds."""
    return json.dumps(build_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(text(), encoding="utf-8")
