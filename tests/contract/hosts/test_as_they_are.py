"""Hosts as they are found: builds, roles, rights, languages, and a service that is not ready (hyperv-wsman.md §6, §7, §9)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from contract.hosts.conftest import MakeBench
from hyperv_migration.lab.hosts.host import EmulatedHost
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.options import Options
from hyperv_migration.lab.scenario import Account, Host, Network, Scenario
from hyperv_migration.model.errors import (
    AccessDenied,
    Conflict,
    InvalidInput,
    MigrationError,
    NotReady,
    RemoteFault,
    TimedOut,
)
from support.callers import refused
from support.hosts import PASSWORD, Bench
from support.said import Said

HOST = "MigrationHost"
NETWORK = "MigrationNetwork"
HV01 = "hv01.lab.test"
SUBNET = "192.168.10.0/24"
VIRTUALIZATION = "root/virtualization/v2"
SETTING = "Msvm_VirtualSystemMigrationServiceSettingData"
NAMED = Network(subnet_number="192.168.10.0", prefix_length=24)
EVERYTHING: dict[str, Any] = {
    "computerName": HV01,
    "enabled": True,
    "authenticationType": "Kerberos",
    "performanceOption": "SMB",
    "maximumVirtualMachineMigrations": 4,
    "maximumStorageMigrations": 3,
    "useAnyNetwork": True,
}


class EndsMigrations(Said):
    """A log at whose first step the running migrations end."""

    def __init__(self, host: EmulatedHost) -> None:
        """Remember the host."""
        super().__init__()
        self.host = host

    def progress(self, message: str) -> None:
        """Remember the step; whoever waits is told, and then need not any more."""
        super().progress(message)
        self.host.change_facts(active_migrations=0)


def written(bench: Bench) -> list[str]:
    """What was changed on HV01 over the wire."""
    return [change.what for change in bench.host().history if "administrator" not in change.by]


def failed_jobs(bench: Bench) -> list[str]:
    """The sentences of several ways in which a method can fail."""
    said = []
    for fault in ({"kind": "job", "code": 32775}, {"kind": "return-value", "code": 32775}, {"kind": "access-denied"}):
        kind = fault.pop("kind")
        bench.host().inject(str(kind), when={"method": "ModifyServiceSettings"}, **fault)
        with refused(MigrationError) as failed:
            bench.create(HOST, computerName=HV01, enabled=True)
        said.append(str(failed.value))
        bench.new_run()
    return said


@pytest.mark.parametrize("build", [9600, 14393, 17763, 20348, 26100])
def test_every_build_is_managed_alike(bench_of: MakeBench, build: int) -> None:
    """Windows Server 2012 R2 to 2025: all settings and a network, and everything back (field-notes.md S01)."""
    bench = bench_of(Host(name="HV01", build=build))
    before = bench.host().snapshot
    id_, state = bench.create(HOST, **EVERYTHING)
    network_id, network = bench.create(NETWORK, computerName=HV01, subnet=SUBNET, priority=2)
    assert (state["osBuild"], state["credentialGuardRunning"]) == (build, False)
    assert {name: state[name] for name in EVERYTHING} == EVERYTHING
    bench.new_run()
    bench.delete(HOST, id_, state)
    bench.delete(NETWORK, network_id, network)
    assert bench.host().snapshot == before


def test_a_setting_the_build_does_not_have_is_named(bench_of: MakeBench) -> None:
    """Windows Server 2012 has no performance option (§1.3); nothing is written, and the rest can be managed."""
    bench = bench_of(Host(name="HV01", build=9200))
    with refused(Conflict, match="performanceOption"):
        bench.create(HOST, computerName=HV01, enabled=True, performanceOption="SMB")
    assert bench.host().history == []
    bench.create(HOST, computerName=HV01, enabled=True)
    assert bench.host().settings["EnableVirtualSystemMigration"] is True


def test_a_workgroup_host_may_be_configured_but_not_enabled(bench_of: MakeBench) -> None:
    """Only enabling needs the domain; its id is the short name (field-notes.md P23)."""
    bench = bench_of(Host(name="HV01", domain_joined=False))
    with refused(Conflict, match="workgroup"):
        bench.create(HOST, computerName="hv01", enabled=True)
    id_, state = bench.create(HOST, computerName="hv01", maximumStorageMigrations=4)
    assert (id_, state["domain"]) == ("hv01", "WORKGROUP")


def test_a_cluster_node_is_managed_where_the_program_allows_it(bench_of: MakeBench) -> None:
    """Said in the program, it is done; the state says that it is a node."""
    bench = bench_of(Host(name="HV01", clustered=True))
    with refused(Conflict, match="allowClustered"):
        bench.create(HOST, computerName=HV01, maximumStorageMigrations=4)
    _, state = bench.create(HOST, computerName=HV01, maximumStorageMigrations=4, allowClustered=True)
    assert (state["clustered"], bench.host().settings["MaximumActiveStorageMigration"]) == (True, 4)


def test_credential_guard_stands_against_credssp_only(bench_of: MakeBench) -> None:
    """Kerberos is fine, and so is CredSSP where the program says so (field-notes.md P12)."""
    bench = bench_of(Host(name="HV01", build=26100, credential_guard_running=True))
    id_, state = bench.create(HOST, computerName=HV01, enabled=True, authenticationType="Kerberos")
    assert state["credentialGuardRunning"] is True
    with refused(Conflict, match="Credential Guard"):
        bench.update(HOST, id_, state, computerName=HV01, enabled=True, authenticationType="CredSSP")
    assert bench.host().settings["AuthenticationType"] == 1
    allowed = {"authenticationType": "CredSSP", "allowCredSspWithCredentialGuard": True}
    state = bench.update(HOST, id_, state, computerName=HV01, enabled=True, **allowed)
    assert (state["signInRequired"], bench.host().settings["AuthenticationType"]) == (True, 0)


@pytest.mark.parametrize("answers", [1, 2, 3])
def test_a_service_that_is_starting_is_waited_for(bench_of: MakeBench, answers: int) -> None:
    """Its lists are empty meanwhile, and none of them is believed: the pair that is there is not added again (§7, 24)."""
    pair = tuple(
        Network(subnet_number=address, prefix_length=0, tags=("Microsoft:UserManagedAllNetworks",))
        for address in ("0.0.0.0", "::")
    )
    bench = bench_of(Host(name="HV01", networks=pair))
    bench.call().targets.host(HV01, None).facts()
    bench.host().inject("not-ready", times=answers)
    _, state = bench.create(HOST, computerName=HV01, useAnyNetwork=True)
    assert (bench.host().history, state["priorSettings"]) == ([], {"useAnyNetwork": True})


def test_an_entry_is_not_added_again_while_the_service_is_starting(bench_of: MakeBench) -> None:
    """It is waited for, and then the entry is found; the empty list was not the host's (DESIGN §1.4)."""
    bench = bench_of(Host(name="HV01", networks=(NAMED,), options=Options(duplicate_network=0)))
    bench.call().targets.host(HV01, None).facts()
    bench.host().inject("not-ready", times=1)
    _, state = bench.create(NETWORK, computerName=HV01, subnet=SUBNET)
    assert (bench.host().history, state["preexisting"]) == ([], True)


def test_a_service_that_never_starts_ends_with_its_reason(bench_of: MakeBench) -> None:
    """After readyTimeout: nothing is written, and the sentence names service and group."""
    bench = bench_of(configuration={"winrm": {"readyTimeout": 1}})
    bench.host().change_facts(service_running=False)
    with refused(NotReady, match=r"vmms.*Hyper-V Administrators"):
        bench.create(HOST, computerName=HV01, enabled=True)
    with refused(NotReady, match=r"vmms.*Hyper-V Administrators"):
        bench.create(NETWORK, computerName=HV01, subnet=SUBNET)
    assert written(bench) == []


def test_without_the_role_nothing_is_created_and_a_destroy_is_done(bench: Bench) -> None:
    """The role was taken away meanwhile: the namespace is positively missing (DESIGN §3)."""
    id_, state = bench.create(HOST, computerName=HV01, enabled=True)
    network_id, network = bench.create(NETWORK, computerName=HV01, subnet=SUBNET)
    bench.new_run()
    bench.host().change_facts(role_installed=False)
    assert (bench.read(HOST, id_, state), bench.read(NETWORK, network_id, network)) == (None, None)
    with refused(Conflict, match="Hyper-V role"):
        bench.create(HOST, computerName=HV01, enabled=True)
    bench.delete(HOST, id_, state)
    bench.delete(NETWORK, network_id, network)
    assert len([warning for warning in bench.said.warnings if "Hyper-V is not there any more" in warning]) == 2


READER = Account(name="reader", password=PASSWORD, administrator=False, remote_management_user=True)
STRANGER = Account(name="stranger", password=PASSWORD, administrator=False)
HYPERV = Account(
    name="hyperv", password=PASSWORD, administrator=False, remote_management_user=True, hyperv_administrator=True
)


@pytest.fixture
def rights_bench() -> Iterator[Bench]:
    """HV01 with operators of several rights; the bench signs in as the administrator first."""
    with ExitStack() as stack:
        accounts = (Account(name="operator", password=PASSWORD), READER, STRANGER, HYPERV)
        yield Bench(stack.enter_context(Lab(Scenario(accounts=accounts, hosts=(Host(name="HV01"),)))))


@pytest.mark.parametrize(
    ("who", "words"), [("reader", "Hyper-V Administrators"), ("stranger", "Remote Management Users")]
)
@pytest.mark.parametrize("operation", ["create", "update", "read", "delete"])
def test_missing_rights_are_told_whether_they_come_as_a_fault_or_as_an_empty_list(
    rights_bench: Bench, who: str, words: str, operation: str
) -> None:
    """One who may use WinRM sees empty lists, one who may not gets a fault (§6); either way nothing is taken for gone."""
    bench = rights_bench
    bench.configuration["winrm"] = {"readyTimeout": 1}
    id_, state = bench.create(HOST, computerName=HV01, enabled=True)
    network_id, network = bench.create(NETWORK, computerName=HV01, subnet=SUBNET)
    before = bench.host().snapshot
    bench.new_run()
    bench.configuration["username"] = f"LAB\\{who}"
    for kind, id_of, known, inputs in (
        (HOST, id_, state, {"enabled": True, "maximumStorageMigrations": 9}),
        (NETWORK, network_id, network, {"subnet": SUBNET, "priority": 9}),
    ):
        done = {
            "create": lambda kind=kind, inputs=inputs: bench.create(kind, computerName=HV01, **inputs),
            "update": lambda kind=kind, id_of=id_of, known=known, inputs=inputs: bench.update(
                kind, id_of, known, computerName=HV01, **inputs
            ),
            "read": lambda kind=kind, id_of=id_of, known=known: bench.read(kind, id_of, known),
            "delete": lambda kind=kind, id_of=id_of, known=known: bench.delete(kind, id_of, known),
        }[operation]
        with refused(AccessDenied, match=words):
            done()
    assert bench.host().snapshot == before


def test_the_two_groups_are_enough(rights_bench: Bench) -> None:
    """Remote Management Users and Hyper-V Administrators; what only administrators see is unknown and a warning (§6)."""
    bench = rights_bench
    bench.configuration["username"] = "LAB\\hyperv"
    id_, state = bench.create(HOST, computerName=HV01, enabled=True, authenticationType="CredSSP")
    assert "credentialGuardRunning" not in state
    assert any("cannot see whether Credential Guard runs" in warning for warning in bench.said.warnings)
    bench.new_run()
    bench.delete(HOST, id_, state)
    assert bench.host().settings["EnableVirtualSystemMigration"] is False


def test_no_sentence_depends_on_the_language_of_the_host(bench_of: MakeBench) -> None:
    """A Japanese host fails with the same words as an English one, told by number (field-notes.md C26)."""
    english = bench_of(Host(name="HV01"))
    japanese = bench_of(Host(name="HV01", options=Options(localised="ja")))
    assert failed_jobs(english) == failed_jobs(japanese)


def test_a_localised_host_is_managed_like_any_other(bench_of: MakeBench) -> None:
    """Captions differ and nothing else (§7, 5)."""
    states = []
    for language in ("en", "ja"):
        bench = bench_of(Host(name="HV01", jobs=True, options=Options(localised=language)))  # type: ignore[arg-type]
        states.append(bench.create(HOST, **EVERYTHING)[1])
        bench.new_run()
    english, japanese = ({**state, "operatingSystem": "", "journalId": ""} for state in states)
    assert english == japanese


@pytest.mark.parametrize("spelling", ["::", "::0"])
def test_the_any_network_pair_is_known_in_either_spelling(bench_of: MakeBench, spelling: str) -> None:
    """Whatever comes back, it is found there, not added again, and removed as one (§2.3, doubt 5)."""
    bench = bench_of(Host(name="HV01", networks=(NAMED,), options=Options(any_network_v6=spelling)))
    id_, state = bench.create(HOST, computerName=HV01, useAnyNetwork=True)
    assert [entry.subnet_number for entry in bench.host().networks] == ["192.168.10.0", "0.0.0.0", spelling]
    assert bench.read(HOST, id_, state) == state
    bench.new_run()
    bench.delete(HOST, id_, state)
    assert [entry.subnet_number for entry in bench.host().networks] == ["192.168.10.0"]


@pytest.mark.parametrize("state", [8, 9, 10])
def test_a_job_that_fails_leaves_nothing_and_tells_its_number(bench: Bench, state: int) -> None:
    """Terminated, killed or ended by an exception (§1.7)."""
    bench.host().inject("job", state=state, code=32774)
    with refused(RemoteFault, match="32774"):
        bench.create(HOST, computerName=HV01, enabled=True)
    assert bench.host().history == []


@pytest.mark.parametrize("where", ["description", "errors"])
def test_an_hresult_in_a_jobs_text_is_told_as_a_number(bench: Bench, where: str) -> None:
    """In its description or in GetErrorEx: the text around it may be of any language (§1.7)."""
    bench.host().inject("job", state=10, code=32768, message="失敗しました (0x80070005)", where=where)
    with refused(MigrationError, match="0x80070005"):
        bench.create(HOST, computerName=HV01, enabled=True)


def test_a_job_that_ends_with_warnings_has_done_its_work(bench: Bench) -> None:
    """JobState 32768 is a success (§7, 16)."""
    bench.host().inject("job", state=32768)
    _, state = bench.create(HOST, computerName=HV01, enabled=True)
    assert (state["enabled"], bench.host().settings["EnableVirtualSystemMigration"]) == (True, True)


def test_a_listener_address_that_stays_invalid_ends_with_its_number(bench_of: MakeBench) -> None:
    """0x80072741 is tried again until readyTimeout is over; then no entry is left (§2.5)."""
    bench = bench_of(configuration={"winrm": {"readyTimeout": 3}})
    bench.host().inject("listener-failure", times=99)
    with refused(RemoteFault, match="0x80072741"):
        bench.create(NETWORK, computerName=HV01, subnet=SUBNET)
    assert bench.host().networks == ()


def test_running_migrations_end_before_the_host_is_switched_off(bench: Bench) -> None:
    """The wait is told, and the write comes when they have ended."""
    bench.host().change(EnableVirtualSystemMigration=True)
    bench.host().change_facts(active_migrations=2)
    bench.said = EndsMigrations(bench.host())
    bench.create(HOST, computerName=HV01, enabled=False)
    assert (written(bench), bench.host().settings["EnableVirtualSystemMigration"]) == (["settings"], False)
    assert any("2 live migrations" in step for step in bench.said.progressed)


@pytest.mark.parametrize("operation", ["create", "delete"])
def test_migrations_that_do_not_end_leave_the_host_on(bench: Bench, operation: str) -> None:
    """Neither up nor destroy pulls the rug: the deadline passes and nothing is written."""
    id_, state = bench.create(HOST, computerName=HV01, enabled=True)
    bench.new_run()
    bench.host().change_facts(active_migrations=1)
    switch_off = {
        "create": lambda: bench.create(HOST, computerName=HV01, enabled=False, timeout=1),
        "delete": lambda: bench.delete(HOST, id_, state, timeout=1),
    }[operation]
    with refused(TimedOut, match="1 live migrations"):
        switch_off()
    assert bench.host().settings["EnableVirtualSystemMigration"] is True


def test_a_connection_dropped_before_the_write_costs_no_second_write(bench: Bench) -> None:
    """The host closed it after an answer: the write goes over a new one, once (§4.5)."""
    bench.host().inject("drop-keep-alive", when={"class_name": SETTING})
    bench.create(HOST, computerName=HV01, enabled=True)
    assert [change.what for change in bench.host().history] == ["settings"]


@pytest.mark.parametrize("operation", ["update", "delete"])
def test_an_answer_lost_after_a_write_is_looked_up(bench: Bench, operation: str) -> None:
    """The connection breaks behind the write: the host is read and the write not repeated."""
    id_, state = bench.create(HOST, computerName=HV01, enabled=True)
    bench.new_run()
    bench.host().inject("reset-after", when={"method": "ModifyServiceSettings"})
    if operation == "update":
        state = bench.update(HOST, id_, state, computerName=HV01, enabled=False)
        assert state["enabled"] is False
    else:
        bench.delete(HOST, id_, state)
    assert [change.what for change in bench.host().history] == ["settings", "settings"]
    assert bench.host().settings["EnableVirtualSystemMigration"] is False


def test_a_listener_that_takes_clear_messages_gets_none(bench_of: MakeBench) -> None:
    """Basic over http would work there, and shows the password to everybody: refused before anything is sent (§3.7)."""
    open_to_all = Options(allow_basic=True, allow_unencrypted=True)
    bench = bench_of(Host(name="HV01", options=open_to_all), configuration={"winrm": {"transport": "basic"}})
    with refused(InvalidInput, match="https"):
        bench.create(HOST, computerName=HV01, enabled=True)
    assert (bench.host().history, bench.host().journal.received("authentication")) == ([], [])


def test_a_listener_that_takes_clear_messages_gets_sealed_ones_all_the_same(bench_of: MakeBench) -> None:
    """AllowUnencrypted is the server's mistake, and not ours to use."""
    bench = bench_of(Host(name="HV01", options=Options(allow_unencrypted=True)))
    bench.host().inject("unencrypted", when={"operation": "Enumerate"})
    with refused(MigrationError, match="in clear"):
        bench.create(HOST, computerName=HV01, enabled=True)
    assert bench.host().history == []
