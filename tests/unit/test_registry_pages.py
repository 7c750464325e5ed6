"""The pages that Pulumi's registry shows: whole in themselves, without a home and with one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

import registry_pages
from home import ROOT, Home
from hyperv_migration import __version__

NOWHERE = Home("https://hyperv-migration.invalid/pulumi-hyperv-migration")
SOMEWHERE = Home("https://github.com/example/pulumi-hyperv-migration")
WRITERS = (registry_pages.index, registry_pages.installation)
every_page = pytest.mark.parametrize("write", WRITERS, ids=["index", "installation"])
every_home = pytest.mark.parametrize("place", [NOWHERE, SOMEWHERE], ids=["nowhere", "somewhere"])


@every_page
@every_home
def test_a_page_begins_with_what_the_registry_reads(write: registry_pages.Writer, place: Home) -> None:
    """Front matter with a title, a description for search engines, and the layout of a package."""
    _, front, body = write(place).split("---\n", 2)
    said = yaml.safe_load(front)
    assert (sorted(said), said["layout"]) == (["layout", "meta_desc", "title"], "package")
    assert len(said["meta_desc"]) <= 160
    assert not re.search(r"^# ", body.partition("```")[0], re.MULTILINE), "the title is a heading already"


@every_page
def test_with_a_home_every_link_leaves_the_page_for_a_file_at_the_tag(write: registry_pages.Writer) -> None:
    """The registry shows the page on its own site; each file is in this tree."""
    links = re.findall(r"\]\((https?:[^)]+|[^)\s]+\.md[^)]*)\)", write(SOMEWHERE))
    beginning = SOMEWHERE.file("", __version__)
    assert [link for link in links if not link.startswith("https://")] == []
    ours = [link.removeprefix(beginning).partition("#")[0] for link in links if link.startswith(beginning)]
    assert ours != []
    assert [path for path in ours if not (ROOT / path).is_file()] == []


def test_with_a_home_the_packages_of_every_language_are_named() -> None:
    """As the generated SDKs call themselves, where each registry shows them; no word of a checkout."""
    text = registry_pages.installation(SOMEWHERE)
    assert "https://www.npmjs.com/package/@example/pulumi-hyperv-migration)" in text
    assert "https://pypi.org/project/pulumi_hyperv_migration_native/)" in text
    assert "https://pkg.go.dev/github.com/example/pulumi-hyperv-migration/sdk/go)" in text
    assert f"pulumi package add github.com/example/pulumi-hyperv-migration@v{__version__}" in text
    assert "checkout" not in text


@every_page
def test_without_a_home_no_registry_is_named_where_a_stranger_could_take_the_name(write: registry_pages.Writer) -> None:
    """Neither to install from nor to look at."""
    text = write(NOWHERE)
    assert [
        word for word in ("pip install", "npm install", "pypi.org", "npmjs.com", "pkg.go.dev") if word in text
    ] == []


@every_home
def test_choosers_are_closed_and_hold_the_languages_they_name(place: Home) -> None:
    """A block for each, with code in it."""
    text = registry_pages.index(place)
    named = re.findall(r'\{\{< chooser language "([^"]+)" >\}\}', text)
    blocks = re.findall(
        r"\{\{% choosable language (\w+) %\}\}\n\n```(\w+)\n.+?\n```\n\n\{\{% /choosable %\}\}", text, re.DOTALL
    )
    assert [language for language, _ in blocks] == [each for line in named for each in line.split(",")]
    assert all(language == fence for language, fence in blocks)
    assert (text.count("{{< chooser "), text.count("{{% choosable ")) == (
        text.count("{{< /chooser >}}"),
        text.count("{{% /choosable %}}"),
    )


def test_the_home_is_read_from_the_project(tmp_path: Path) -> None:
    """One line of pyproject.toml; a host below .invalid is none."""
    project = tmp_path / "pyproject.toml"
    project.write_text('[project.urls]\nRepository = "https://github.com/example/it/"\n')
    read = registry_pages.home(project)
    assert (read.repository, read.public, read.path) == ("https://github.com/example/it", True, "github.com/example/it")
    assert not NOWHERE.public
