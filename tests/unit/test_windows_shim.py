"""What an engine on Windows starts: pip's own launcher, else a batch file that every code page reads alike."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path, PureWindowsPath

import pytest

from hyperv_migration.faces.plugin.windows_shim import batch_file, write_shim
from hyperv_migration.model.errors import InvalidInput

NAME, MODULE = "pulumi-resource-hyperv-migration", "hyperv_migration.faces.plugin.server"
FOLDER = PureWindowsPath(r"C:\Users\Jürgen\.pulumi\plugins\resource-hyperv-migration-v0.1.0")


def shim_in(folder: Path, scripts: Path) -> Path:
    """The shim for an environment whose launchers lie there."""
    return write_shim(folder, NAME, MODULE, interpreter=str(folder / "python.exe"), scripts=scripts)


def test_pips_launcher_is_copied(tmp_path: Path) -> None:
    """It takes the place of a batch file of before; once more changes nothing, not even while it runs."""
    scripts, folder = tmp_path / "Scripts", tmp_path / "plugin"
    scripts.mkdir()
    folder.mkdir()
    (folder / f"{NAME}.cmd").write_text("of before")
    (scripts / f"{NAME}.exe").write_bytes(b"MZ one")
    shim = shim_in(folder, scripts)
    written = shim.stat().st_mtime_ns
    assert shim_in(folder, scripts) == shim == folder / f"{NAME}.exe"
    assert (shim.read_bytes(), shim.stat().st_mtime_ns) == (b"MZ one", written)
    assert [each.name for each in folder.iterdir()] == [shim.name]
    (scripts / f"{NAME}.exe").write_bytes(b"MZ two")
    assert shim_in(folder, scripts).read_bytes() == b"MZ two"


def test_without_a_launcher_a_batch_file_is_written(tmp_path: Path) -> None:
    """As where the package was not installed by pip."""
    shim = shim_in(tmp_path, tmp_path / "Scripts")
    assert shim.name == f"{NAME}.cmd"
    assert shim.read_bytes().endswith(b"\r\n")


@pytest.mark.parametrize(
    ("interpreter", "line"),
    [
        (
            r"C:\Users\Jürgen\pair\venv\Scripts\python.exe",
            rf'@"%~dp0..\..\..\pair\venv\Scripts\python.exe" -P -u -m {MODULE} %*',
        ),
        (r"D:\tools\100%\python.exe", rf'@"D:\tools\100%%\python.exe" -P -u -m {MODULE} %*'),
    ],
)
def test_batch_file_is_ascii(interpreter: str, line: str) -> None:
    """The user's own folder is named by cmd.exe itself, so an umlaut in it needs no code page."""
    assert batch_file(FOLDER, PureWindowsPath(interpreter), MODULE).decode("ascii") == f"{line}\r\n"


@pytest.mark.parametrize("interpreter", [r"C:\Users\Jürgen\prüfung\venv\python.exe", r"D:\prüfung\python.exe"])
def test_what_no_code_page_is_sure_of_is_refused(interpreter: str) -> None:
    """It would start nothing, or something else, after a `chcp`."""
    with pytest.raises(InvalidInput, match="Install the package with pip"):
        batch_file(FOLDER, PureWindowsPath(interpreter), MODULE)


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    """As a plugin that runs is on Windows."""
    blocked = tmp_path / "plugins"
    blocked.write_text("a file, so nothing can lie below it")
    done = subprocess.run(
        [sys.executable, "-m", "hyperv_migration.cli", "plugin", "install"],
        env={"PULUMI_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith("check its rights, and that no pulumi command runs.\n")
