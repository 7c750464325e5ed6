"""Others who write the same host at the same time: engines on this machine take turns, and what remains is seen or told."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contract.hosts.conftest import MakeBench
from hyperv_migration.lab.hosts.state import HostState
from hyperv_migration.lab.options import Options
from hyperv_migration.lab.scenario import Host, Network
from hyperv_migration.model.errors import PartiallyApplied, TimedOut
from hyperv_migration.operations import turns
from support.callers import Straight, refused
from support.hosts import Bench

HOST = "MigrationHost"
NETWORK = "MigrationNetwork"
HV01 = "hv01.lab.test"
NETWORKS = "Msvm_VirtualSystemMigrationNetworkSettingData"
SETTING = "Msvm_VirtualSystemMigrationServiceSettingData"
HOLDER = """
import time
from hyperv_migration.operations import turns
turns.LOCKS.take(turns._opened("hv01.lab.test"))
print("held", flush=True)
time.sleep(60)
"""


@contextmanager
def another_engine() -> Iterator[subprocess.Popen[str]]:
    """A process of the same user that is at work on HV01."""
    with subprocess.Popen([sys.executable, "-c", HOLDER], stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            yield holder
        finally:
            holder.kill()


def until(true: Callable[[], object]) -> None:
    """Wait for something that happens beside."""
    ends = time.monotonic() + 20
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("kind", "more"), [(HOST, {"enabled": True}), (NETWORK, {"subnet": "192.168.10.0/24"})], ids=["host", "network"]
)
def test_another_engine_on_this_machine_is_waited_for(bench: Bench, kind: str, more: dict[str, Any]) -> None:
    """Until this operation's own time is over, with nothing written; a killed engine holds nobody up."""
    with another_engine() as holder:
        with refused(TimedOut, match=r"another engine on this machine.*hv01.*Nothing was written"):
            bench.create(kind, timeout=2.0, computerName=HV01, **more)
        assert bench.host().history == []
        holder.kill()
        holder.wait()
        id_, state = bench.create(kind, computerName=HV01, **more)
    bench.new_run()
    with another_engine(), refused(TimedOut):
        bench.delete(kind, id_, state, timeout=2.0)
    with another_engine():
        assert bench.read(kind, id_, state) is not None
    bench.delete(kind, id_, state)


def test_two_engines_that_share_a_host_lose_no_value(bench: Bench) -> None:
    """The first one's answer is slow; the second one would write in between, and be undone."""
    other = Bench(bench.lab, Straight())
    slow = bench.host().inject("delay", seconds=1.0, when={"class_name": SETTING})
    first = threading.Thread(
        target=lambda: bench.create(HOST, computerName=HV01, enabled=True, authenticationType="Kerberos")
    )
    first.start()
    until(lambda: slow.struck)
    other.create(HOST, computerName=HV01, maximumStorageMigrations=7)
    first.join()
    settings = bench.host().settings
    assert (settings["AuthenticationType"], settings["MaximumActiveStorageMigration"]) == (1, 7)


def test_a_folder_that_cannot_be_written_is_one_warning(
    bench_of: MakeBench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """And no failure, whatever is done in the run."""
    blocked = tmp_path / "blocked"
    blocked.write_text("a file, so nothing can lie below it")
    monkeypatch.setenv("XDG_STATE_HOME", str(blocked))
    bench = bench_of(Host(name="HV01"))
    bench.create(NETWORK, computerName=HV01, subnet="192.168.10.0/24")
    bench.create(HOST, computerName=HV01, enabled=True)
    assert ["takes no turns" in said for said in bench.said.warnings].count(True) == 1
    assert bench.host().settings["EnableVirtualSystemMigration"] is True


def test_another_writer_that_shows_itself_is_waited_for_and_told(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """He changes another setting right after ours, and a moment later writes the whole over it, as he had read it."""
    change_settings = HostState.change_settings

    def followed(state: HostState, changes: Mapping[str, Any], by: str) -> None:
        change_settings(state, changes, by)
        monkeypatch.setattr(HostState, "change_settings", change_settings)
        change_settings(state, {"MaximumActiveStorageMigration": 9}, "somebody")
        late = {"MaximumActiveStorageMigration": 9, "AuthenticationType": 0}
        threading.Timer(0.4, change_settings, (state, late, "somebody")).start()

    monkeypatch.setattr(HostState, "change_settings", followed)
    with refused(PartiallyApplied, match="shows authenticationType 'CredSSP'") as told:
        bench.create(HOST, computerName=HV01, authenticationType="Kerberos")
    assert isinstance(told.value, PartiallyApplied)
    assert told.value.state["maximumStorageMigrations"] == 9


def test_what_others_set_until_the_last_moment_is_kept(bench: Bench) -> None:
    """Also where live migrations had to be waited for between our first look and the write."""
    id_, state = bench.create(HOST, computerName=HV01, enabled=True)
    bench.host().change_facts(active_migrations=1)
    down = threading.Thread(target=lambda: bench.update(HOST, id_, state, computerName=HV01, enabled=False))
    bench.host().journal.reset()
    down.start()
    until(lambda: SETTING in bench.messages())
    bench.host().change(MaximumActiveStorageMigration=9)
    bench.host().change_facts(active_migrations=0)
    down.join()
    assert bench.host().settings["MaximumActiveStorageMigration"] == 9
    assert bench.host().settings["EnableVirtualSystemMigration"] is False


@pytest.mark.parametrize("priorities", [(None, None), (3, 3), (3, 7)], ids=str)
def test_two_engines_that_add_one_subnet_leave_one_entry(
    bench_of: MakeBench, monkeypatch: pytest.MonkeyPatch, priorities: tuple[int | None, int | None]
) -> None:
    """From two machines, so nobody waits: both see no entry and add one. One stays; destroy of both leaves none."""
    monkeypatch.setattr(turns.LOCKS, "take", lambda _file: None)
    bench = bench_of(Host(name="HV01", options=Options(duplicate_network=0)))
    other = Bench(bench.lab, Straight())
    bench.host().inject("delay", times=2, seconds=1.0, when={"class_name": NETWORKS})
    held: dict[Bench, tuple[str, dict[str, Any]]] = {}

    def add(one: Bench, priority: int | None) -> None:
        more = {} if priority is None else {"priority": priority}
        try:
            held[one] = one.create(NETWORK, computerName=HV01, subnet="192.168.10.0/24", **more)
        except PartiallyApplied as told:
            # Of two priorities for one entry one loses, and its engine says so.
            assert priorities[0] != priorities[1]
            held[one] = told.id, told.state

    beside = threading.Thread(target=add, args=(other, priorities[1]))
    beside.start()
    add(bench, priorities[0])
    beside.join()
    assert [change.what for change in bench.host().history].count("network added") == 2
    assert len(bench.host().networks) == 1
    assert sorted(state["preexisting"] for _, state in held.values()) == [False, True]
    bench.new_run()
    for one in sorted(held, key=lambda one: not held[one][1]["preexisting"]):
        one.new_run()
        one.delete(NETWORK, *held[one])
    assert bench.host().networks == ()


@pytest.mark.parametrize("priority", [3, None])
def test_an_entry_that_somebody_adds_at_the_same_moment_is_never_removed(
    bench_of: MakeBench, monkeypatch: pytest.MonkeyPatch, priority: int | None
) -> None:
    """His has another metric: ours goes where it can be told, and else both stay and are told of."""
    bench = bench_of(Host(name="HV01", options=Options(duplicate_network=0)))
    add_network = HostState.add_network

    def followed(state: HostState, network: Network, by: str) -> object:
        monkeypatch.setattr(HostState, "add_network", add_network)
        add_network(state, replace(network, metric=50), "somebody")
        return add_network(state, network, by)

    monkeypatch.setattr(HostState, "add_network", followed)
    inputs = {"computerName": HV01, "subnet": "192.168.10.0/24", **({} if priority is None else {"priority": priority})}
    if priority is None:
        with refused(PartiallyApplied, match="lists 192.168.10.0/24 2 times"):
            bench.create(NETWORK, **inputs)
        assert sorted(entry.metric for entry in bench.host().networks) == [0, 50]
        return
    id_, state = bench.create(NETWORK, **inputs)
    assert (state["preexisting"], state["priorPriority"], state["priority"]) == (True, 50, 3)
    bench.new_run()
    bench.delete(NETWORK, id_, state)
    assert [entry.metric for entry in bench.host().networks] == [50]
