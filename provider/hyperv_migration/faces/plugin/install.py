"""Puts a shim of the plugin where every engine finds it (pulumi-protocol.md §2, §21).

A console script is found only while its virtual environment is on PATH; the engine's own plugin folder always is.
"""

from __future__ import annotations

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


def plugin_folder() -> Path:
    """Return the engine's folder for this version of the plugin."""
    home = os.environ.get("PULUMI_HOME")
    root = Path(home) if home else Path.home() / ".pulumi"
    return root / "plugins" / f"resource-hyperv-migration-v{__version__}"


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
