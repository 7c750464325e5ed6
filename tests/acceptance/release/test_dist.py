"""What `make dist` builds is what each registry takes, and holds what a user needs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

import dist
import native_sdks
from hyperv_migration import __version__

pytestmark = [pytest.mark.sdks, pytest.mark.timeout(900)]
PYTHON = ("pulumi_hyperv_migration", "pulumi_hyperv_migration_native")


def _node_name() -> str:
    name: str = json.loads((native_sdks.SDK / "nodejs" / "package.json").read_text(encoding="utf-8"))["name"]
    return name


def test_the_files_have_the_names_that_each_registry_and_the_engine_ask_for(built: Path) -> None:
    """PyPI, npm, and one archive of the plugin a platform."""
    platforms = [f"{system}-{machine}" for system in ("darwin", "linux", "windows") for machine in ("amd64", "arm64")]
    assert {str(path.relative_to(built)) for path in built.rglob("*") if path.is_file()} == {
        *(f"python/{name}-{__version__}-py3-none-any.whl" for name in PYTHON),
        *(f"python/{name}-{__version__}.tar.gz" for name in PYTHON),
        f"npm/{_node_name().removeprefix('@').replace('/', '-')}-{__version__}.tgz",
        *(f"plugin/pulumi-resource-hyperv-migration-v{__version__}-{each}.tar.gz" for each in platforms),
    }


def test_pypi_takes_every_python_file(built: Path) -> None:
    """`twine check --strict`: metadata that renders, without one warning."""
    command = [sys.executable, "-m", "twine", "check", "--strict", *(built / "python").iterdir()]
    asked = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert (asked.returncode, asked.stdout.count("PASSED")) == (0, 4), asked.stdout


def test_npm_takes_the_package(built: Path) -> None:
    """`npm publish --dry-run` against an address where nobody listens: nothing is asked of a registry."""
    (package,) = (built / "npm").iterdir()
    command = [
        native_sdks.tool("npm"),
        "publish",
        "--dry-run",
        "--access",
        "public",
        "--json",
        "--fetch-retries",
        "0",
        package,
    ]
    alone = {**os.environ, "npm_config_registry": "http://127.0.0.1:9/"}
    asked = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, env=alone)
    assert asked.returncode == 0, asked.stderr
    files = re.findall(r'"path": "([^"]+)"', asked.stdout)
    assert {"package.json", "README.md", "LICENSE", "index.js", "index.d.ts", "migrationPair.d.ts"} <= set(files)
    assert [name for name in files if "node_modules" in name] == []


def test_npm_finds_the_package_where_its_description_says(built: Path) -> None:
    """The main file of package.json is in the archive, with the types of it beside."""
    (package,) = (built / "npm").iterdir()
    with tarfile.open(package) as archive:
        inside = {name.removeprefix("package/") for name in archive.getnames()}
        described = archive.extractfile("package/package.json")
        assert described is not None
        assert {json.load(described).get("main", "index.js"), "index.d.ts"} <= inside


@pytest.mark.parametrize("name", PYTHON)
def test_wheel_and_sdist_say_the_same_of_themselves(built: Path, name: str) -> None:
    """Also what PyPI shows as the project's page."""
    with zipfile.ZipFile(built / "python" / f"{name}-{__version__}-py3-none-any.whl") as wheel:
        said = wheel.read(f"{name}-{__version__}.dist-info/METADATA").decode()
    with tarfile.open(built / "python" / f"{name}-{__version__}.tar.gz") as sdist:
        file = sdist.extractfile(f"{name}-{__version__}/PKG-INFO")
        assert file is not None
        again = file.read().decode()
    wanted = (
        "Name",
        "Version",
        "Summary",
        "Requires-Python",
        "Requires-Dist",
        "Project-URL",
        "Description-Content-Type",
    )
    read, reread = Parser().parsestr(said), Parser().parsestr(again)
    assert {key: read.get_all(key) for key in wanted} == {key: reread.get_all(key) for key in wanted}
    assert read.get_payload() == reread.get_payload()


def test_the_wheel_of_an_unpacked_sdist_is_the_wheel(built: Path, tmp_path: Path) -> None:
    """Whoever builds from source, as distributions do, gets the same files."""
    with tarfile.open(built / "python" / f"pulumi_hyperv_migration-{__version__}.tar.gz") as sdist:
        sdist.extractall(tmp_path, filter="data")
    (sources,) = tmp_path.iterdir()
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path / "again", sources]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    name = f"pulumi_hyperv_migration-{__version__}-py3-none-any.whl"
    with zipfile.ZipFile(built / "python" / name) as first, zipfile.ZipFile(tmp_path / "again" / name) as second:
        assert {entry.filename: entry.CRC for entry in first.infolist()} == {
            entry.filename: entry.CRC for entry in second.infolist()
        }


def test_an_archive_of_the_plugin_brings_its_start_and_the_wheel(built: Path) -> None:
    """`pulumi plugin install` unpacks it and makes the environment that PulumiPlugin.yaml names, from requirements.txt."""
    wheel = f"pulumi_hyperv_migration-{__version__}-py3-none-any.whl"
    archives = {path.read_bytes() for path in (built / "plugin").iterdir()}
    assert len(archives) == 1
    with tarfile.open(next(iter((built / "plugin").iterdir()))) as archive:
        assert sorted(archive.getnames()) == [
            "LICENSE", "PulumiPlugin.yaml", "README.md", "__main__.py", wheel, "requirements.txt"
        ]  # fmt: skip
        packed, wanted = archive.extractfile(wheel), archive.extractfile("requirements.txt")
        assert packed is not None
        assert wanted is not None
        assert packed.read() == (built / "python" / wheel).read_bytes()
        assert wanted.read().decode() == f"./{wheel}\n"


def test_a_second_build_of_the_archives_is_the_same(built: Path, tmp_path: Path) -> None:
    """No time and no user of the machine that builds goes into them."""
    (wheel,) = (built / "python").glob("pulumi_hyperv_migration-*.whl")
    dist.plugin_archives(tmp_path / "plugin", wheel)
    for path in (built / "plugin").iterdir():
        assert path.read_bytes() == (tmp_path / "plugin" / path.name).read_bytes()
