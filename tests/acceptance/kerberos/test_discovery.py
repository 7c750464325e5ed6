"""Finding the domain controller with a ticket: DNS leads to it, and only one of the domain has the name that is asked for."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from acceptance.kerberos.conftest import SignIn
from hyperv_migration.directory.port import Directory
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.scenario import Directory as EmbeddedDirectory
from hyperv_migration.lab.scenario import Scenario
from hyperv_migration.model.errors import MigrationError, MissingConfiguration, SignInRefused
from hyperv_migration.model.settings import Connection, Credentials, DirectorySettings
from support.fake_dns import FakeDns
from support.samba import Domain
from support.samba_accounts import CONTROLLER, computer_dn
from support.samba_bench import new_run
from support.tickets import Tickets

pytestmark = [pytest.mark.samba, pytest.mark.kerberos]

LOCATOR = "_ldap._tcp.dc._msdcs.lab.test"
PROOF = f"for ldap/{CONTROLLER}/lab.test@LAB.TEST"


@pytest.fixture(scope="module")
def registered(samba_domain: Domain) -> Domain:
    """The domain whose controller has the name that Windows and samba_spnupdate register, and that only it may have."""
    _name(samba_domain, "add", f"CN=DC1,OU=Domain Controllers,{samba_domain.base_dn}", f"ldap/{CONTROLLER}/lab.test")
    return samba_domain


@pytest.fixture
def domain(registered: Domain) -> Iterator[Domain]:
    """The domain, for a process that knows nothing yet."""
    new_run()
    yield registered
    new_run()


@pytest.fixture
def member_of_ldap(registered: Domain) -> Iterator[str]:
    """HV01, which has written ldap/hv01.lab.test on itself, as every member may."""
    _name(registered, "add", computer_dn("HV01"), "ldap/hv01.lab.test")
    yield "hv01.lab.test"
    _name(registered, "delete", computer_dn("HV01"), "ldap/hv01.lab.test")


def _name(domain: Domain, operation: str, dn: str, name: str) -> None:
    domain.modify(f"dn: {dn}\nchangetype: modify\n{operation}: servicePrincipalName\nservicePrincipalName: {name}\n-\n")


def connection(domain: Domain, username: str | None = None, password: str | None = None, **more: Any) -> Connection:
    """Nothing is configured but who signs in."""
    return Connection(
        credentials=Credentials(username=username, password=password),
        directory=DirectorySettings(connect_timeout=5, operation_timeout=10, ca_cert_file=str(domain.ca_file), **more),
    )


def refusal_of(known: Connection, dns_server: FakeDns) -> MigrationError:
    """Return the error that finding one ends with."""
    with pytest.raises(MigrationError) as refused:
        _ = Directory(known, "lab.test", dns_server.names()).domain_controller
    return refused.value


def zone(domain: Domain, *names: str) -> dict[str, dict[str, list[str]]]:
    """DNS calls each of the names a domain controller, at the one address; and knows dc1, which the domain names."""
    hosts = {name: {"A": [domain.address]} for name in {*names, CONTROLLER}}
    return {LOCATOR: {"SRV": [f"0 100 389 {name}." for name in names]}, **hosts}


def test_a_ticket_for_the_name_of_three_parts_is_the_proof(domain: Domain, tickets: Tickets, sign_in: SignIn) -> None:
    """Every question is absolute and to one resolver, and what it answers is connected to by number."""
    sign_in(tickets.cache())
    log = len(domain.controller.log())
    with FakeDns(zone(domain, CONTROLLER)) as dns_server:
        found = Directory(connection(domain), "lab.test", dns_server.names())
        assert (found.domain_controller, len(found.find_computers(["HV01"])["HV01"])) == (CONTROLLER, 1)
    assert PROOF in domain.controller.log()[log:]
    assert {name for name, _ in dns_server.asked} == {f"{LOCATOR}.", f"{CONTROLLER}."}


def test_a_password_of_a_principal_proves_as_well(domain: Domain, sign_in: SignIn) -> None:
    """With user@domain Kerberos is asked by itself, and NTLM does not step in without a word."""
    sign_in()
    log = len(domain.controller.log())
    with FakeDns(zone(domain, CONTROLLER)) as dns_server:
        known = connection(domain, "operator@lab.test", domain.password("operator"))
        assert Directory(known, "lab.test", dns_server.names()).domain_controller == CONTROLLER
    assert PROOF in domain.controller.log()[log:]


@pytest.mark.parametrize("with_password", [False, True], ids=["ticket", "password"])
def test_a_member_that_gave_itself_a_name_of_ldap_is_not_signed_in_to(
    domain: Domain, member_of_ldap: str, tickets: Tickets, sign_in: SignIn, *, with_password: bool
) -> None:
    """Everybody gets a ticket for the name the member wrote; for the one of three parts nobody does."""
    sign_in(tickets.cache())
    environment = {**os.environ, **tickets.environment(cache=tickets.cache())}
    subprocess.run(["kvno", f"ldap/{member_of_ldap}"], env=environment, check=True, capture_output=True, timeout=60)
    who = ("operator@lab.test", domain.password("operator")) if with_password else (None, None)
    log = len(domain.controller.log())
    with FakeDns(zone(domain, member_of_ldap)) as dns_server:
        refused = refusal_of(connection(domain, *who), dns_server)
    assert type(refused) is MissingConfiguration
    assert "the KDC knows no service ldap/hv01.lab.test/lab.test" in str(refused)
    assert "Auth: [LDAP" not in domain.controller.log()[log:]


def test_behind_an_impostor_the_next_one_is_tried(domain: Domain, tickets: Tickets, sign_in: SignIn) -> None:
    """Somebody who adds a record does not stop a run."""
    sign_in(tickets.cache())
    rows = zone(domain, "hv01.lab.test", CONTROLLER)
    rows[LOCATOR] = {"SRV": ["0 100 389 hv01.lab.test.", f"1 100 389 {CONTROLLER}."]}
    with FakeDns(rows) as dns_server:
        assert Directory(connection(domain), "lab.test", dns_server.names()).domain_controller == CONTROLLER


def test_behind_one_that_cannot_open_its_ticket_the_next_one_is_tried(
    domain: Domain, tickets: Tickets, sign_in: SignIn
) -> None:
    """A record that leads to somebody else's machine: no password was tried there, so nothing keeps from the next one."""
    sign_in(tickets.cache())
    name = "dc0.lab.test"
    _name(domain, "add", f"CN=DC1,OU=Domain Controllers,{domain.base_dn}", f"ldap/{name}/lab.test")
    try:
        rows = zone(domain, name, CONTROLLER)
        rows[LOCATOR] = {"SRV": [f"0 100 389 {name}.", f"1 100 389 {CONTROLLER}."]}
        with Lab(Scenario(directory=EmbeddedDirectory())) as lab, FakeDns(rows) as dns_server:
            known = replace(connection(domain), addresses=((name, lab.configuration()["addresses"][CONTROLLER]),))
            assert Directory(known, "lab.test", dns_server.names()).domain_controller == CONTROLLER
    finally:
        _name(domain, "delete", f"CN=DC1,OU=Domain Controllers,{domain.base_dn}", f"ldap/{name}/lab.test")


def test_a_wrong_password_is_told_by_the_kdc_and_not_tried_with_ntlm(domain: Domain, sign_in: SignIn) -> None:
    """One bad attempt, not two."""
    sign_in()
    with FakeDns(zone(domain, CONTROLLER)) as dns_server:
        refused = refusal_of(connection(domain, "operator@lab.test", "Planted-Wrong-9"), dns_server)
    assert (type(refused), "the password is wrong" in str(refused)) == (SignInRefused, True)


def test_without_a_kdc_a_password_goes_sealed_to_a_name_of_the_domain(
    domain: Domain, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NTLM proves no domain, so the name must be inside it; the pages say what that does not prove."""
    sign_in()
    empty = domain.controller.folder / "no-kdc.conf"
    empty.write_text("[libdefaults]\n  default_realm = LAB.TEST\n  dns_lookup_kdc = false\n")
    monkeypatch.setenv("KRB5_CONFIG", str(empty))
    known = connection(domain, "operator@lab.test", domain.password("operator"))
    with FakeDns(zone(domain, CONTROLLER)) as dns_server:
        assert Directory(known, "lab.test", dns_server.names()).domain_controller == CONTROLLER
    with FakeDns(zone(domain, "dc1.evil.test")) as dns_server:
        refused = refusal_of(known, dns_server)
    assert (type(refused), "is not configured" in str(refused)) == (MissingConfiguration, True)
