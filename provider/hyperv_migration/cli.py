"""The command `hyperv-migration`."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence

from hyperv_migration import __version__


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    from hyperv_migration.faces.plugin import command as plugin  # noqa: PLC0415 - only what is asked for is loaded
    from hyperv_migration.lab import command as lab  # noqa: PLC0415 - likewise
    from hyperv_migration.live import settings as live  # noqa: PLC0415 - likewise
    from hyperv_migration.readiness import command as readiness  # noqa: PLC0415 - likewise
    from hyperv_migration.review import command as review  # noqa: PLC0415 - likewise

    parser = argparse.ArgumentParser(
        prog="hyperv-migration",
        description="Hyper-V live migration between hosts outside a failover cluster, as code.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    lab.add_arguments(
        commands.add_parser("lab", help="run emulated Hyper-V hosts and a directory, to try programs without Windows")
    )
    review.add_arguments(
        commands.add_parser("review", help="turn what `pulumi preview --json` prints into a page for a change review")
    )
    live.describe(commands.add_parser("live", help="ask a real Hyper-V host what only Windows can answer"))
    readiness.describe(commands.add_parser("readiness", help="ask whether two hosts are ready for live migration"))
    plugin.describe(
        commands.add_parser("plugin", help="make the plugin for YAML and other languages known to every engine")
    )
    parsed = parser.parse_args(arguments)
    _write_whatever_comes()
    match parsed.command:
        case "plugin":
            return plugin.run(parsed)
        case "live":
            return _live()
        case "review":
            return review.run(parsed)
        case "readiness":
            return readiness.run(parsed)
    return lab.run(parsed)


def _write_whatever_comes() -> None:
    """Spell out what the console's code page cannot show: a sentence must not end in a traceback and a wrong exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _live() -> int:
    from hyperv_migration.live import command as live  # noqa: PLC0415 - only what is asked for

    return live.run()


if __name__ == "__main__":
    sys.exit(main())
