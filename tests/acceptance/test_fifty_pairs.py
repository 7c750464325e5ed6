"""Fifty pairs in one program, 20 ms away: hosts side by side, one connection each, and each account written by one at a time."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from pathlib import Path

import pytest

from acceptance.conftest import Labs
from bench.programs import names, pairs
from hyperv_migration.directory.session import CONNECTIONS
from hyperv_migration.lab.hosts.host import EmulatedHost
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.options import Options
from hyperv_migration.lab.scenario import Directory, Host
from support.hosts import PASSWORD
from support.overlap import Span, most_at_once
from support.yaml_project import YamlProject

pytestmark = pytest.mark.engine

PAIRS = 50
LATENCY = 0.02
PARALLEL = 64
SIDE_BY_SIDE = 16
"""At the busiest moment, at the least: the engine lets 64 steps go on at once, most of them on a host of their own."""


def span_of(host: EmulatedHost) -> Span:
    """From the first message a host got to the last one it answered."""
    received = host.journal.received()
    return received[0].time, max(one.answered for one in received if one.answered is not None)


def writes_by_account(lab: Lab) -> dict[str, list[Span]]:
    """When each account was being written."""
    assert lab.directory is not None
    spans: defaultdict[str, list[Span]] = defaultdict(list)
    for one in lab.directory.journal.operations("modify"):
        assert one.answered is not None
        spans[one.name.casefold()].append((one.time, one.answered))
    return spans


@pytest.mark.timeout(600)
def test_fifty_pairs_take_about_as_long_as_their_slowest_host(lab_of: Labs, engine: Path, tmp_path: Path) -> None:
    """Not the sum of all: no host waits for another one, nor for the directory's answer to another one's question."""
    assert engine.is_dir()
    hosts = tuple(Host(name=name, options=Options(latency=LATENCY)) for name in names(2 * PAIRS))
    lab = lab_of(*hosts, directory=Directory(latency=LATENCY))
    assert lab.directory is not None
    project = YamlProject(tmp_path, lab.configuration(), PASSWORD)
    project.environment |= {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}
    project.program(pairs(PAIRS))
    project.run("up", "--yes", "--skip-preview", "--parallel", str(PARALLEL))

    spans = [span_of(host) for host in lab.hosts.values()]
    taken = [end - begin for begin, end in spans]
    whole = max(end for _, end in spans) - min(begin for begin, _ in spans)
    assert most_at_once(spans) >= SIDE_BY_SIDE
    assert whole < sum(taken, timedelta()) / SIDE_BY_SIDE
    assert {len({one.connection for one in host.journal.received()}) for host in lab.hosts.values()} == {1}

    written = writes_by_account(lab)
    assert (len(written), {most_at_once(each) for each in written.values()}) == (2 * PAIRS, {1})
    searches = lab.directory.journal.operations("search")
    asked = [(one.time, one.answered) for one in searches if one.answered is not None]
    assert most_at_once(asked) > 1
    # Discovery asks on a connection of its own.
    assert len({one.connection for one in searches}) <= CONNECTIONS + 1
