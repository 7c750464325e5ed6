"""A service that does not show itself is waited for, and never taken for absent (hyperv-wsman.md §6, §7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from contract.hosts.conftest import MakeBench
from hyperv_migration.lab.hosts.host import EmulatedHost
from hyperv_migration.lab.options import Options
from hyperv_migration.lab.scenario import Host, Network
from hyperv_migration.model.errors import Conflict, NotReady
from support.callers import refused
from support.hosts import Bench, State

HOST = "MigrationHost"
NETWORK = "MigrationNetwork"
HV01 = "hv01.lab.test"
SUBNET = "192.168.10.0/24"
NETWORKS = "Msvm_VirtualSystemMigrationNetworkSettingData"
SERVICE = "Msvm_VirtualSystemMigrationService"
SETTING = "Msvm_VirtualSystemMigrationServiceSettingData"
FORMS = ["empty", "not-found", "class-missing", "invalid-query", "bare"]
FALTERS = [0x80041013, 0x80041033, 0x800706BA, 0x8004106C]
IMPATIENT: dict[str, Any] = {"winrm": {"readyTimeout": 1}}
INPUTS: dict[str, dict[str, Any]] = {
    HOST: {"computerName": HV01, "enabled": True},
    NETWORK: {"computerName": HV01, "subnet": SUBNET, "priority": 4},
}
CHANGED: dict[str, dict[str, Any]] = {
    HOST: {"computerName": HV01, "enabled": True, "maximumStorageMigrations": 5},
    NETWORK: {"computerName": HV01, "subnet": SUBNET, "priority": 5},
}


def operation(bench: Bench, name: str, kind: str, id_: str, state: State) -> Callable[[], object]:
    """One operation on a resource that was created."""
    return {
        "read": lambda: bench.read(kind, id_, state),
        "update": lambda: bench.update(kind, id_, state, **CHANGED[kind]),
        "delete": lambda: bench.delete(kind, id_, state),
    }[name]


def of_hyperv(host: EmulatedHost) -> tuple[Any, Any]:
    """Settings and networks as they are."""
    return host.settings, host.networks


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["read", "update", "delete"])
@pytest.mark.parametrize("kind", [HOST, NETWORK])
def test_a_service_that_is_starting_is_waited_for_in_every_form(
    bench_of: MakeBench, kind: str, name: str, form: str
) -> None:
    """Empty, not found, no such class or just a bad filter: the operation waits and then does its work."""
    bench = bench_of()
    id_, state = bench.create(kind, **INPUTS[kind])
    bench.new_run()
    bench.host().inject("not-ready", form=form, times=3)
    done = operation(bench, name, kind, id_, state)()
    assert (done is None) is (name == "delete")
    assert bench.host().settings["EnableVirtualSystemMigration"] is (kind == HOST and name != "delete")
    assert len(bench.host().networks) == (1 if kind == NETWORK and name != "delete" else 0)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", [HOST, NETWORK])
def test_a_create_waits_for_a_service_in_every_form(bench_of: MakeBench, kind: str, form: str) -> None:
    """It says nothing of a role to install, and an entry that is there already is found and not added again."""
    found = Network(subnet_number="192.168.10.0", prefix_length=24, metric=4)
    bench = bench_of(Host(name="HV01", networks=(found,), options=Options(duplicate_network=0, not_ready=form)))  # type: ignore[arg-type]
    bench.host().inject("not-ready", times=3)
    bench.create(kind, **INPUTS[kind])
    assert len(bench.host().networks) == 1


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", [HOST, NETWORK])
def test_a_service_that_never_starts_keeps_state_and_host(bench_of: MakeBench, kind: str, form: str) -> None:
    """Refresh, update, destroy and create all fail after readyTimeout; nothing is dropped and nothing is written."""
    bench = bench_of(Host(name="HV01", options=Options(not_ready=form)), configuration=IMPATIENT)  # type: ignore[arg-type]
    id_, state = bench.create(kind, **INPUTS[kind])
    before = of_hyperv(bench.host())
    bench.host().change_facts(service_running=False)
    for name in ("read", "update", "delete"):
        bench.new_run()
        with refused(NotReady, match="vmms"):
            operation(bench, name, kind, id_, state)()
    bench.new_run()
    with refused(NotReady, match="vmms"):
        bench.create(kind, **INPUTS[kind])
    assert of_hyperv(bench.host()) == before


@pytest.mark.parametrize("told", ["invalid-namespace", "filter"])
@pytest.mark.parametrize("kind", [HOST, NETWORK])
def test_a_role_that_was_taken_away_is_absent_however_it_is_told(bench_of: MakeBench, kind: str, told: Any) -> None:
    """By WMI's own number, or because the namespace above is not there or does not list it: at once, and not waited for."""
    bench = bench_of(Host(name="HV01", options=Options(missing_namespace=told)))
    id_, state = bench.create(kind, **INPUTS[kind])
    bench.new_run()
    bench.host().change_facts(role_installed=False)
    assert bench.read(kind, id_, state) is None
    with refused(Conflict if kind == HOST else Exception, match="Hyper-V"):
        bench.create(kind, **INPUTS[kind])
    bench.delete(kind, id_, state)
    assert any("Hyper-V is not there any more" in warning for warning in bench.said.warnings)


@pytest.mark.parametrize("denied", ["root/virtualization", "root"])
def test_a_namespace_that_may_not_be_listed_is_not_absent(bench_of: MakeBench, denied: str) -> None:
    """Nobody can tell then, and who cannot tell keeps the state."""
    bench = bench_of(Host(name="HV01", options=Options(missing_namespace="filter")), configuration=IMPATIENT)
    id_, state = bench.create(HOST, **INPUTS[HOST])
    bench.new_run()
    bench.host().change_facts(role_installed=denied == "root/virtualization")
    bench.host().inject("not-ready", form="bare", times=99)
    bench.host().inject("access-denied", times=99, when={"namespace": denied})
    with refused(NotReady, match="vmms"):
        bench.read(HOST, id_, state)


@pytest.mark.parametrize("form", FORMS)
def test_a_list_is_not_believed_when_the_service_stops_behind_the_first_look(bench_of: MakeBench, form: str) -> None:
    """Seen earlier in this run, and stopping now: what the list lacks is not gone (refresh and destroy)."""
    bench = bench_of(Host(name="HV01", options=Options(not_ready=form)), configuration=IMPATIENT)  # type: ignore[arg-type]
    id_, state = bench.create(NETWORK, **INPUTS[NETWORK])
    bench.new_run()
    assert bench.read(NETWORK, id_, state) == state
    bench.host().change_facts(service_running=False)
    with refused(NotReady):
        bench.read(NETWORK, id_, state)
    with refused(NotReady):
        bench.delete(NETWORK, id_, state)
    bench.host().change_facts(service_running=True)
    assert bench.read(NETWORK, id_, state) == state


@pytest.mark.parametrize("name", ["read", "delete"])
def test_rights_that_are_taken_away_within_a_run_drop_nothing(bench_of: MakeBench, name: str) -> None:
    """An account that was let in before is shown empty lists now (§6)."""
    bench = bench_of(configuration=IMPATIENT)
    id_, state = bench.create(NETWORK, **INPUTS[NETWORK])
    bench.new_run()
    assert bench.read(NETWORK, id_, state) == state
    bench.host().inject("empty", times=99, when={"namespace": "root/virtualization/v2"})
    with refused(NotReady):
        operation(bench, name, NETWORK, id_, state)()
    assert len(bench.host().networks) == 1


def test_one_empty_answer_between_two_looks_drops_nothing(bench: Bench) -> None:
    """An empty list has nothing in it that shows that the service answered: it is asked for again."""
    id_, state = bench.create(NETWORK, **INPUTS[NETWORK])
    bench.host().inject("empty", when={"class_name": NETWORKS})
    assert bench.read(NETWORK, id_, state) == state
    bench.host().inject("empty", when={"class_name": NETWORKS})
    bench.update(NETWORK, id_, state, **CHANGED[NETWORK])
    assert len(bench.host().networks) == 1


def test_an_entry_that_others_hide_is_gone_only_if_the_service_shows_itself_after_it(bench_of: MakeBench) -> None:
    """A list with other entries lacks ours, and the service does not answer behind it."""
    bench = bench_of(configuration=IMPATIENT)
    id_, state = bench.create(NETWORK, **INPUTS[NETWORK])
    bench.host().add_network("192.168.77.0", 24)
    bench.host().remove_network(SUBNET)
    bench.host().inject("empty", times=99, when={"class_name": SERVICE})
    with refused(NotReady):
        bench.read(NETWORK, id_, state)
    bench.host().faults.clear()
    assert bench.read(NETWORK, id_, state) is None


def test_the_resources_of_a_host_wait_for_one_ready_timeout(bench_of: MakeBench) -> None:
    """Three networks and a host in one refresh: whoever comes after the wait asks once and waits no more."""
    bench = bench_of(configuration={"winrm": {"readyTimeout": 3}})
    known = [bench.create(NETWORK, computerName=HV01, subnet=f"192.168.{number}.0/24") for number in (10, 11, 12)]
    bench.host().change_facts(service_running=False)
    bench.said.progressed.clear()
    for id_, state in known:
        with refused(NotReady):
            bench.read(NETWORK, id_, state)
    assert len([step for step in bench.said.progressed if "waiting for the migration service" in step]) == 1
    bench.host().change_facts(service_running=True)
    assert [bench.read(NETWORK, id_, state) for id_, state in known] == [state for _, state in known]


@pytest.mark.parametrize("code", FALTERS)
@pytest.mark.parametrize("name", ["read", "update", "delete"])
def test_a_read_that_wmi_falters_at_is_repeated(bench: Bench, name: str, code: int) -> None:
    """The provider could not be loaded, WMI was stopping: a moment later it answers."""
    id_, state = bench.create(NETWORK, **INPUTS[NETWORK])
    bench.new_run()
    bench.host().inject("soap-fault", code=code, times=2, when={"namespace": "root/virtualization/v2"})
    operation(bench, name, NETWORK, id_, state)()
    assert len(bench.host().networks) == (0 if name == "delete" else 1)


@pytest.mark.parametrize("kind", [HOST, NETWORK])
def test_wmi_that_falters_for_long_is_waited_for_before_a_write(bench: Bench, kind: str) -> None:
    """Longer than the repetitions of one message take: up to readyTimeout, as for a service that is starting."""
    bench.call().targets.host(HV01, None).facts()
    bench.host().inject("soap-fault", code=0x80041033, times=6, when={"namespace": "root/virtualization/v2"})
    bench.create(kind, timeout=60, **INPUTS[kind])
    assert len([change for change in bench.host().history if "administrator" not in change.by]) == 1


@pytest.mark.parametrize("code", FALTERS)
@pytest.mark.parametrize("applied", [True, False])
@pytest.mark.parametrize("kind", [HOST, NETWORK])
def test_a_write_that_wmi_falters_at_is_read_again_and_not_repeated(
    bench_of: MakeBench, kind: str, applied: bool, code: int
) -> None:
    """It may have been done or not: the host tells, and a second entry is never added."""
    bench = bench_of(Host(name="HV01", options=Options(duplicate_network=0)))
    bench.host().inject("soap-fault", code=code, applied=applied, when={"operation": "Invoke"})
    if applied:
        _, state = bench.create(kind, **INPUTS[kind])
        assert state["computerName"] == HV01
    else:
        with refused(Exception, match=f"0x{code:08X}"):
            bench.create(kind, **INPUTS[kind])
    assert len([change for change in bench.host().history if "administrator" not in change.by]) == int(applied)


def test_listeners_are_those_after_the_write(bench_of: MakeBench) -> None:
    """A host may list addresses only once a network is configured; the state has what is listed behind the write."""
    bench = bench_of(Host(name="HV01", options=Options(listener_addresses="configured")))
    _, state = bench.create(HOST, computerName=HV01, enabled=True, useAnyNetwork=True)
    assert state["listenerAddresses"] == ["192.168.10.11"]
