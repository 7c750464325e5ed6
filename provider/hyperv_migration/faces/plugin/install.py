"""Puts a shim of the plugin where every engine finds it (pulumi-protocol.md §2, §21).

A console script is found only while its virtual environment is on PATH; the engine's own plugin folder always is.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import sys
import sysconfig
from pathlib import Path

from hyperv_migration import __version__
from hyperv_migration.faces.plugin.windows_shim import write_shim
from hyperv_migration.operations.files_in_use import patiently

NAME = "pulumi-resource-hyperv-migration"
_MODULE = "hyperv_migration.faces.plugin.server"


_FOLDER = "resource-hyperv-migration-v"


def pulumi_home() -> Path:
    """Return the engine's own folder, by its own rule: PULUMI_HOME, or `.pulumi` in the account's home, whatever HOME says."""
    if chosen := os.environ.get("PULUMI_HOME"):
        return Path(chosen).absolute()
    if sys.platform != "win32":
        import pwd  # noqa: PLC0415 - not on Windows

        with contextlib.suppress(KeyError):
            return Path(pwd.getpwuid(os.getuid()).pw_dir) / ".pulumi"
    return Path.home() / ".pulumi"


def plugin_folder() -> Path:
    """Return the engine's folder for this version of the plugin."""
    return pulumi_home() / "plugins" / f"{_FOLDER}{__version__}"


def listed() -> list[tuple[str, Path]]:
    """Return version and folder of each plugin of ours that the engine keeps."""
    there = (path for path in (pulumi_home() / "plugins").glob(f"{_FOLDER}*") if path.is_dir())
    return sorted((path.name.removeprefix(_FOLDER), path) for path in there)


def interpreter(folder: Path) -> Path | None:
    """Return what a shim of ours starts; None where it is no script that says so."""
    try:
        words = shlex.split((folder / NAME).read_text(encoding="utf-8"), comments=True)
    except (OSError, ValueError):
        return None
    return Path(words[1]) if words[:1] == ["exec"] and _MODULE in words else None


def on_path() -> Path | None:
    """Return what the engine takes before every plugin that it keeps, if it is there and not to be ignored."""
    found = shutil.which(NAME)
    ignored = os.environ.get("PULUMI_IGNORE_AMBIENT_PLUGINS", "").lower() in {"1", "true"}
    return Path(found) if found and not ignored else None


def install() -> Path:
    """Write a shim that starts this interpreter's plugin; returns the shim. Writing it again is harmless."""
    folder = plugin_folder()
    folder.mkdir(parents=True, exist_ok=True)
    if sys.platform == "win32":
        return write_shim(
            folder, NAME, _MODULE, interpreter=sys.executable, scripts=Path(sysconfig.get_path("scripts"))
        )
    shim = folder / NAME
    # Its own search path, so that a project's folder cannot put another module in its place.
    shim.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -P -u -m {_MODULE} "$@"\n', encoding="utf-8")
    shim.chmod(0o755)
    return shim


def uninstall() -> bool:
    """Remove the shim; tell whether one was there. Raises OSError where it stays, as on Windows while it runs."""
    folder = plugin_folder()
    there = folder.exists()
    if there:
        patiently(lambda: shutil.rmtree(folder))
    return there
