from __future__ import annotations

import pytest
from pypsrp.exceptions import WSManFaultError

from contract.lab.client import Client, job_of, properties
from contract.lab.conftest import Connect, StartHost
from hyperv_migration.lab.hosts.host import EmulatedHost
from hyperv_migration.lab.options import Options

JOB = "Msvm_ConcreteJob"
PATIENT = Options(job_polls=3, job_seconds=60)


@pytest.fixture
def slow(start_host: StartHost) -> EmulatedHost:
    """A host that answers with jobs of three polls."""
    return start_host(PATIENT, jobs=True)


@pytest.fixture
def caller(slow: EmulatedHost, connect: Connect) -> Client:
    """A client of that host."""
    return connect(slow)


def _read(client: Client, identity: str) -> dict[str, object]:
    return properties(client.get(JOB, {"InstanceID": identity}))


def test_job_runs_until_its_last_poll(caller: Client, slow: EmulatedHost) -> None:
    """4096, then running, then completed; the setting changes only at the end (§1.7)."""
    answer = caller.modify(AuthenticationType=1)
    polls = []
    for _ in range(3):
        job = _read(caller, job_of(answer))
        polls.append((job["JobState"], job["PercentComplete"], slow.settings["AuthenticationType"]))
    assert answer["ReturnValue"] == "4096"
    assert polls == [("4", "50", 0), ("4", "50", 0), ("7", "100", 1)]


def test_job_is_polled_by_a_query_too(caller: Client) -> None:
    """As libvirt does (§1.7)."""
    identity = job_of(caller.modify(AuthenticationType=1))
    query = f"SELECT * FROM {JOB} WHERE InstanceID = '{identity}'"
    assert [caller.query(query)[0]["JobState"] for _ in range(3)] == ["4", "4", "7"]


def test_job_ends_though_nobody_asks(start_host: StartHost, connect: Connect) -> None:
    """The work does not wait for a poll."""
    host = start_host(Options(job_seconds=0), jobs=True)
    connect(host).modify(AuthenticationType=1)
    assert host.settings["AuthenticationType"] == 1


def test_reference_is_echoed_back_in_the_get(caller: Client) -> None:
    """The namespace selector of the reference is taken back (E8)."""
    identity = job_of(caller.modify(AuthenticationType=1))
    job = caller.get(JOB, {"InstanceID": identity, "__cimnamespace": "root/virtualization/v2"})
    assert properties(job)["InstanceID"] == identity


def test_polls_are_counted_apart(caller: Client, slow: EmulatedHost) -> None:
    """A job's polls are no messages of the budget (DESIGN §5)."""
    identity = job_of(caller.modify(AuthenticationType=1))
    _read(caller, identity)
    caller.query(f"SELECT * FROM {JOB} WHERE InstanceID = '{identity}'")
    counts = slow.journal.counts()
    assert (counts["messages"], counts["jobPolls"]) == (1, 2)


def test_finished_job_vanishes(start_host: StartHost, connect: Connect) -> None:
    """After TimeBeforeRemoval it is not found (§1.7)."""
    client = connect(start_host(Options(job_seconds=0, job_removal=0), jobs=True))
    identity = job_of(client.modify(AuthenticationType=1))
    client.query("SELECT * FROM Win32_OperatingSystem", "root/cimv2")
    with pytest.raises(WSManFaultError) as fault:
        _read(client, identity)
    assert fault.value.code == 2150858752


def test_wrong_parameters_need_no_job(caller: Client) -> None:
    """They are refused at once."""
    assert caller.modify(AuthenticationType=7) == {"ReturnValue": "32773"}


def test_job_that_loses_a_race_fails(caller: Client, slow: EmulatedHost) -> None:
    """A subnet that somebody else added while the job ran: exception, with the method's code."""
    identity = job_of(caller.add("192.168.10.0/24"))
    slow.add_network("192.168.10.0", 24)
    slow.end_jobs()
    job = _read(caller, identity)
    assert (job["JobState"], job["ErrorCode"]) == ("10", "32773")


def test_ordered_failure(client: Client, host: EmulatedHost) -> None:
    """A job that fails as ordered: nothing is done, and GetErrorEx tells more (§1.7)."""
    host.inject("job", code=32774, message="in use", polls=1)
    identity = job_of(client.modify(AuthenticationType=1))
    job = _read(client, identity)
    more = client.invoke("GetErrorEx", [], class_name=JOB, selectors={"InstanceID": identity})
    assert (job["JobState"], job["ErrorCode"], job["ErrorDescription"]) == ("10", "32774", "in use")
    assert '<PROPERTY NAME="Message" TYPE="string"><VALUE>in use</VALUE></PROPERTY>' in str(more["Errors"])
    assert host.settings["AuthenticationType"] == 0


def test_ordered_warnings_are_a_success(client: Client, host: EmulatedHost) -> None:
    """32768 is done, with warnings (§7 pitfall 16)."""
    host.inject("job", state=32768, polls=1)
    identity = job_of(client.modify(AuthenticationType=1))
    assert (_read(client, identity)["JobState"], host.settings["AuthenticationType"]) == ("32768", 1)


@pytest.mark.parametrize("where", ["description", "errors"])
def test_listener_failure_passes(client: Client, host: EmulatedHost, where: str) -> None:
    """The local address is tentative for one call: 0x80072741 in the job's text or its Msvm_Error; then it works (§2.5)."""
    host.inject("listener-failure", where=where, polls=1)
    identity = job_of(client.add("192.168.10.0/24"))
    texts = {
        "description": str(_read(client, identity)["ErrorDescription"]),
        "errors": str(
            client.invoke("GetErrorEx", [], class_name=JOB, selectors={"InstanceID": identity}).get("Errors")
        ),
    }
    assert [name for name, text in texts.items() if "0x80072741" in text] == [where]
    assert (client.add("192.168.10.0/24")["ReturnValue"], len(host.networks)) == ("0", 1)


def test_job_cannot_be_stopped(caller: Client) -> None:
    """The jobs of settings methods are not cancellable."""
    identity = job_of(caller.modify(AuthenticationType=1))
    answer = caller.invoke(
        "RequestStateChange", [("RequestedState", "4")], class_name=JOB, selectors={"InstanceID": identity}
    )
    assert answer["ReturnValue"] == "32770"
