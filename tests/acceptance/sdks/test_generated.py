"""The committed SDKs are what the generators make of the committed schema, and the engine accepts that schema."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import native_sdks
from hyperv_migration import __version__
from hyperv_migration.faces.home import home
from hyperv_migration.faces.schema import build_schema
from support.sdks import SDK, Compiled

pytestmark = [pytest.mark.sdks, pytest.mark.timeout(900)]


def _files(folder: Path) -> dict[str, bytes]:
    """Every file that git would keep, by its path."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "."],
        cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return {path: (folder / path).read_bytes() for path in listed.stdout.splitlines()}


@pytest.mark.parametrize("language", native_sdks.LANGUAGES)
def test_committed_sdk_is_the_generated_one(compiled: Compiled, language: str) -> None:
    """`make sdk` was run after the last change of a declaration, nobody edited its result, and it is the same each time."""
    made = compiled.folder / "made"
    if not made.is_dir():
        native_sdks.write(made)
    again = {str(path.relative_to(made / language)) for path in (made / language).rglob("*") if path.is_file()}
    committed = _files(SDK / language)
    assert set(committed) == again
    assert [path for path, text in committed.items() if (made / language / path).read_bytes() != text] == []


@pytest.mark.parametrize("language", native_sdks.LANGUAGES)
def test_an_sdk_says_which_plugin_serves_it(language: str) -> None:
    """The engine then asks for the plugin of the same version; one that lacks it asks nobody but the project's home."""
    server = home().plugin_download_url
    plugin = {"resource": True, "name": "hyperv-migration", "version": __version__, "server": server}
    if language == "nodejs":
        assert json.loads((SDK / language / "package.json").read_text())["pulumi"] == plugin
    else:
        (file,) = (SDK / language).glob("*/pulumi-plugin.json")
        assert json.loads(file.read_text()) == plugin


def test_the_native_python_package_has_a_name_of_its_own() -> None:
    """Both Python packages can be installed side by side, and what its project names is there."""
    project = tomllib.loads((SDK / "python-native" / "pyproject.toml").read_text())["project"]
    assert (project["name"], project["version"]) == ("pulumi_hyperv_migration_native", __version__)
    assert (SDK / "python-native" / project["readme"]).is_file()


def test_the_generator_of_dotnet_takes_the_schema(compiled: Compiled) -> None:
    """A user's own one writes a package outside of Pulumi's namespace, with our logo; nothing is fetched."""
    folder = compiled.folder / "all"
    native_sdks.generate(folder)
    package = folder / "dotnet"
    project = (package / "HyperV.Migration.csproj").read_text()
    assert [tag for tag in ("Authors", "PackageProjectUrl", "RepositoryUrl") if f"<{tag}></{tag}>" in project] == []
    assert (package / "logo.png").read_bytes() == native_sdks.LOGO.read_bytes()
    assert "namespace HyperV.Migration\n" in (package / "MigrationHost.cs").read_text()


@pytest.mark.engine
def test_pulumi_finds_the_committed_schema_valid(engine: Path) -> None:
    """`pulumi schema check`, the check of whoever generates an SDK or adds a package from the file."""
    checked = subprocess.run(
        [engine / "pulumi", "schema", "check", SDK / "schema.json"],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


@pytest.mark.engine
def test_the_engine_accepts_the_schema(engine: Path) -> None:
    """`pulumi package get-schema` binds what the plugin says and prints it again."""
    plugin = Path(sys.executable).parent / "pulumi-resource-hyperv-migration"
    asked = subprocess.run(
        [engine / "pulumi", "package", "get-schema", plugin], capture_output=True, text=True, check=True, timeout=60
    )
    bound, ours = json.loads(asked.stdout), build_schema()
    assert bound["version"] == __version__
    for part in ("resources", "types"):
        assert set(bound[part]) == set(ours[part])
    assert "warning" not in asked.stderr
