"""The generated pages of docs/: current, complete, and with examples that the provider itself accepts."""

from __future__ import annotations

import ast
import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import configuration_page
import pulumi_hyperv_migration
import readiness_page
import registry_pages
import resource_pages
from home import ROOT, home
from hyperv_migration import __version__
from hyperv_migration.faces.spelling import camel_case
from hyperv_migration.model.components import mesh_inputs
from hyperv_migration.model.configuration import DIRECTORY, OPTIONS, WINRM, read_configuration
from hyperv_migration.model.declaration import Declaration, check
from hyperv_migration.model.pair import plan_mesh
from hyperv_migration.model.readiness import ROW
from hyperv_migration.model.settings import DirectorySettings, WinrmSettings

PAGES = {
    **resource_pages.files(),
    **readiness_page.files(),
    **configuration_page.files(),
    **registry_pages.files(),
}
every_declaration = pytest.mark.parametrize("declaration", resource_pages.DECLARATIONS, ids=lambda item: item.name)


def fenced(text: str, language: str) -> str:
    """The first block of a language on a page."""
    found = re.search(rf"```{language}\n(.*?)\n```", text, re.DOTALL)
    assert found is not None
    return found[1]


def accepted(declaration: Declaration, inputs: dict[str, Any]) -> None:
    """Let the provider check the inputs as it checks a program's."""
    assert check(declaration, inputs)[1] == []
    if declaration in resource_pages.COMPONENTS:
        assert plan_mesh("it", mesh_inputs(inputs)) != []


@pytest.mark.parametrize(("path", "text"), PAGES.items(), ids=lambda part: getattr(part, "name", ""))
def test_committed_page_is_the_generated_one(path: Path, text: str) -> None:
    """`make docs` was run after the last change of a declaration, and nobody edited its result."""
    assert path.read_text(encoding="utf-8") == text


def test_no_page_of_a_resource_is_left_over() -> None:
    """A resource that is gone takes its page along."""
    assert set(resource_pages.FOLDER.iterdir()) == set(resource_pages.files())


@every_declaration
def test_every_property_stands_on_its_page(declaration: Declaration) -> None:
    """Inputs with a section of their own, outputs in the table."""
    text = resource_pages.render(declaration)
    assert [prop.name for prop in declaration.inputs if f"\n### {prop.name}\n" not in text] == []
    assert [prop.name for prop in declaration.outputs if f"| `{prop.name}` |" not in text] == []


@every_declaration
def test_every_page_answers_what_an_administrator_asks(declaration: Declaration) -> None:
    """Who may do it, what it refuses, what it leaves behind, what it is called in an import."""
    assert (declaration.rights != "", declaration.teardown != "") == (True, True)
    asked = ("example", "identity", "import_id", "replacement", "refusals", "remarks")
    assert [name for name in asked if not getattr(declaration.guide, name)] == []


@every_declaration
def test_what_lifts_a_refusal_is_named_with_it(declaration: Declaration) -> None:
    """A flag that allows something says on the page what it allows."""
    lifting = [prop.name for prop in declaration.inputs if prop.name.startswith(("allow", "replace"))]
    assert [name for name in lifting if not any(name in text for text in declaration.guide.refusals)] == []


@every_declaration
def test_the_yaml_example_passes_the_providers_own_check(declaration: Declaration) -> None:
    """It can be pasted."""
    resources = yaml.safe_load(fenced(resource_pages.render(declaration), "yaml"))["resources"]
    (resource,) = resources.values()
    assert resource["type"] == f"hyperv-migration:{declaration.name}"
    accepted(declaration, resource["properties"])


@every_declaration
def test_the_python_example_says_the_same_as_the_yaml_one(declaration: Declaration) -> None:
    """Same class, same inputs, in Python's spelling."""
    text = resource_pages.render(declaration)
    imported, statement = ast.parse(fenced(text, "python")).body
    assert isinstance(imported, ast.ImportFrom)
    assert isinstance(statement, ast.Expr)
    assert isinstance(statement.value, ast.Call)
    assert imported.module == pulumi_hyperv_migration.__name__
    assert hasattr(pulumi_hyperv_migration, imported.names[0].name)
    given = {camel_case(str(each.arg)): ast.literal_eval(each.value) for each in statement.value.keywords}
    (resource,) = yaml.safe_load(fenced(text, "yaml"))["resources"].values()
    assert given == resource["properties"]


def test_the_program_on_the_page_of_readiness_runs() -> None:
    """It names what the package has, and fields that a row has."""
    program = fenced(readiness_page.render(), "python")
    given = {node.attr for node in ast.walk(ast.parse(program)) if isinstance(node, ast.Attribute)}
    rows = {field.name for field in dataclasses.fields(pulumi_hyperv_migration.ReadinessRow)}
    assert given - rows == {"export", "log", "info", "ready", "rows"}
    assert rows == {field.name for field in ROW.fields}


def test_every_key_of_the_configuration_stands_on_its_page() -> None:
    """With its variable, and marked where it is a secret."""
    text = configuration_page.render()
    for option in (*OPTIONS, *WINRM, *DIRECTORY):
        assert f"`{option.name}`" in text or f"## {option.name}:" in text
        assert option.environment in text
    assert text.count("**Secret.**") == sum(option.secret for option in (*OPTIONS, *DIRECTORY))


def test_the_example_of_a_configuration_is_read() -> None:
    """Each key by its own rules."""
    values = yaml.safe_load(fenced(configuration_page.render(), "yaml"))["config"]
    read = read_configuration({key.removeprefix("hyperv-migration:"): value for key, value in values.items()})
    assert read.profile_for("hv7.branch.corp.example", None) == "branch"


@pytest.mark.parametrize("record", [WinrmSettings, DirectorySettings])
def test_defaults_on_the_page_are_those_of_the_records(record: type) -> None:
    """A number that a row's description says is the one that holds."""
    said = {option.name: option.description for option in (WINRM if record is WinrmSettings else DIRECTORY)}
    numbers = {key: value for key, value in configuration_page.defaults(record).items() if isinstance(value, int)}
    assert {key: said[key].rstrip(".").rpartition("; ")[2] for key in numbers} == {
        key: str(value) for key, value in numbers.items()
    }


@pytest.mark.parametrize(("path", "text"), PAGES.items(), ids=lambda part: getattr(part, "name", ""))
def test_no_line_outside_tables_and_links_is_wider_than_an_editor(path: Path, text: str) -> None:
    """And no table has more than four columns."""
    wide = [line for line in text.splitlines() if len(line) > 150 and not line.startswith("|")]
    assert (path.name, wide) == (path.name, [])
    assert max((line.count(" | ") for line in text.splitlines() if line.startswith("|")), default=0) <= 3


@pytest.mark.parametrize(("path", "text"), PAGES.items(), ids=lambda part: getattr(part, "name", ""))
def test_every_link_leads_somewhere(path: Path, text: str) -> None:
    """To a file that is there, also by the address it has once there is a home, or to a heading of the same page."""
    headings = {f"#{line.lstrip('# ').lower()}" for line in text.splitlines() if line.startswith("#")}
    links = re.findall(r"\]\(([^)]+)\)", text)
    ours = [link.replace(home().file("", __version__), f"{ROOT}/") for link in links]
    there = [
        link
        for link in ours
        if link in headings
        or (path.parent / link.partition("#")[0]).is_file()
        or link.startswith(("https://www.npmjs.com/", "https://pypi.org/", "https://pkg.go.dev/"))
    ]
    assert [link for link in ours if link not in there] == []
