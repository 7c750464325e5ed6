"""The command `hyperv-migration lab`: run a scenario until it is interrupted, and say how to point a stack at it."""

from __future__ import annotations

import argparse
import json
import shlex
import signal
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hyperv_migration.lab.scenario_file import ScenarioError, read_scenario

if TYPE_CHECKING:
    from hyperv_migration.lab.lab import Lab

_MARK = "# Written by `hyperv-migration lab`; it may be overwritten."
_LARGEST_PORT = 65535
_BEAT = 0.5
"""Seconds. On Windows no signal is handled while a thread waits without an end."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    parser.add_argument("scenario", type=Path, metavar="SCENARIO.toml", help="what to emulate; see examples/lab.toml")
    parser.add_argument(
        "--control-port",
        type=_port,
        default=0,
        metavar="N",
        help="port of the control interface; any free one if left out",
    )
    parser.add_argument(
        "--write-config",
        type=Path,
        metavar="FILE",
        help="write the configuration for a stack to this file, such as Pulumi.lab.yaml",
    )


def run(arguments: argparse.Namespace) -> int:
    """Run the lab until SIGINT or SIGTERM; returns the command's exit status."""
    from hyperv_migration.lab.lab import Lab  # noqa: PLC0415 - other commands build its parser too

    try:
        scenario = read_scenario(arguments.scenario)
        if arguments.write_config is not None:
            _refuse_foreign(arguments.write_config)
        lab = Lab(scenario, control_port=arguments.control_port)
    except ValueError as error:  # a ScenarioError, or what only a lab can see, such as a keytab that is not there
        return _complain(str(error), 2)
    with _until_interrupted() as interrupted:
        try:
            lab.start()
        except (OSError, ValueError) as error:
            return _complain(f"the lab cannot start: {error}", 1)
        try:
            if arguments.write_config is not None:
                arguments.write_config.write_text(stack_file(lab.configuration()), encoding="utf-8")
            for line in announcement(lab, arguments.scenario, arguments.write_config):
                print(line, flush=True)  # noqa: T201 - the command's output
            while not interrupted.wait(_BEAT):
                pass
        except OSError as error:
            return _complain(f"{arguments.write_config} cannot be written: {error.strerror}", 1)
        finally:
            lab.stop()
    return 0


def announcement(lab: Lab, scenario: Path, written: Path | None, platform: str = sys.platform) -> Iterator[str]:
    """Say what listens where, and how a stack is configured for it.

    On Windows no line with JSON can be pasted: what becomes of its quotes differs between PowerShell 5.1, 7.3 and cmd.exe.
    """
    rows: list[tuple[str, ...]] = [("computer", "kind", "address", "")]
    for host in lab.hosts.values():
        facts = host.snapshot.facts
        notes = [f"build {facts.build}"]
        notes += ["clustered"] * facts.clustered + ["workgroup"] * (not facts.domain_joined)
        rows.append((host.fqdn, "Hyper-V host", host.url, ", ".join(notes)))
    for directory in [each for each in (lab.directory, lab.replica) if each is not None]:
        kind = "directory" if directory is lab.directory else "its replica"
        rows.append((directory.host_name, kind, f"ldap://{directory.address}:{directory.port}", lab.scenario.domain))
        rows.append(("", "", f"ldaps://{directory.address}:{directory.ldaps_port}", f"CA {directory.ca_file}"))
    yield from _table(rows)
    yield ""
    ask = "Invoke-RestMethod" if platform == "win32" else "curl -s"
    yield f"Control interface: {lab.control_url}  (try: {ask} {lab.control_url}/hosts)"
    yield ""
    if written is None and platform == "win32":
        yield "Configure a stack: start the lab with --write-config, or write to Pulumi.STACK.yaml in its folder:"
        yield from stack_file(lab.configuration()).splitlines()[1:]
    elif written is None:
        yield "Configure a stack, in its folder:"
        for key, value in lab.configuration().items():
            text = value if isinstance(value, str) else json.dumps(value)
            yield f"  pulumi config set hyperv-migration:{key} {shlex.quote(text)}"
    else:
        yield f"The stack's configuration is in {written}."
    if lab.scenario.accounts:
        yield f"The password of {lab.scenario.accounts[0].name} is in {scenario}; give it in HYPERV_MIGRATION_PASSWORD."
    yield "Ctrl-C ends the lab; what was changed in it is gone then."


def stack_file(configuration: dict[str, Any]) -> str:
    """Give a Pulumi.STACK.yaml with the provider's configuration; JSON values are YAML too."""
    lines = [
        f"  hyperv-migration:{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in configuration.items()
    ]
    return "\n".join([_MARK, "config:", *lines, ""])


def _refuse_foreign(path: Path) -> None:
    """Refuse to overwrite a stack file that somebody else wrote: it may hold keys and secrets."""
    if path.exists() and not path.read_text(encoding="utf-8", errors="replace").startswith(_MARK):
        raise ScenarioError(f"{path} is there already and was not written by this command; name another file.")


def _table(rows: list[tuple[str, ...]]) -> Iterable[str]:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


@contextmanager
def _until_interrupted() -> Iterator[threading.Event]:
    """Give an event that SIGINT or SIGTERM sets, and put the handlers back afterwards."""
    event = threading.Event()
    # The last one is Windows's, by Ctrl-Break.
    kinds = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)]
    found = [signal.signal(kind, lambda *_: event.set()) for kind in kinds]
    try:
        yield event
    finally:
        for kind, handler in zip(kinds, found, strict=True):
            signal.signal(kind, handler)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > _LARGEST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is no port")
    return int(text)


def _complain(sentence: str, status: int) -> int:
    print(f"hyperv-migration lab: {sentence}", file=sys.stderr)  # noqa: T201 - the command's output
    return status
