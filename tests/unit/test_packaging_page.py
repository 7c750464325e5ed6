"""What docs/packaging.md says of this project, beside two others, is so."""

from __future__ import annotations

import json
import re

from home import ROOT

PAGE = (ROOT / "docs" / "packaging.md").read_text(encoding="utf-8")
SCHEMA = json.loads((ROOT / "sdk" / "schema.json").read_text(encoding="utf-8"))


def ours(row: str) -> str:
    """What the page says of us in a row."""
    found = re.search(rf"^\| {re.escape(row)} \| ([^|]+) \|", PAGE, re.MULTILINE)
    assert found is not None, row
    return found[1]


def test_every_table_compares_the_same_three() -> None:
    """In the same order."""
    headers = re.findall(r"^\|  ?\|(.*)\|\n\| ---", PAGE, re.MULTILINE)
    assert {tuple(cell.strip() for cell in header.split("|")) for header in headers} == {
        ("here", "pulumi-command", "pulumi-random")
    }
    assert len(headers) == PAGE.count("\n## ")


def test_the_schema_has_what_the_page_says() -> None:
    """Each field, and each language's block."""
    for row in ("`displayName`, `publisher`", "`homepage`, `repository`, `license`", "`pluginDownloadURL`"):
        assert [field for field in re.findall(r"`(\w+)`", row) if not SCHEMA.get(field)] == []
    assert ("`kind/`" in ours("`keywords`")) == any(word.startswith("kind/") for word in SCHEMA["keywords"])
    assert "`category/`" in ours("`keywords`")
    assert any(word.startswith("category/") for word in SCHEMA["keywords"])
    names = {"C#": "csharp", "Go": "go", "Java": "java", "Node.js": "nodejs", "Python": "python"}
    assert {names[name] for name in ours("language blocks").split(", ")} == set(SCHEMA["language"])


def test_the_examples_are_there() -> None:
    """A folder for each language that the page names, Python on both faces."""
    folders = {path.name for path in (ROOT / "examples").iterdir()}
    assert {"pair", "pair-python-native", "pair-yaml", "pair-typescript", "pair-go"} <= folders
    assert ours("whole programs in `examples/`") == "YAML, Python (both faces), TypeScript, Go"


def test_the_versions_are_those_of_the_packages() -> None:
    """Of the generated SDK's project file, and of ours."""
    native = (ROOT / "sdk" / "python-native" / "pyproject.toml").read_text(encoding="utf-8")
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    pythons = [re.search(r'requires-python = ">=([\d.]+)"', text) for text in (native, project)]
    assert re.findall(r"3\.\d+", ours("Python of the SDK")) == [found[1] for found in pythons if found]
    (oldest,) = re.findall(r'^  "pulumi>=([\d.]+),', project, re.MULTILINE)
    assert ours("Pulumi's Python SDK, oldest").startswith(f"{oldest},")
