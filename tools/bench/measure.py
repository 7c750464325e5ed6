"""One program from `up` to `destroy` on a lab with latency, and the same program with resources that do nothing."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import programs
from cmdlets import Conversation, converse

from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.options import Options
from hyperv_migration.lab.scenario import Account, Directory, Host, Scenario
from support.yaml_project import YamlProject

LATENCY = 0.02
PARALLEL = "64"
USER, PASSWORD = "operator", "Measured-Operator-1"
HERE = Path(__file__).resolve().parent
_STARTS = 5

OPERATIONS = {
    "preview": ("preview", "--parallel", PARALLEL),
    "up": ("up", "--yes", "--skip-preview", "--parallel", PARALLEL),
    "up again": ("up", "--yes", "--skip-preview", "--parallel", PARALLEL),
    "refresh": ("refresh", "--yes", "--skip-preview", "--parallel", PARALLEL),
    "destroy": ("destroy", "--yes", "--skip-preview", "--parallel", PARALLEL),
}
WITHOUT_CHECKPOINTS = {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}
"""The file backend writes its whole state after each step otherwise."""
Run = Callable[[str], float]
"""Runs an operation by its name and gives the seconds."""
_NOT_FOR_NOTHING = {"refresh"}
"""What has no resources has nothing to read either."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """One operation of one program."""

    seconds: float
    nothing: float | None
    """Seconds of the same program with resources that do nothing; None where that would not be the same."""
    host_messages: float
    """Per host, sign-ins and the facts of the host counted in."""
    directory_operations: float
    """Per host."""
    connections: float
    """Opened per host."""


@contextmanager
def slow_lab(count: int) -> Iterator[Lab]:
    """Start hosts and a directory that take 20 ms for each answer."""
    scenario = Scenario(
        accounts=(Account(name=USER, password=PASSWORD),),
        directory=Directory(latency=LATENCY),
        hosts=tuple(Host(name=name, options=Options(latency=LATENCY)) for name in programs.names(count)),
    )
    with Lab(scenario) as lab:
        yield lab


def program(count: int, ours: programs.Resources, nothing: programs.Resources) -> dict[str, Cost]:
    """Run both through the engine, each operation of the one right after that of the other."""
    with tempfile.TemporaryDirectory() as folder, slow_lab(count) as lab:
        idle = YamlProject(Path(folder) / "nothing", {}, PASSWORD)
        _with_noop(idle, Path(folder), nothing)
        real = YamlProject(Path(folder) / "ours", lab.configuration(), PASSWORD)
        real.program(ours)
        for project in (idle, real):
            project.environment |= WITHOUT_CHECKPOINTS
        return costs(
            lab,
            lambda operation: _timed(real, OPERATIONS[operation]),
            lambda operation: _timed(idle, OPERATIONS[operation]),
        )


def costs(lab: Lab, ours: Run, nothing: Run) -> dict[str, Cost]:
    """Time each operation of both, and count what the lab was asked by ours."""
    found: dict[str, Cost] = {}
    for name in OPERATIONS:
        nothing_took = None if name in _NOT_FOR_NOTHING else nothing(name)
        _forget(lab)
        found[name] = _cost(lab, ours(name), nothing_took)
    return found


def _with_noop(project: YamlProject, folder: Path, resources: programs.Resources) -> None:
    plugin = folder / "plugin"
    plugin.mkdir()
    executable = plugin / "pulumi-resource-noop"
    executable.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{HERE / "noop.py"}" "$@"\n')
    executable.chmod(0o755)
    project.program(resources)
    project.environment["PATH"] = f"{plugin}:{project.environment['PATH']}"


def _timed(project: YamlProject, arguments: tuple[str, ...]) -> float:
    began = time.monotonic()
    project.run(*arguments)
    return time.monotonic() - began


def _forget(lab: Lab) -> None:
    for host in lab.hosts.values():
        host.journal.reset()
    assert lab.directory is not None
    lab.directory.journal.reset()


def _cost(lab: Lab, seconds: float, nothing: float | None) -> Cost:
    assert lab.directory is not None
    count = len(lab.hosts)
    received = [one for host in lab.hosts.values() for one in host.journal.received() if one.counted]
    connections = {(host.name, one.connection) for host in lab.hosts.values() for one in host.journal.received()}
    return Cost(
        seconds=seconds,
        nothing=nothing,
        host_messages=len(received) / count,
        directory_operations=len(lab.directory.journal.operations()) / count,
        connections=len(connections) / count,
    )


def by_cmdlets() -> Conversation:
    """Send the document's cmdlets to one host with the same latency."""
    with slow_lab(1) as lab:
        host = next(iter(lab.hosts.values()))
        return converse(host, f"LAB\\{USER}", PASSWORD)


def starts() -> tuple[float, float]:
    """Seconds from the start of the plugin to its port, and of the one that does nothing; medians."""
    ours = [sys.executable, "-m", "hyperv_migration.faces.plugin.server", "127.0.0.1:1"]
    return _start(ours), _start([sys.executable, str(HERE / "noop.py")])


def _start(command: list[str]) -> float:
    took = []
    for _ in range(_STARTS):
        began = time.monotonic()
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as plugin:
            assert plugin.stdout is not None
            assert plugin.stdout.readline().strip().isdigit()
            took.append(time.monotonic() - began)
            plugin.terminate()
    return statistics.median(took)
