"""Cancel, deadlines and the end of the process, without an engine (pulumi-protocol.md §2)."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from hyperv_migration.lab.lab import Lab
from support.dynamic_host import RefusedError
from support.plugin_host import PluginHost

MANY = 64
AT_ONCE = 5.0
"""On a machine with nothing to spare; each of the operations would last for minutes."""
"""Seconds in which a Cancel must be answered, on a machine that is busy."""


def until(holds: Callable[[], object], within: float = 20.0) -> None:
    """Wait for an event."""
    ends = time.monotonic() + within
    while not holds():
        assert time.monotonic() < ends, "it did not happen"
        time.sleep(0.02)


def network(number: int) -> dict[str, Any]:
    """One of many networks of one host."""
    return {"computerName": "hv01.lab.test", "subnet": f"10.0.{number}.0/24"}


def refusal(create: Callable[[], object]) -> str:
    """What a create was refused with."""
    with pytest.raises(RefusedError) as refused:
        create()
    return str(refused.value)


def test_cancel_is_answered_at_once_while_64_operations_run(plugin: PluginHost, lab: Lab) -> None:
    """One polls its job, the others queue for the host: all end, and none that queued begins to write."""
    plugin.configure(lab.configuration())
    hv01 = lab.hosts["HV01"]
    hv01.inject("job", times=MANY, state=7, polls=10**6)
    with ThreadPoolExecutor(max_workers=MANY) as engine:
        running = [
            engine.submit(
                refusal, lambda number=number: plugin.create("MigrationNetwork", network(number), name=f"n{number}")
            )
            for number in range(MANY)
        ]
        until(lambda: plugin.log.lines)
        began = time.monotonic()
        plugin.cancel()
        answered = time.monotonic() - began
        said = [each.result() for each in running]
        ended = time.monotonic() - began
    assert answered < AT_ONCE
    assert ended < 10
    assert sum("the job of AddNetworkSettings on hv01.lab.test" in each for each in said) == 1
    assert sum("earlier operations on hv01.lab.test" in each for each in said) == MANY - 1
    assert len([one for one in hv01.journal.received() if one.kind == "Invoke"]) == 1


def test_cancel_is_idempotent_and_the_next_configure_begins_anew(attached: PluginHost, lab: Lab) -> None:
    """Attached to, one process serves run after run; the engine cancels each at its end, twice on ^C."""
    attached.configure(lab.configuration())
    attached.cancel()
    attached.cancel()
    attached.configure(lab.configuration())
    id_, _ = attached.create("MigrationHost", {"computerName": "hv02.lab.test", "enabled": True})
    assert id_ == "hv02.lab.test"


def test_custom_timeouts_end_a_job_that_does_not(plugin: PluginHost, lab: Lab) -> None:
    """The engine enforces nothing itself: the seconds it hands over are ours to keep."""
    plugin.configure(lab.configuration())
    lab.hosts["HV01"].inject("job", state=7, polls=10**6)
    began = time.monotonic()
    said = refusal(lambda: plugin.create("MigrationNetwork", network(1), timeout=1))
    assert 1 <= time.monotonic() - began < 8
    assert said == (
        "Waited 1 s for the job of AddNetworkSettings on hv01.lab.test; raise customTimeouts if it needs longer. "
        "It may still be running there; run up again."
    )


def test_what_is_waited_for_is_told_once_under_its_resource(plugin: PluginHost, lab: Lab) -> None:
    """However often a job is polled."""
    plugin.configure(lab.configuration())
    hv01 = lab.hosts["HV01"]
    hv01.inject("job", state=7, polls=5)
    plugin.create("MigrationNetwork", network(1))
    [line] = plugin.log.lines
    assert line.urn.rpartition("::")[2] == "it"
    told = re.fullmatch(r"waiting for the job of AddNetworkSettings on hv01\.lab\.test, up to (\d+) s", line.message)
    assert told is not None
    assert 240 <= int(told[1]) <= 300


def test_an_interrupt_ends_the_process_cleanly_while_an_operation_waits(plugin: PluginHost, lab: Lab) -> None:
    """The operation is answered before the process is gone."""
    plugin.configure(lab.configuration())
    lab.hosts["HV01"].inject("job", state=7, polls=10**6)
    with ThreadPoolExecutor(max_workers=1) as engine:
        running = engine.submit(refusal, lambda: plugin.create("MigrationNetwork", network(1)))
        until(lambda: plugin.log.lines)
        status = plugin.end()
        assert "Stopped while waiting for the job" in running.result()
    assert status == 0


ENGINE = """
import subprocess, sys, time
plugin = subprocess.Popen([sys.executable, "-u", "-m", "hyperv_migration.faces.plugin.server", "127.0.0.1:1"],
                          stdout=subprocess.PIPE, text=True)
print(plugin.pid, plugin.stdout.readline().strip(), flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows tells no parent's end")
def test_the_process_ends_when_its_engine_was_killed() -> None:
    """A second ^C, or a kill, leaves nobody who would send a signal."""
    with subprocess.Popen([sys.executable, "-c", ENGINE], stdout=subprocess.PIPE, text=True) as engine:
        assert engine.stdout is not None
        pid = int(engine.stdout.readline().split()[0])
        engine.kill()
    until(lambda: not is_running(pid))


def is_running(pid: int) -> bool:
    """Whether there is such a process that has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_second_configuration_in_one_run_is_refused_where_one_process_serves_all(
    attached: PluginHost, lab: Lab
) -> None:
    """Attached to, the last one would win in silence; the next run may bring another one."""
    attached.configure(lab.configuration())
    attached.configure(lab.configuration())
    other = {**lab.configuration(), "username": "LAB\\somebody"}
    said = refusal(lambda: attached.configure(other))
    assert "serves one configuration" in said
    id_, _ = attached.create("MigrationHost", {"computerName": "hv02.lab.test", "enabled": True})
    assert id_ == "hv02.lab.test"
    attached.cancel()
    attached.configure(other)
