"""The wheel: what a user's machine gets."""

from __future__ import annotations

import email
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from home import home
from hyperv_migration import __version__

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    """The wheel built from this tree, without the network."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT, check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    (built,) = folder.glob("*.whl")
    with zipfile.ZipFile(built) as opened:
        yield opened


def test_wheel_says_it_is_no_plugin(wheel: zipfile.ZipFile) -> None:
    """Without this file the official Python host looks for a plugin to download, as the name begins with pulumi-."""
    assert json.loads(wheel.read("pulumi_hyperv_migration/pulumi-plugin.json")) == {"resource": False}


@pytest.mark.parametrize("package", ["hyperv_migration", "pulumi_hyperv_migration"])
def test_wheel_holds_both_packages_with_their_types(wheel: zipfile.ZipFile, package: str) -> None:
    """A program imports one package and the other stands behind it; both are marked as typed."""
    assert {f"{package}/__init__.py", f"{package}/py.typed"} <= set(wheel.namelist())


def test_wheel_holds_nothing_else(wheel: zipfile.ZipFile) -> None:
    """No tests, tools or examples land among a user's installed packages."""
    folders = {name.partition("/")[0] for name in wheel.namelist() if ".dist-info/" not in name}
    assert folders == {"hyperv_migration", "pulumi_hyperv_migration"}


def test_pypis_page_of_the_project_links_to_files_that_are_there(wheel: zipfile.ZipFile) -> None:
    """The README's own links, which lead nowhere on PyPI, become addresses at the version's tag; the text stays."""
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    _, _, shown = wheel.read(name).decode().partition("\n\n")
    beginning = home().file("", __version__)
    links = re.findall(r"\]\(([^)]+)\)", shown)
    assert [link for link in links if not link.startswith("https://")] == []
    ours = [link.removeprefix(beginning).partition("#")[0] for link in links if link.startswith(beginning)]
    assert len(ours) > 20
    assert [path for path in ours if not (ROOT / path).exists()] == []
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    unlinked = [re.sub(r"\]\([^)]+\)", "]", text).strip() for text in (shown, readme)]
    assert unlinked[0] == unlinked[1]


def test_pypi_shows_where_the_project_lives_who_keeps_it_and_which_python_it_takes(wheel: zipfile.ZipFile) -> None:
    """Each address lies below the one of pyproject.toml; the licence is in the wheel."""
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    told = email.message_from_bytes(wheel.read(name))
    urls = dict(line.split(", ") for line in told.get_all("Project-URL", ()))
    assert set(urls) == {"Homepage", "Documentation", "Repository", "Issues", "Changelog"}
    assert [url for url in urls.values() if not url.startswith(home().repository)] == []
    assert (told["Maintainer"], told["License-File"]) == ("The pulumi-hyperv-migration developers", "LICENSE")
    versions = {line.rpartition(" ")[2] for line in told.get_all("Classifier", ()) if ":: Python :: 3." in line}
    assert versions == {"3.11", "3.12", "3.13", "3.14"}


def test_wheel_knows_its_home_and_its_examples(wheel: zipfile.ZipFile) -> None:
    """The plugin's schema is built from it, and from the examples."""
    assert {"hyperv_migration/faces/home.json", "hyperv_migration/faces/examples.json"} <= set(wheel.namelist())
