"""The command `hyperv-migration plugin`: the plugin of this Python environment among those that the engine keeps."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from hyperv_migration.faces.plugin import install as plugins
from hyperv_migration.model.errors import InvalidInput

_ABOUT = """\
Makes the plugin of this Python environment known to every Pulumi project of your account, for YAML, TypeScript, Go and
the other languages. Not needed where `pulumi package add PATH` was given the path of a checkout, nor by Python programs
on `pulumi_hyperv_migration`.
"""
_AFTERWARDS = (
    "Every project of this account finds it now: in a project's folder run `pulumi package add hyperv-migration`."
)


def describe(parser: argparse.ArgumentParser) -> None:
    """Add the actions to the command's parser."""
    parser.description = _ABOUT
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser(
        "install", help="write the plugin's start into the engine's folder; again after the environment moved"
    )
    actions.add_parser("list", help="say which versions the engine keeps, what each starts, and which one is on PATH")
    actions.add_parser("uninstall", help="remove this version from the engine's folder")


def run(parsed: argparse.Namespace) -> int:
    """Do it; returns the exit status."""
    try:
        lines = {"install": _install, "list": _list, "uninstall": _uninstall}[parsed.action]()
    except InvalidInput as refused:
        sys.stderr.write(f"{refused}\n")
        return 2
    except OSError as error:
        sys.stderr.write(
            f"{plugins.plugin_folder()} cannot be changed ({type(error).__name__}): check its rights, "
            "and that no pulumi command runs.\n"
        )
        return 1
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return 0


def _install() -> list[str]:
    written = plugins.install()
    return [f"Wrote {written}", _AFTERWARDS, *_of_path()]


def _list() -> list[str]:
    kept = [_described(version, folder) for version, folder in plugins.listed()]
    nothing = f"The engine keeps none in {plugins.pulumi_home() / 'plugins'}; `hyperv-migration plugin install` adds this one."
    return [*(kept or [nothing]), *_of_path()]


def _described(version: str, folder: Path) -> str:
    started = plugins.interpreter(folder)
    if started is None:
        return f"{version}  {folder}"
    if not started.exists():
        return f"{version}  {folder}  cannot start: {started} is gone; run `hyperv-migration plugin install` again"
    return f"{version}  {folder}  starts {started}"


def _uninstall() -> list[str]:
    return ["Removed." if plugins.uninstall() else f"There was none in {plugins.plugin_folder()}."]


def _of_path() -> list[str]:
    found = plugins.on_path()
    if found is None:
        return []
    told = (
        f"But {found} is on PATH. The engine takes that one first and warns `from $PATH` with every command: "
        "deactivate that environment, or set PULUMI_IGNORE_AMBIENT_PLUGINS=1."
    )
    return [told]
