"""Into the directory with a ticket: sealed, and inside TLS; the domain controller keeps its own name at any address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from acceptance.kerberos.conftest import SignIn
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.scenario import Account, Directory, Scenario
from hyperv_migration.model.errors import AuthenticationFailed, MissingConfiguration
from support.callers import Caller, Place, refused
from support.samba import ALONE, Domain
from support.samba_accounts import (
    CONTROLLER,
    MEMBER,
    TRUSTED_TO_AUTH_FOR_DELEGATION,
    computer_dn,
    service_names,
    user_dn,
)
from support.samba_bench import KIND, Bench, checked, configuration_of, new_run
from support.tickets import Tickets

pytestmark = [pytest.mark.samba, pytest.mark.kerberos]

DELEGATED = (set(service_names("cifs", "HV02")), MEMBER | TRUSTED_TO_AUTH_FOR_DELEGATION)
NOTHING: tuple[set[str], int] = (set(), MEMBER)
TARGET = "cifs/hv02.lab.test"
# As Active Directory does; Samba refuses every SASL bind inside TLS unless told otherwise (active-directory.md, 100).
SASL_INSIDE_TLS = "--option=ldap server require strong auth=allow_sasl_over_tls"


@pytest.fixture
def domain(samba_domain: Domain) -> Iterator[Domain]:
    """The domain without delegation on HV01, for a process that knows nothing yet."""
    samba_domain.clear_delegation("HV01")
    new_run()
    yield samba_domain
    new_run()


def nobody(domain: Domain, **directory: Any) -> dict[str, Any]:
    """A configuration without user name and password."""
    configuration = configuration_of(domain, **directory)
    del configuration["username"]
    return configuration


def granted_and_taken_back(domain: Domain, configuration: dict[str, Any]) -> list[tuple[tuple[set[str], int], bool]]:
    """What the directory holds and what its KDC says, after a create and after a delete."""
    bench, seen = Bench(configuration), []
    id_, state = bench.create(services=["cifs"])
    seen.append((domain.delegation("HV01"), domain.kdc.s4u2proxy("HV01", TARGET)))
    bench.delete(id_, state)
    seen.append((domain.delegation("HV01"), domain.kdc.s4u2proxy("HV01", TARGET)))
    return seen


BOTH = [(DELEGATED, True), (NOTHING, False)]


def test_sealed_with_a_ticket_cache(domain: Domain, tickets: Tickets, sign_in: SignIn) -> None:
    """Nobody is named: the ticket says who it is. The address is a number, the ticket is for ldap/dc1.lab.test."""
    sign_in(tickets.cache())
    log = len(domain.controller.log())
    assert granted_and_taken_back(domain, nobody(domain)) == BOTH
    assert "for ldap/dc1.lab.test@LAB.TEST" in domain.controller.log()[log:]


def test_sealed_with_a_client_keytab(domain: Domain, tickets: Tickets, sign_in: SignIn) -> None:
    """The library gets the ticket by itself, as on a runner on which nobody ever signs in."""
    sign_in(keytab=tickets.keytab("operator"))
    assert granted_and_taken_back(domain, nobody(domain)) == BOTH


@pytest.mark.parametrize("name", ["operator@lab.test", "operator@LAB.TEST", "operator"])
def test_user_name_without_a_password_picks_the_ticket(
    domain: Domain, tickets: Tickets, sign_in: SignIn, name: str
) -> None:
    """The realm is the domain in upper case, however it was written; without one it is this machine's."""
    sign_in(tickets.cache())
    assert granted_and_taken_back(domain, {**nobody(domain), "username": name}) == BOTH


def test_user_name_of_somebody_else_is_not_exchanged(domain: Domain, tickets: Tickets, sign_in: SignIn) -> None:
    """Alice is named and the ticket is the operator's: nothing is signed in to."""
    sign_in(tickets.cache())
    with pytest.raises(MissingConfiguration, match="there is no ticket for it here"):
        Bench({**nobody(domain), "username": "alice@lab.test"}).create()


def test_netbios_name_says_no_realm(domain: Domain, tickets: Tickets, sign_in: SignIn) -> None:
    """Kerberos cannot tell which realm LAB is."""
    sign_in(tickets.cache())
    with pytest.raises(MissingConfiguration, match=r"write the user name as user@corp\.example"):
        Bench(configuration_of(domain)).create()


@pytest.mark.parametrize("transport", ["ldaps", "starttls"])
def test_inside_tls_with_a_ticket(domain: Domain, tickets: Tickets, sign_in: SignIn, transport: str) -> None:
    """Tied to the channel and not sealed again, which Active Directory forbids (active-directory.md, 100)."""
    sign_in(tickets.cache())
    configuration = nobody(domain, transport=transport, caCertFile=str(domain.ca_file))
    configuration["addresses"][CONTROLLER] = f"{domain.address}:{636 if transport == 'ldaps' else 389}"
    with restarted(domain, SASL_INSIDE_TLS):
        assert granted_and_taken_back(domain, configuration) == BOTH


@contextmanager
def restarted(domain: Domain, option: str) -> Iterator[None]:
    """Let the controller run with one more option."""
    for options in ((*ALONE, option), ALONE):
        domain.controller.stop()
        domain.controller.options = options
        domain.controller.start()
        if options != ALONE:
            yield


@pytest.mark.parametrize("transport", ["sealed", "ldaps"])
def test_a_password_that_the_kdc_refused_is_not_tried_with_ntlm(
    domain: Domain, sign_in: SignIn, transport: str
) -> None:
    """One bad attempt, as the directory counts it."""
    sign_in()
    domain.modify("dn: DC=lab,DC=test\nchangetype: modify\nreplace: lockoutThreshold\nlockoutThreshold: 10\n-\n")
    before = int(domain.attributes(user_dn("alice")).get("badPwdCount", ["0"])[0])
    configuration = {**configuration_of(domain, transport=transport, caCertFile=str(domain.ca_file))}
    configuration["addresses"][CONTROLLER] = f"{domain.address}:{636 if transport == 'ldaps' else 389}"
    with pytest.raises(AuthenticationFailed, match="the password is wrong"):
        Bench({**configuration, "username": "alice@lab.test", "password": "Planted-Wrong-9"}).create()
    assert int(domain.attributes(user_dn("alice"))["badPwdCount"][0]) == before + 1


@pytest.fixture
def ldap_on_hv02(domain: Domain) -> Iterator[None]:
    """The name of a domain controller on the account of a host."""
    for operation in ("add", "delete"):
        domain.modify(
            f"dn: {computer_dn('HV02')}\nchangetype: modify\n{operation}: servicePrincipalName\n"
            "servicePrincipalName: ldap/hv02.lab.test\n-\n"
        )
        if operation == "add":
            yield


def misnamed(domain: Domain) -> dict[str, Any]:
    """The name of a host, which leads to the domain controller; a principal with the right password."""
    configuration = configuration_of(domain, domainControllers=["hv02.lab.test"])
    configuration["addresses"]["hv02.lab.test"] = domain.address
    return {**configuration, "username": "operator@lab.test", "password": domain.password("operator")}


@pytest.mark.usefixtures("ldap_on_hv02")
def test_a_ticket_for_another_account_says_nothing_of_the_password(
    domain: Domain, sign_in: SignIn, caller: Caller
) -> None:
    """The right password is not blamed, and the account is not given up for the run."""
    sign_in()
    configuration = misnamed(domain)
    configuration["profiles"] = {"right": {"directory": {"domainControllers": [CONTROLLER]}}}
    bench = Bench(configuration, caller=caller)
    with refused(AuthenticationFailed, match=r"hv02\.lab\.test refused the sign-in") as seen:
        bench.create(services=["cifs"])
    assert type(seen.value) is AuthenticationFailed
    assert "with a Kerberos ticket for ldap/hv02.lab.test; the password is not the reason" in str(seen.value)
    assert "password is wrong" not in str(seen.value)
    caller.create(KIND, checked(services=["cifs"], profile="right"), place=Place(name="other"))
    assert domain.kdc.s4u2proxy("HV01", TARGET)


def test_ntlm_after_a_service_that_the_kdc_does_not_know_is_told(
    domain: Domain, sign_in: SignIn, caller: Caller
) -> None:
    """NTLM asks for no name; a warning says so once, and nothing does where the name is right."""
    sign_in()
    told = []
    for controller in ("hv02.lab.test", CONTROLLER):
        configuration = misnamed(domain)
        configuration["directory"]["domainControllers"] = [controller]
        bench = Bench(configuration, caller=caller)
        id_, state = bench.create(services=["cifs"])
        bench.delete(id_, state)
        told.append([each for each in bench.said.warnings if "NTLM" in each])
    assert told[1] == []
    assert set(told[0]) == {
        (
            "hv02.lab.test was signed in to with NTLM, because the KDC knows no service ldap/hv02.lab.test. NTLM does not "
            "show which computer answers: give directory.domainControllers the name that the domain controller's account has "
            "(setspn -L)."
        )
    }


def test_number_is_no_name_of_a_domain_controller(domain: Domain, tickets: Tickets, sign_in: SignIn) -> None:
    """Nobody's account carries ldap/127.0.0.10, and nothing is sent but to the KDC."""
    sign_in(tickets.cache())
    with pytest.raises(AuthenticationFailed) as refused:
        Bench(nobody(domain, domainControllers=[domain.address])).create()
    assert str(refused.value) == (
        f"The domain controller {domain.address} cannot be signed in to with Kerberos (GSSAPI 851968, -1765328377): the KDC "
        f"knows no service ldap/{domain.address}. Name it by its FQDN, since Kerberos takes no alias and no address, and "
        "see that its account has this name or the HOST one (setspn -L)."
    )


def test_directory_that_takes_no_ticket_gets_nothing_else(domain: Domain, tickets: Tickets, sign_in: SignIn) -> None:
    """The lab's own directory knows no Kerberos; the file of NTLM accounts in this process's environment is not used."""
    sign_in(tickets.cache())
    with Lab(Scenario(accounts=(Account(name="operator", password="Planted-File-1"),), directory=Directory())) as lab:
        configuration = nobody(domain)
        configuration["addresses"][CONTROLLER] = lab.configuration()["addresses"][CONTROLLER]
        with pytest.raises(AuthenticationFailed, match="refused the sign-in \\(LDAP result 49"):
            Bench(configuration).create()
        new_run()
