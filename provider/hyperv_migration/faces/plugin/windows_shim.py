"""How an engine on Windows finds the plugin: it looks for a .exe, then for a .cmd (pulumi-protocol.md §2)."""

from __future__ import annotations

import filecmp
import ntpath
import shutil
from pathlib import Path, PureWindowsPath

from hyperv_migration.model.errors import InvalidInput
from hyperv_migration.operations.files_in_use import patiently


def write_shim(folder: Path, name: str, module: str, *, interpreter: str, scripts: Path) -> Path:
    """Make the plugin startable from the engine's folder; returns what an engine starts.

    That is a copy of the launcher which pip has put into the environment's Scripts: it holds the whole path of its
    interpreter, in Unicode, so it works from any folder, as pipx's copies do. It starts its own code only, whatever lies in
    the current folder. Where there is none, a batch file does it.
    """
    launcher, batch = folder / f"{name}.exe", folder / f"{name}.cmd"
    if not (found := scripts / launcher.name).is_file():
        batch.write_bytes(batch_file(PureWindowsPath(folder), PureWindowsPath(interpreter), module))
        return batch
    if not (launcher.is_file() and filecmp.cmp(found, launcher, shallow=False)):
        patiently(lambda: shutil.copyfile(found, launcher))
    batch.unlink(missing_ok=True)
    return launcher


def batch_file(folder: PureWindowsPath, interpreter: PureWindowsPath, module: str) -> bytes:
    r"""Return a batch file in that folder which starts a module with that interpreter.

    cmd.exe reads it in the code page that the console has at the moment, so only ASCII stands in it. The interpreter is named
    from the batch file's own place, %~dp0, which cmd.exe knows in Unicode: C:\Users\Jürgen is then on no line.
    -P: a project's folder cannot put another module in its place.
    """
    try:
        way = "%~dp0" + ntpath.relpath(interpreter, folder).replace("%", "%%")
    except ValueError:  # another drive
        way = str(interpreter).replace("%", "%%")
    try:
        return f'@"{way}" -P -u -m {module} %*\r\n'.encode("ascii")
    except UnicodeEncodeError:
        raise InvalidInput(
            f"No batch file can name {interpreter} for every code page. Install the package with pip, which makes a program "
            "that can, or make the environment in a folder whose name is ASCII."
        ) from None
