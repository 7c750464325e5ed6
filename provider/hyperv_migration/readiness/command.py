"""`hyperv-migration readiness`: the rows on a terminal, without a Pulumi program."""

from __future__ import annotations

import argparse
import os
import re
import sys
import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from hyperv_migration.model.configuration import NAMESPACE, Configuration, read_configuration
from hyperv_migration.model.errors import InvalidInput, MigrationError, MissingConfiguration
from hyperv_migration.model.readiness import NO, UNKNOWN, YES, Readiness, Row
from hyperv_migration.model.terminal import printable
from hyperv_migration.readiness.reading import check, read_readiness
from hyperv_migration.wiring import WiredTargets

_STATUS = {YES: 0, NO: 1, UNKNOWN: 2}
_NOT_ASKED = 3
_WIDTH = 120
_COMMAND = re.compile("`[^`]*`")
_NO_BREAK = "\xa0"


def describe(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.add_argument("source", metavar="SOURCE", help="one of the two hosts, by its DNS name")
    parser.add_argument("destination", metavar="DESTINATION", help="the other one")
    parser.add_argument("--profile", help="connection profile to use; unset picks it by name patterns")
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="YAML or JSON with the provider's keys, such as Pulumi.<stack>.yaml; passwords come from "
        "HYPERV_MIGRATION_PASSWORD or passwordFile",
    )
    parser.epilog = "exit status: 0 ready, 1 not ready, 2 unknown, 3 not asked (arguments or configuration)"


def run(arguments: argparse.Namespace) -> int:
    """Read, print the table and return the exit status."""
    given = {name: getattr(arguments, name) for name in ("source", "destination", "profile")}
    try:
        checked, failures = check(given)
        if failures:
            raise InvalidInput("; ".join(f"{failure.reason}" for failure in failures))
        targets = WiredTargets(_configuration(arguments.config), os.environ, of_stack=False)
        readiness = read_readiness(checked, targets, refuse=(InvalidInput, MissingConfiguration))
    except MigrationError as error:
        sys.stderr.write(f"hyperv-migration readiness: {error}\n")
        return _NOT_ASKED
    sys.stdout.write("\n".join(table(readiness)) + "\n")
    return _STATUS[readiness.ready]


def table(readiness: Readiness) -> Iterable[str]:
    """Return the lines: each row's answer, question, reason and remedy; then what they come to."""
    subject = ""
    for row in readiness.rows:
        if row.subject != subject:
            subject = row.subject
            yield from ([""] if subject != readiness.rows[0].subject else [])
            yield printable(subject)
        yield from _lines(row)
    yield ""
    yield f"ready: {readiness.ready}"


def _lines(row: Row) -> Iterable[str]:
    mark = "" if row.decisive else " (does not count)"
    yield from _wrapped(f"  {row.answer:<8}", f"{row.question}{mark}")
    yield from _wrapped(" " * 10, row.reason)
    if row.remedy:
        yield from _wrapped(" " * 8 + "> ", row.remedy)


def _wrapped(start: str, text: str) -> list[str]:
    # Names and reasons may come from a target: what a terminal would obey in them is spelled out.
    # A command to be copied stays in one line.
    whole = _COMMAND.sub(lambda command: command[0].replace(" ", _NO_BREAK), printable(text))
    lines = textwrap.wrap(
        whole,
        _WIDTH,
        initial_indent=start,
        subsequent_indent=" " * 10,
        break_on_hyphens=False,
        break_long_words=False,
    )
    return [line.replace(_NO_BREAK, " ") for line in lines]


def _configuration(path: Path | None) -> Configuration:
    return read_configuration({} if path is None else _keys(path, _parsed(path)))


def _parsed(path: Path) -> Any:
    import yaml  # type: ignore[import-untyped]  # noqa: PLC0415 - pulumi brings it; only where a file is given

    try:
        return yaml.safe_load(path.expanduser().read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path} cannot be read ({type(error).__name__}); check its path and rights.") from None
    except yaml.YAMLError:
        # Its own words would repeat the line, which may hold a password.
        raise InvalidInput(f"{path} is neither YAML nor JSON; give the file of a stack, or the keys alone.") from None


def _keys(path: Path, parsed: Any) -> dict[str, Any]:
    """Return our keys from a stack's file, where they have the prefix, or from a file of the keys alone."""
    if not isinstance(parsed, Mapping):
        raise InvalidInput(f"{path} holds no keys; give the file of a stack, or the keys alone.")
    prefix = f"{NAMESPACE}:"
    whole = parsed.get("config", parsed)
    of_stack = isinstance(whole, Mapping) and any(str(name).startswith(prefix) for name in whole)
    found = {
        str(name).removeprefix(prefix): value
        for name, value in (whole if of_stack else parsed).items()
        if not of_stack or str(name).startswith(prefix)
    }
    if sealed := sorted(name for name, value in found.items() if _is_sealed(value)):
        raise InvalidInput(
            f"{path} holds {', '.join(sealed)} encrypted, which only Pulumi can read; take it out of a copy of the file, and "
            "set HYPERV_MIGRATION_PASSWORD or passwordFile."
        )
    return found


def _is_sealed(value: Any) -> bool:
    if isinstance(value, Mapping):
        return "secure" in value or any(map(_is_sealed, value.values()))
    return isinstance(value, list) and any(map(_is_sealed, value))
