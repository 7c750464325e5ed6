"""Connections that were signed in to with a ticket, and lose it while they are used."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest

from acceptance.kerberos.conftest import SignIn, StartHosts, signed_in
from hyperv_migration.lab.lab import Lab
from hyperv_migration.model.configuration import read_configuration
from hyperv_migration.model.errors import AuthenticationFailed
from hyperv_migration.operations.deadline import Deadline
from hyperv_migration.operations.ports import HostPort
from hyperv_migration.wiring import WiredTargets
from support.samba_accounts import CONTROLLER
from support.samba_bench import KIND, Bench, configuration_of, new_run
from support.tickets import Tickets

pytestmark = [pytest.mark.samba, pytest.mark.kerberos]

TICKETS_ONLY = {("Kerberos", "operator")}


@pytest.fixture(autouse=True)
def new_process() -> Iterator[None]:
    """Begin and end without connections."""
    new_run()
    yield
    new_run()


def host_of(lab: Lab) -> HostPort:
    """HV01 as an operation sees it, without a password."""
    winrm: dict[str, Any] = {"caCertFile": str(lab.ca_file)} if lab.ca_file else {}
    given = {"winrm": winrm, "addresses": {"hv01.lab.test": lab.hosts["HV01"].url}}
    return WiredTargets(read_configuration(given), environment={}).host("hv01.lab.test", None, Deadline(20))


def wait_until_expired() -> None:
    """Until the library itself calls the ticket expired."""
    deadline = time.monotonic() + 60
    while not subprocess.run(["klist", "-s"], env=dict(os.environ), check=False).returncode:
        assert time.monotonic() < deadline
        time.sleep(0.2)


@pytest.mark.parametrize("fault", ["unauthorized", "drop-keep-alive"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_lost_context_is_made_anew(
    start_hosts: StartHosts, tickets: Tickets, sign_in: SignIn, scheme: str, fault: str
) -> None:
    """The host forgets the sign-in, or closes a connection that was kept alive: the next message signs in again."""
    lab = start_hosts(scheme=scheme)
    sign_in(tickets.cache())
    host = host_of(lab)
    host.facts()
    lab.hosts["HV01"].inject(fault)
    assert [host.settings()["maximumVirtualMachineMigrations"] for _ in range(2)] == [2, 2]
    assert {each for each in signed_in(lab.hosts["HV01"]) if each[0]} == TICKETS_ONLY


def test_ticket_that_expires_meanwhile(lab: Lab, tickets: Tickets, sign_in: SignIn) -> None:
    """What a run has connected stays so, at a host and in the directory; the next run says what is wrong."""
    sign_in(tickets.ending_cache(15, "HTTP/hv01.lab.test", f"ldap/{CONTROLLER}"))
    host = host_of(lab)
    host.facts()
    configuration = configuration_of(tickets.domain)
    del configuration["username"]
    bench = Bench(configuration)
    id_, state = bench.create(services=["cifs"])
    wait_until_expired()
    assert host.settings()["maximumVirtualMachineMigrations"] == 2
    assert bench.caller.read(KIND, (id_, state)) is not None
    with pytest.raises(AuthenticationFailed, match=r"the ticket has expired\. Get a new one with kinit"):
        bench.read(id_, state)
    sign_in(tickets.cache())
    bench.delete(id_, state)
