"""The scripts that find or build what the tests stand on, and the rule that nothing is skipped in CI."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from build_once import built_once

ROOT = Path(__file__).resolve().parents[2]


def test_costly_thing_is_built_once(tmp_path: Path) -> None:
    """The second call finds what the first one built."""
    builds = []
    for _ in range(2):
        built_once(tmp_path / "thing", lambda folder: builds.append((folder / "part").write_text("x")))
    assert (builds, (tmp_path / "thing" / "part").read_text()) == ([1], "x")


def test_interrupted_build_leaves_nothing(tmp_path: Path) -> None:
    """A build that failed halfway is neither taken for a finished one nor left lying about."""

    def fail(folder: Path) -> None:
        (folder / "part").write_text("x")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        built_once(tmp_path / "thing", fail)
    assert [path.name for path in tmp_path.iterdir()] == ["thing.lock"]


def test_two_runs_build_one_after_the_other(tmp_path: Path) -> None:
    """Runs that start together wait for each other, and only one of them builds."""
    script = (
        "import pathlib, sys, time\n"
        "from build_once import built_once\n"
        "def build(folder):\n"
        "    time.sleep(0.3)\n"
        "    print('built')\n"
        "built_once(pathlib.Path(sys.argv[1]), build)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "thing")]
    runs = [subprocess.Popen(command, cwd=ROOT / "tools", stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert sorted(run.communicate(timeout=30)[0] for run in runs) == ["", "built\n"]


def test_installed_engine_is_taken(tmp_path: Path) -> None:
    """A pulumi on PATH with the host of dynamic providers beside it is the engine."""
    for name in ("pulumi", "pulumi-resource-pulumi-python"):
        (tmp_path / name).touch(mode=0o755)
    located = _locate(path=tmp_path, cache=tmp_path / "cache")
    assert (located.returncode, located.stdout) == (0, f"{tmp_path}\n")


def test_missing_engine_and_go_are_told_plainly(tmp_path: Path) -> None:
    """Without an engine and without Go the user reads what to install."""
    located = _locate(path=tmp_path, cache=tmp_path / "cache")
    assert (located.returncode, located.stdout) == (1, "")
    assert "install pulumi 3.216 or newer, or Go 1." in located.stderr


def test_newest_engine_is_its_own_even_where_one_is_installed(tmp_path: Path) -> None:
    """`ENGINE=newest` asks for another pinned version, beside the first in the cache, and for nothing that is on PATH."""
    for name in ("pulumi", "pulumi-resource-pulumi-python"):
        (tmp_path / name).touch(mode=0o755)
    asked = _locate("--no-build", path=tmp_path, cache=tmp_path / "cache", ENGINE="newest")
    assert asked.returncode == 3
    newest = re.search(r"pulumi/pkg/v3 v(\S+)", (ROOT / "tools" / "engine" / "newest" / "go.mod").read_text())
    yaml = re.search(r"pulumi-yaml v(\S+)", (ROOT / "tools" / "engine" / "newest" / "go.mod").read_text())
    assert newest is not None
    assert yaml is not None
    built = tmp_path / "cache" / "pulumi-hyperv-migration" / f"engine-{newest[1]}-yaml-{yaml[1]}" / "bin"
    built.mkdir(parents=True)
    located = _locate(path=tmp_path, cache=tmp_path / "cache", ENGINE="newest")
    assert (located.returncode, located.stdout) == (0, f"{built}\n")


def test_an_engine_of_another_name_is_refused(tmp_path: Path) -> None:
    """A slip would otherwise test the pinned one in silence."""
    located = _locate(path=tmp_path, cache=tmp_path / "cache", ENGINE="latest")
    assert (located.returncode, located.stdout) == (1, "")
    assert "ENGINE is 'latest'; it can be `newest`" in located.stderr


def test_readme_names_the_engines_that_are_tested() -> None:
    """The range in README is the one of the go.mod files and of the dependency."""
    readme = (ROOT / "README.md").read_text()
    for folder in ("engine", "engine/newest"):
        found = re.search(r"pulumi/pkg/v3 v(\S+)", (ROOT / "tools" / folder / "go.mod").read_text())
        assert found is not None
        assert found[1] in readme


def test_engine_is_not_built_unasked(tmp_path: Path) -> None:
    """Whoever only asks is told that it would have to be built."""
    located = _locate("--no-build", path=tmp_path, cache=tmp_path / "cache")
    assert (located.returncode, located.stderr) == (3, "engine: not here; `make engine` builds it\n")


@pytest.mark.parametrize(("switch", "outcome"), [({}, "1 skipped"), ({"CI": "true"}, "1 error")])
@pytest.mark.parametrize(
    ("test", "told"),
    [
        (
            "tests/contract/test_engine_support.py::test_engine_shows_drift_repairs_it_and_destroys",
            "`make engine` builds",
        ),
        ("tests/acceptance/sdks/test_types.py::test_go_sdk_and_examples_are_vetted", "need Go, Node.js and npm"),
    ],
)
def test_what_is_missing_skips_here_and_fails_in_ci(
    tmp_path: Path, test: str, told: str, switch: dict[str, str], outcome: str
) -> None:
    """A test that needs the engine or a compiler is skipped with its reason at home and fails in CI."""
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", test],
        cwd=ROOT, env=_environment(path=tmp_path, cache=tmp_path) | switch,
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert outcome in ran.stdout.splitlines()[-1]
    assert told in ran.stdout


def _locate(*arguments: str, path: Path, cache: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "tools" / "engine.py"), *arguments],
        env=_environment(path=path, cache=cache) | more, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def _environment(*, path: Path, cache: Path) -> dict[str, str]:
    return {"PATH": str(path), "XDG_CACHE_HOME": str(cache), "HOME": os.environ.get("HOME", "/")}


def test_system_packages_of_kerberos_are_the_documented_ones() -> None:
    """What a user of the extra is told to install builds it here, too."""
    listed = re.search(r'^building="(.*)"$', (ROOT / "tools" / "system.sh").read_text(), re.MULTILINE)
    told = re.search(r"apt-get install (.*?) +#", (ROOT / "docs" / "getting-started.md").read_text())
    assert listed is not None
    assert told is not None
    assert set(listed[1].split()) - set(told[1].split()) == set()
