"""An answer that is lost while the host still works on the write (hyperv-wsman.md §1.7): looked for, and never added twice."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from contract.hosts.conftest import MakeBench
from hyperv_migration.lab.options import Options
from hyperv_migration.lab.scenario import Host, Network
from hyperv_migration.model.errors import PartiallyApplied
from support.callers import refused
from support.hosts import Bench

HOST = "MigrationHost"
NETWORK = "MigrationNetwork"
HV01 = "hv01.lab.test"
TIMED_OUT = 2150858793
SUBNET = "192.168.10.0/24"
INPUTS: dict[str, dict[str, Any]] = {
    HOST: {"computerName": HV01, "enabled": True},
    NETWORK: {"computerName": HV01, "subnet": SUBNET, "priority": 4},
}
METHOD = {HOST: "ModifyServiceSettings", NETWORK: "AddNetworkSettings"}
SLOW = Options(duplicate_network=0, job_polls=99, job_seconds=2.0)
ENDLESS = Options(duplicate_network=0, job_polls=10**6, job_seconds=600)


def writes(bench: Bench) -> int:
    """How often the host was changed over the wire."""
    return len([change for change in bench.host().history if "administrator" not in change.by])


@pytest.mark.parametrize("kind", [HOST, NETWORK])
def test_a_job_whose_answer_was_lost_is_waited_for(bench_of: MakeBench, kind: str) -> None:
    """One look directly behind the write shows nothing; the job ends later, and the create with it."""
    bench = bench_of(Host(name="HV01", jobs=True, options=SLOW))
    bench.host().inject("reset-after", when={"method": METHOD[kind]})
    _, state = bench.create(kind, **INPUTS[kind])
    assert (state["computerName"], writes(bench)) == (HV01, 1)
    assert bench.host().settings["EnableVirtualSystemMigration"] is (kind == HOST)


@pytest.mark.parametrize("kind", [HOST, NETWORK])
def test_a_job_that_does_not_end_in_time_is_kept_and_completed(bench_of: MakeBench, kind: str) -> None:
    """The failure keeps the state, and the next up, at once, waits for the job instead of writing a second time."""
    bench = bench_of(Host(name="HV01", jobs=True, options=ENDLESS))
    bench.host().inject("reset-after", when={"method": METHOD[kind]})
    with refused(PartiallyApplied, match="may still be running") as failed:
        bench.create(kind, timeout=3, **INPUTS[kind])
    assert writes(bench) == 0
    bench.new_run()
    ends = threading.Timer(1.0, bench.host().end_jobs)
    ends.start()
    state = bench.update(kind, failed.value.id, failed.value.state, **INPUTS[kind])
    ends.join()
    assert (writes(bench), len(bench.host().networks)) == (1, 1 if kind == NETWORK else 0)
    bench.new_run()
    bench.host().jobs_by_default = False
    bench.delete(kind, failed.value.id, state)
    assert (bench.host().settings["EnableVirtualSystemMigration"], bench.host().networks) == (False, ())


def test_an_entry_that_is_still_being_added_is_not_gone(bench_of: MakeBench) -> None:
    """A refresh waits for the job, and a destroy does before it says that there is nothing to remove."""
    bench = bench_of(Host(name="HV01", jobs=True, options=ENDLESS))
    bench.host().inject("reset-after", when={"method": METHOD[NETWORK]})
    with refused(PartiallyApplied) as failed:
        bench.create(NETWORK, timeout=3, **INPUTS[NETWORK])
    id_, state = failed.value.id, dict(failed.value.state)
    for operation in ("read", "delete"):
        bench.new_run()
        ends = threading.Timer(1.0, bench.host().end_jobs)
        ends.start()
        if operation == "read":
            assert bench.read(NETWORK, id_, state) is not None
            bench.host().remove_network(SUBNET)
            bench.host().jobs_by_default = False
            bench.host().add_network("192.168.10.0", 24, metric=4)
        else:
            bench.delete(NETWORK, id_, state)
        ends.join()
    assert bench.host().networks == ()


def test_a_removal_whose_answer_was_lost_is_waited_for(bench_of: MakeBench) -> None:
    """The entry is still listed directly behind the write, and gone when the job has ended."""
    bench = bench_of(Host(name="HV01", options=SLOW))
    id_, state = bench.create(NETWORK, **INPUTS[NETWORK])
    bench.new_run()
    bench.host().jobs_by_default = True
    bench.host().inject("reset-after", when={"method": "RemoveNetworkSettings"})
    bench.delete(NETWORK, id_, state)
    assert bench.host().networks == ()


def test_settings_that_go_back_are_waited_for(bench_of: MakeBench) -> None:
    """A destroy whose answer was lost looks for the job before it says that the host did not take them back."""
    bench = bench_of(Host(name="HV01", options=SLOW))
    id_, state = bench.create(HOST, **INPUTS[HOST])
    bench.new_run()
    bench.host().jobs_by_default = True
    bench.host().inject("reset-after", when={"method": "ModifyServiceSettings"})
    bench.delete(HOST, id_, state)
    assert bench.host().settings["EnableVirtualSystemMigration"] is False


def test_a_priority_whose_answer_was_lost_is_waited_for(bench_of: MakeBench) -> None:
    """The old metric is shown directly behind the write."""
    found = Network(subnet_number="192.168.10.0", prefix_length=24, metric=1)
    bench = bench_of(Host(name="HV01", jobs=True, networks=(found,), options=SLOW))
    bench.host().inject("reset-after", when={"method": "ModifyNetworkSettings"})
    _, state = bench.create(NETWORK, **INPUTS[NETWORK])
    assert (state["priority"], writes(bench)) == (4, 1)


def test_a_write_that_shows_late_without_a_job_is_seen(bench_of: MakeBench) -> None:
    """No job to look for: further looks within a few seconds."""
    bench = bench_of(Host(name="HV01", options=Options(duplicate_network=0)))
    bench.host().inject("reset-before", when={"method": "AddNetworkSettings"})
    late = threading.Timer(1.5, lambda: bench.host().add_network("192.168.10.0", 24, metric=4))
    late.start()
    bench.create(NETWORK, **INPUTS[NETWORK])
    late.join()
    assert len(bench.host().networks) == 1


def test_a_write_that_was_surely_not_done_ends_with_its_error(bench_of: MakeBench) -> None:
    """No job runs and nothing shows within a few seconds: it is not kept as a part."""
    bench = bench_of(Host(name="HV01", options=Options(duplicate_network=0)))
    bench.host().inject("reset-before", when={"method": "AddNetworkSettings"})
    with pytest.raises(Exception, match="cannot be reached") as failed:
        bench.create(NETWORK, **INPUTS[NETWORK])
    assert not isinstance(failed.value, PartiallyApplied)
    assert bench.host().networks == ()


@pytest.mark.parametrize("nth", [0, 1])
def test_what_was_seen_of_a_write_that_may_go_on_is_kept_and_taken_back(
    bench_of: MakeBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    """The state says what the host shows; so a destroy on another machine, which has no note, takes it back."""
    bench = bench_of(Host(name="HV01", options=Options(duplicate_network=0)))
    found = dict(bench.host().settings)
    bench.host().inject("soap-fault", code=TIMED_OUT, applied=True, when={"operation": "Invoke", "after": nth})
    with refused(PartiallyApplied, match="may still be running") as failed:
        bench.create(HOST, computerName=HV01, maximumVirtualMachineMigrations=7, useAnyNetwork=True)
    state = dict(failed.value.state)
    assert [entry.subnet_number for entry in bench.host().networks] == ["0.0.0.0", "::"][: nth + 1]
    # Half of the pair is not "any network" yet, and ours to take away all the same.
    assert state["useAnyNetwork"] is (nth == 1)
    assert (state["maximumVirtualMachineMigrations"], state["writtenSettings"]) == (2, {"useAnyNetwork": True})
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another machine"))
    bench.new_run()
    bench.delete(HOST, failed.value.id, state)
    assert (dict(bench.host().settings), bench.host().networks) == (found, ())
