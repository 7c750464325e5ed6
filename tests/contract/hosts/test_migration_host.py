"""MigrationHost against emulated hosts: what is written, what is kept, what comes back."""

from __future__ import annotations

from typing import Any

import pytest

from contract.hosts.conftest import MakeBench
from hyperv_migration.lab.options import Options
from hyperv_migration.lab.scenario import Host, Network
from hyperv_migration.model.errors import (
    AccessDenied,
    AuthenticationFailed,
    Conflict,
    NotReady,
    PartiallyApplied,
    TimedOut,
    Unreachable,
)
from support.callers import Place, refused
from support.hosts import Bench

KIND = "MigrationHost"
ANY = (
    Network(subnet_number="0.0.0.0", prefix_length=0, tags=("Microsoft:UserManagedAllNetworks",)),
    Network(subnet_number="::", prefix_length=0, tags=("Microsoft:UserManagedAllNetworks",)),
)
NAMED = Network(subnet_number="192.168.10.0", prefix_length=24)


def test_the_state_of_a_fresh_host_is_the_recorded_one(bench: Bench) -> None:
    """Out of the box: disabled, 2 and 2, CredSSP, Compression (field-notes.md C25)."""
    _, state = bench.create(KIND, computerName="hv01.lab.test")
    assert {name: state[name] for name in ("enabled", "authenticationType", "performanceOption", "useAnyNetwork")} == {
        "enabled": False,
        "authenticationType": "CredSSP",
        "performanceOption": "Compression",
        "useAnyNetwork": False,
    }
    assert (state["maximumVirtualMachineMigrations"], state["maximumStorageMigrations"]) == (2, 2)
    assert state["listenerAddresses"] == ["192.168.10.11"]


def test_nothing_is_written_when_nothing_is_declared(bench: Bench) -> None:
    """Unset is unmanaged."""
    bench.create(KIND, computerName="hv01.lab.test")
    assert bench.host().history == []


def test_only_what_is_declared_changes(bench: Bench) -> None:
    """The document's example: SMB only, and authentication stays CredSSP (field-notes.md C22)."""
    before = bench.host().settings
    id_, state = bench.create(KIND, computerName="hv01.lab.test", performanceOption="SMB")
    assert bench.host().settings == before | {"EnableCompression": False, "EnableSmbTransport": True}
    bench.new_run()
    bench.delete(KIND, id_, state)
    assert bench.host().settings == before


@pytest.mark.parametrize(
    ("inputs", "settings"),
    [
        ({"enabled": True}, {"EnableVirtualSystemMigration": True}),
        ({"authenticationType": "Kerberos"}, {"AuthenticationType": 1}),
        ({"performanceOption": "TCPIP"}, {"EnableCompression": False}),
        ({"maximumVirtualMachineMigrations": 0}, {"MaximumActiveVirtualSystemMigration": 0}),
        ({"maximumStorageMigrations": 7}, {"MaximumActiveStorageMigration": 7}),
    ],
)
def test_each_setting_is_written_and_put_back(
    bench: Bench, inputs: dict[str, Any], settings: dict[str, bool | int]
) -> None:
    """One declared property, one changed setting; zero is a value (field-notes.md C16, C19)."""
    before = bench.host().settings
    id_, state = bench.create(KIND, computerName="hv01.lab.test", **inputs)
    assert bench.host().settings == before | settings
    assert bench.changed(KIND, state, computerName="hv01.lab.test", **inputs) == ()
    bench.new_run()
    bench.delete(KIND, id_, state)
    assert bench.host().settings == before


def test_false_is_a_value(bench: Bench) -> None:
    """A host that is enabled is disabled by `enabled: false` and enabled again by destroy."""
    bench.host().change(EnableVirtualSystemMigration=True)
    id_, state = bench.create(KIND, computerName="hv01.lab.test", enabled=False)
    assert bench.host().settings["EnableVirtualSystemMigration"] is False
    bench.new_run()
    bench.delete(KIND, id_, state)
    assert bench.host().settings["EnableVirtualSystemMigration"] is True


def test_a_setting_somebody_changed_since_is_left_on_destroy(bench: Bench) -> None:
    """What is not as we wrote it is not ours to put back; the rest is."""
    id_, state = bench.create(KIND, computerName="hv01.lab.test", enabled=True, maximumStorageMigrations=4)
    bench.host().change(MaximumActiveStorageMigration=9)
    bench.new_run()
    bench.delete(KIND, id_, state)
    assert bench.host().settings["MaximumActiveStorageMigration"] == 9
    assert bench.host().settings["EnableVirtualSystemMigration"] is False
    assert any("maximumStorageMigrations" in warning for warning in bench.said.warnings)


def test_a_released_setting_stays_as_it_is(bench: Bench) -> None:
    """Taken out of the program, a setting keeps its live value for ever."""
    id_, state = bench.create(KIND, computerName="hv01.lab.test", enabled=True, maximumStorageMigrations=4)
    assert bench.changed(KIND, state, computerName="hv01.lab.test", enabled=True) == ("maximumStorageMigrations",)
    state = bench.update(KIND, id_, state, computerName="hv01.lab.test", enabled=True)
    bench.new_run()
    bench.delete(KIND, id_, state)
    assert bench.host().settings["MaximumActiveStorageMigration"] == 4


def test_destroy_with_disable_switches_off_in_any_case(bench: Bench) -> None:
    """The host was enabled before us and is not after us."""
    bench.host().change(EnableVirtualSystemMigration=True)
    id_, state = bench.create(KIND, computerName="hv01.lab.test", enabled=True, onDestroy="Disable")
    bench.new_run()
    bench.delete(KIND, id_, state)
    assert bench.host().settings["EnableVirtualSystemMigration"] is False


def test_any_network_is_a_pair_that_comes_and_goes(bench: Bench) -> None:
    """UseAnyNetwork true adds both halves, destroy removes both."""
    id_, state = bench.create(KIND, computerName="hv01.lab.test", useAnyNetwork=True)
    assert [entry.prefix_length for entry in bench.host().networks] == [0, 0]
    bench.new_run()
    bench.delete(KIND, id_, state)
    assert bench.host().networks == ()


def test_the_last_listener_is_not_taken_away(bench_of: MakeBench) -> None:
    """Without a named network the any-network pair stays, and the message names the networks input."""
    bench = bench_of(Host(name="HV01", networks=ANY))
    with refused(Conflict, match="networks input"):
        bench.create(KIND, computerName="hv01.lab.test", enabled=True, useAnyNetwork=False)
    assert bench.host().history == []


def test_with_a_named_network_the_pair_goes_last(bench_of: MakeBench) -> None:
    """Settings first, then the pair; and destroy brings the pair back."""
    bench = bench_of(Host(name="HV01", networks=(*ANY, NAMED)))
    id_, state = bench.create(
        KIND,
        computerName="hv01.lab.test",
        enabled=True,
        useAnyNetwork=False,
        networks=["hv01.lab.test/192.168.10.0/24"],
    )
    assert [change.what for change in bench.host().history] == ["settings", "network removed", "network removed"]
    bench.new_run()
    bench.delete(KIND, id_, state)
    assert {entry.prefix_length for entry in bench.host().networks} == {0, 24}
    assert bench.host().settings["EnableVirtualSystemMigration"] is False


def test_drift_is_read_and_repaired(bench: Bench) -> None:
    """Somebody switches it back to CredSSP at the console."""
    inputs = {"computerName": "hv01.lab.test", "authenticationType": "Kerberos"}
    id_, state = bench.create(KIND, **inputs)
    bench.host().change(AuthenticationType=0)
    drifted = bench.read(KIND, id_, state)
    assert drifted is not None
    assert bench.changed(KIND, drifted, **inputs) == ("authenticationType",)
    repaired = bench.update(KIND, id_, drifted, **inputs)
    assert bench.host().settings["AuthenticationType"] == 1
    assert repaired["priorSettings"] == {"authenticationType": "CredSSP"}


@pytest.mark.parametrize(
    ("host", "inputs", "words"),
    [
        (Host(name="HV01", domain_joined=False), {"enabled": True}, "workgroup"),
        (Host(name="HV01", clustered=True), {"enabled": True}, "allowClustered"),
        (Host(name="HV01", credential_guard_running=True), {"authenticationType": "CredSSP"}, "Credential Guard"),
        (Host(name="HV01", role_installed=False), {"enabled": True}, "Hyper-V role"),
    ],
)
def test_a_precondition_that_is_not_met_is_refused_with_its_reason(
    bench_of: MakeBench, host: Host, inputs: dict[str, Any], words: str
) -> None:
    """Nothing is written, and the sentence says why (DESIGN §3)."""
    bench = bench_of(host)
    with refused(Conflict, match=words):
        bench.create(KIND, computerName=bench.host().fqdn, **inputs)
    assert bench.host().history == []


def test_jobs_are_waited_for(bench_of: MakeBench) -> None:
    """Return code 4096 is polled to its end (hyperv-wsman.md §1.2)."""
    bench = bench_of(Host(name="HV01", jobs=True))
    bench.create(KIND, computerName="hv01.lab.test", enabled=True)
    assert bench.host().settings["EnableVirtualSystemMigration"] is True


def test_a_job_that_never_ends_meets_the_deadline(bench_of: MakeBench) -> None:
    """Nothing waits for ever; the state keeps what was found."""
    bench = bench_of(Host(name="HV01", options=Options(job_seconds=600)))
    bench.host().inject("job", state=7, polls=10_000)
    with refused(PartiallyApplied, TimedOut):
        bench.create(KIND, computerName="hv01.lab.test", enabled=True, timeout=1)


def test_a_lost_answer_is_found_out_by_reading(bench: Bench) -> None:
    """The connection breaks after the write: the host is asked what it is now."""
    bench.host().inject("reset-after", when={"method": "ModifyServiceSettings"})
    _, state = bench.create(KIND, computerName="hv01.lab.test", enabled=True)
    assert state["enabled"] is True
    assert len([change for change in bench.host().history if change.what == "settings"]) == 1


def test_a_refused_write_leaves_nothing_in_the_state(bench: Bench) -> None:
    """The method says no by number, and nothing has changed."""
    bench.host().inject("return-value", code=32775)
    with pytest.raises(Exception, match="32775") as refused:
        bench.create(KIND, computerName="hv01.lab.test", enabled=True)
    assert not isinstance(refused.value, PartiallyApplied)
    assert bench.host().history == []


def test_absent_unreachable_and_denied_are_three_answers(bench: Bench) -> None:
    """Only a positive absence drops a resource (DESIGN §1.4)."""
    bench.configuration["winrm"] = {"readyTimeout": 1}
    id_, state = bench.create(KIND, computerName="hv01.lab.test")
    bench.host().inject("access-denied", when={"namespace": "root/virtualization/v2"})
    with refused(AccessDenied):
        bench.read(KIND, id_, state)
    bench.host().inject("empty", times=9, when={"class_name": "Msvm_VirtualSystemMigrationServiceSettingData"})
    with refused(NotReady):
        bench.read(KIND, id_, state)
    bench.host().faults.clear()
    bench.host().change_facts(role_installed=False)
    assert bench.read(KIND, id_, state) is None
    bench.new_run()
    bench.host().stop_listening()
    with refused(Unreachable):
        bench.read(KIND, id_, state)


def test_a_wrong_password_is_refused_with_what_the_host_offers(bench_of: MakeBench) -> None:
    """401 names the schemes, and the password is not in the message."""
    bench = bench_of(configuration={"password": "Wrong-And-Planted-9"})
    with refused(AuthenticationFailed, match="Negotiate") as failed:
        bench.create(KIND, computerName="hv01.lab.test")
    assert "Wrong-And-Planted-9" not in str(failed.value)


def test_an_answer_in_clear_on_a_sealed_connection_is_not_believed(bench: Bench) -> None:
    """Anybody on the way could have written it (hyperv-wsman.md §4.3)."""
    bench.host().inject("unencrypted", when={"operation": "Enumerate"})
    with pytest.raises(Exception, match="in clear"):
        bench.create(KIND, computerName="hv01.lab.test", enabled=True)
    assert bench.host().history == []


def test_a_dropped_keep_alive_costs_one_new_sign_in(bench: Bench) -> None:
    """The host closes the idle connection; the next read works all the same (hyperv-wsman.md §4.5)."""
    id_, state = bench.create(KIND, computerName="hv01.lab.test")
    bench.host().inject("drop-keep-alive", when={"operation": "Enumerate"})
    bench.read(KIND, id_, state)
    assert bench.read(KIND, id_, state) == state


def test_the_state_of_one_machine_is_not_applied_to_another(bench: Bench) -> None:
    """Who answers under the name calls itself otherwise: nothing is written."""
    _, state = bench.create(KIND, computerName="hv01.lab.test", enabled=True)
    with refused(Conflict, match="calls itself hv01.lab.test"):
        bench.update(KIND, "hv09.lab.test", state, computerName="hv01.lab.test", enabled=False)
    assert bench.host().settings["EnableVirtualSystemMigration"] is True


def test_one_host_is_declared_once(bench: Bench) -> None:
    """A second MigrationHost in the same run points to the mesh, in the preview."""
    checked = bench.checked(KIND, {"computerName": "hv01.lab.test"})
    bench.ready().create(KIND, checked)
    _, failures = bench.ready().check(KIND, checked, Place(name="another"))
    assert "MigrationMesh" in failures[0]
    with refused(Conflict, match="MigrationMesh"):
        bench.ready().create(KIND, {**checked, "enabled": True}, Place(name="another"))


def test_a_forced_replace_leaves_the_host_configured(bench: Bench) -> None:
    """The engine may create before it deletes, under the same id (DESIGN §3, Replace)."""
    id_, state = bench.create(KIND, computerName="hv01.lab.test", enabled=True)
    bench.delete(KIND, id_, state)
    assert bench.host().settings["EnableVirtualSystemMigration"] is True


def test_an_interrupted_create_does_not_take_its_own_work_for_what_was_found(bench: Bench) -> None:
    """Killed after the write: the state knows nothing, the note on this machine does (DESIGN §3, journal)."""
    bench.host().inject("reset-after", when={"method": "ModifyServiceSettings"})
    bench.host().inject("refuse-connection", times=3, when={"operation": "connect", "after": 1})
    with refused(PartiallyApplied):
        bench.create(KIND, computerName="hv01.lab.test", enabled=True)
    bench.new_run()
    bench.host().faults.clear()
    id_, state = bench.create(KIND, computerName="hv01.lab.test", enabled=True)
    assert state["priorSettings"] == {"enabled": False}
    bench.new_run()
    bench.delete(KIND, id_, state)
    assert bench.host().settings["EnableVirtualSystemMigration"] is False
