"""The programs of examples/reference, as the descriptions in the schema show them: `make sdk`."""

from __future__ import annotations

import json
import re
from pathlib import Path

from hyperv_migration.faces.examples import LANGUAGES
from hyperv_migration.faces.spelling import snake_case

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = ROOT / "examples" / "reference"
EXAMPLES = ROOT / "provider" / "hyperv_migration" / "faces" / "examples.json"
FILES = {"yaml": "Pulumi.yaml", "python": "__main__.py", "typescript": "index.ts", "go": "main.go"}
# What every project in YAML has on top.
_HEAD = re.compile(r"\Aname: .*\nruntime: yaml\n")


def folder(name: str) -> Path:
    """Return the folder of the programs of a resource, a component or a function."""
    return PROGRAMS / snake_case(name).replace("_", "-")


def program(name: str, language: str) -> str:
    """Return a program as it stands, without what is of every project."""
    return _HEAD.sub("", (folder(name) / FILES[language]).read_text(encoding="utf-8"))


def text(names: list[str]) -> str:
    """Return what the plugin's package holds of them."""
    programs = {name: {language: program(name, language) for language in LANGUAGES} for name in names}
    return json.dumps(programs, indent=1, ensure_ascii=False) + "\n"
