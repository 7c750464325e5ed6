from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from contract.live.conftest import FOREIGN, LabOf
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.options import Options
from hyperv_migration.lab.scenario import Host, Network
from hyperv_migration.live.command import Visit
from hyperv_migration.live.settings import read_settings
from support.live import environment_for, visit

UNUSUAL = {
    "MaximumActiveVirtualSystemMigration": 7,
    "MaximumActiveStorageMigration": 9,
    "AuthenticationType": 1,
    "EnableCompression": False,
    "EnableSmbTransport": True,
}


@pytest.mark.parametrize(
    ("host", "facts", "reason"),
    [
        (Host(name="HV01", clustered=True), {}, "the host is a node of a failover cluster; nothing was written"),
        (Host(name="HV01"), {"active_migrations": 1}, "a migration is running on the host"),
        (Host(name="HV01"), {"active_storage_migrations": 1}, "a migration is running on the host"),
        (
            Host(name="HV01", networks=(Network(subnet_number="192.0.2.64", prefix_length=26),)),
            {},
            "the host has a network of the documentation range already; nothing was written",
        ),
        (
            Host(
                name="HV01",
                networks=(Network(subnet_number="10.9.0.0", prefix_length=16, tags=("Microsoft:ClusterManaged",)),),
            ),
            {},
            "the host lists networks of a failover cluster; nothing was written",
        ),
    ],
)
def test_host_that_must_not_be_touched_is_only_read(
    lab_of: LabOf, tmp_path: Path, host: Host, facts: dict[str, int], reason: str
) -> None:
    """No method is called, and every question that needs one says why it was not put."""
    lab = lab_of(host)
    lab.hosts["HV01"].change_facts(**facts)
    visited = visit(lab, tmp_path, write=True)
    assert (visited.seen["jobs"], visited.seen["omitted-settings"]) == (reason, reason)
    assert lab.hosts["HV01"].journal.received("Invoke") == []


def test_nothing_is_written_where_no_note_can_be_kept(
    lab_of: LabOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash could not be undone then."""
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(blocked))
    lab = lab_of()
    visited = visit(lab, tmp_path / "out", write=True)
    assert visited.seen["jobs"] == "no note can be kept on this machine, so a crash could not be undone"
    assert lab.hosts["HV01"].journal.received("Invoke") == []


def test_enabled_host_is_not_asked_what_could_interrupt_it(lab_of: LabOf, tmp_path: Path) -> None:
    """It never ceases to be enabled, and no any-network entry is added."""
    lab = lab_of()
    host = lab.hosts["HV01"]
    host.change(EnableVirtualSystemMigration=True)
    visited = visit(lab, tmp_path, write=True)
    asked = {name: visited.verdicts[name] for name in ("omitted-settings", "any-network-v6", "jobs")}
    assert asked == {"omitted-settings": "not asked", "any-network-v6": "not asked", "jobs": "confirmed"}
    assert all(each.snapshot.settings["EnableVirtualSystemMigration"] for each in host.history)
    assert not any(entry.prefix_length == 0 for each in host.history for entry in each.snapshot.networks)


def test_migration_that_begins_meanwhile_stops_every_write(lab_of: LabOf, tmp_path: Path) -> None:
    """Nothing is called from then on, not even to put back; the run says so, and the next one does it."""
    lab = lab_of()
    host = lab.hosts["HV01"]
    before = host.snapshot.settings, host.snapshot.networks
    fault = host.inject("delay", seconds=2.0, when={"operation": "Invoke", "method": "AddNetworkSettings"})
    with ThreadPoolExecutor(max_workers=1) as pool:
        running = pool.submit(visit_quietly, lab, tmp_path)
        while fault.struck == 0:
            time.sleep(0.02)
        host.change_facts(active_migrations=1)
        status = running.result(timeout=60)
    assert (status, [each.method for each in host.journal.received("Invoke")]) == (3, ["AddNetworkSettings"])
    host.change_facts(active_migrations=0)
    assert visit(lab, tmp_path, write=True).status == 0
    assert (host.snapshot.settings, host.snapshot.networks) == before


def visit_quietly(lab: Lab, folder: Path) -> int:
    """Run it in a thread, where standard output is everybody's."""
    return Visit(read_settings(environment_for(lab, folder, write=True))).run()


@pytest.mark.parametrize(
    ("kind", "calls"),
    [("reset-after", (0, 14)), ("reset-before", (2, 15)), ("return-value", (17, 27)), ("soap-fault", (6, 25))],
)
def test_trouble_at_any_call_leaves_the_host_as_it_was(
    lab_of: LabOf, tmp_path: Path, kind: str, calls: tuple[int, ...]
) -> None:
    """Whatever call fails, in whatever way, the run ends with everything put back."""
    details = {"return-value": {"code": 32768}, "soap-fault": {"code": 2150858793, "applied": True}}.get(kind, {})
    left = {}
    for call in calls:
        lab = lab_of()
        host = lab.hosts["HV01"]
        host.change(**UNUSUAL)
        before = host.snapshot
        host.inject(kind, when={"operation": "Invoke", "after": call}, **details)
        status = visit(lab, tmp_path, write=True).status
        if (status, host.snapshot) != (0, before):
            left[call] = status
        lab.stop()
    assert left == {}


def test_host_that_refuses_to_be_put_back_is_said_so(lab_of: LabOf, tmp_path: Path) -> None:
    """Status 3 and what is left; the note stays, and the next run puts it back."""
    lab = lab_of()
    host = lab.hosts["HV01"]
    before = host.snapshot
    host.inject("return-value", code=32768, times=1000, when={"operation": "Invoke", "method": "RemoveNetworkSettings"})
    first = visit(lab, tmp_path, write=True)
    assert (first.status, "networks of the questions are still there" in first.errors) == (3, True)
    read_only = visit(lab, tmp_path)
    assert (read_only.status, "an earlier run did not end" in read_only.errors) == (3, True)
    host.faults.clear()
    assert (visit(lab, tmp_path, write=True).status, host.snapshot) == (0, before)


@pytest.mark.parametrize(("call", "reset"), [(1, False), (15, True), (16, True), (17, False), (27, False)])
def test_run_that_is_killed_is_put_back_by_the_next(tmp_path: Path, lab_of: LabOf, call: int, reset: bool) -> None:
    """SIGKILL after a call was carried out and before its answer; then once more."""
    options = Options(omitted_settings="reset" if reset else "keep")
    lab = lab_of(Host(name="HV01", networks=(FOREIGN,), options=options))
    host = lab.hosts["HV01"]
    host.change(**UNUSUAL)
    before = host.snapshot
    _kill_after(lab, tmp_path, call)
    host.faults.clear()
    visited = visit(lab, tmp_path, write=True)
    assert (visited.status, visited.verdicts["jobs"], host.snapshot) == (0, "confirmed", before)


@pytest.mark.parametrize(
    ("call", "since"),
    [
        (26, {"MaximumActiveStorageMigration": 77}),
        # A question about networks was put: no setting is ours then, also where it has a value of ours.
        (19, {"MaximumActiveStorageMigration": 2, "AuthenticationType": 0, "MaximumActiveVirtualSystemMigration": 2}),
    ],
)
def test_setting_that_was_changed_after_a_crash_stays(
    lab_of: LabOf, tmp_path: Path, call: int, since: dict[str, int]
) -> None:
    """What an administrator has set since is nobody's to put back."""
    lab = lab_of()
    host = lab.hosts["HV01"]
    host.change(**UNUSUAL)
    _kill_after(lab, tmp_path, call)
    host.faults.clear()
    host.change(**since)
    assert visit(lab, tmp_path, write=True).status == 0
    assert {name: host.snapshot.settings[name] for name in since} == since


def test_any_network_pair_that_was_chosen_after_a_crash_stays(lab_of: LabOf, tmp_path: Path) -> None:
    """Half of it is the question's; with its other half it is somebody's decision."""
    lab = lab_of()
    host = lab.hosts["HV01"]
    _kill_after(lab, tmp_path, 17)
    host.faults.clear()
    assert [entry.prefix_length for entry in host.networks] == [24, 0]
    host.add_network("0.0.0.0", 0, tags=("Microsoft:UserManagedAllNetworks",))
    assert visit(lab, tmp_path, write=True).status == 0
    assert [entry.prefix_length for entry in host.networks] == [24, 0, 0]


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_run_puts_back_before_it_ends(lab_of: LabOf, tmp_path: Path, kind: signal.Signals) -> None:
    """By Ctrl-C as by a service manager."""
    lab = lab_of()
    before = lab.hosts["HV01"].snapshot
    process = _stopped_at(lab, tmp_path, 9, seconds=2.0)
    process.send_signal(kind)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, lab.hosts["HV01"].snapshot) == (1, before)
    assert "interrupted; nothing is left behind on the host" in said


def _kill_after(lab: Lab, folder: Path, call: int) -> None:
    process = _stopped_at(lab, folder, call, seconds=30.0)
    process.kill()
    process.communicate(timeout=60)


def _stopped_at(lab: Lab, folder: Path, call: int, *, seconds: float) -> subprocess.Popen[str]:
    """Start a run, and wait until its nth call is carried out and its answer held back."""
    host = lab.hosts["HV01"]
    fault = host.inject("delay", seconds=seconds, when={"operation": "Invoke", "after": call - 1})
    changes = len(host.history)
    process = subprocess.Popen(
        [sys.executable, "-m", "hyperv_migration.cli", "live"],
        env={**os.environ, **environment_for(lab, folder, write=True)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while fault.struck == 0:
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    assert len(host.history) >= changes
    return process


def test_interrupted_run_that_cannot_put_back_says_so(lab_of: LabOf, tmp_path: Path) -> None:
    """Status 3, and the next run does it."""
    lab = lab_of()
    host = lab.hosts["HV01"]
    before = host.snapshot
    process = _stopped_at(lab, tmp_path, 1, seconds=2.0)
    host.inject("return-value", code=32768, times=1000, when={"operation": "Invoke", "method": "RemoveNetworkSettings"})
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, "interrupted before the host was put back" in said) == (3, True)
    host.faults.clear()
    assert (visit(lab, tmp_path, write=True).status, host.snapshot) == (0, before)
