"""Every documented way into a real domain, and what the others are told: transport, bind, credential and Samba's policy."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from typing import Any

import pytest

from hyperv_migration.directory.port import Directory
from hyperv_migration.model.errors import AuthenticationFailed, MigrationError, MissingConfiguration, SignInRefused
from hyperv_migration.model.settings import Connection, Credentials, DirectorySettings
from support.samba import ALONE, Domain
from support.samba_accounts import CONTROLLER
from support.samba_bench import new_run
from support.tickets import Tickets

pytestmark = pytest.mark.samba

POLICIES = {"default": "yes", "as Windows": "allow_sasl_over_tls"}
"""`ldap server require strong auth`: Samba's default takes no SASL inside TLS; Active Directory does."""
ACCOUNTS = {"NTLM": "LAB\\operator", "principal": "operator@lab.test"}


@pytest.fixture(scope="module", params=list(POLICIES.values()), ids=list(POLICIES))
def domain(request: pytest.FixtureRequest, samba_domain: Domain) -> Iterator[Domain]:
    """The domain under each policy."""
    controller = samba_domain.controller
    controller.stop()
    controller.options = (*ALONE, f"--option=ldap server require strong auth={request.param}")
    controller.start()
    yield samba_domain
    controller.stop()
    controller.options = ALONE
    controller.start()


@pytest.fixture
def strict(domain: Domain) -> bool:
    """Whether the policy is Samba's default."""
    return domain.controller.options[-1].endswith("=yes")


@pytest.fixture
def new_process(domain: Domain) -> Iterator[Domain]:
    """The domain, for a process that knows nothing yet."""
    new_run()
    yield domain
    new_run()


def connection(domain: Domain, credentials: Credentials, transport: str, bind: str) -> Connection:
    """One way in."""
    port = 636 if transport == "ldaps" else 389
    return Connection(
        credentials=credentials,
        directory=DirectorySettings(
            domain="lab.test",
            domain_controllers=(CONTROLLER,),
            transport=transport,
            bind=bind,
            ca_cert_file=str(domain.ca_file),
            connect_timeout=5,
            operation_timeout=20,
        ),
        addresses=((CONTROLLER, f"{domain.address}:{port}"),),
    )


def outcome(known: Connection) -> list[str] | MigrationError:
    """What a search for HV01 finds, or the error that it ends with."""
    try:
        return [account.short_name for account in Directory(known).find_computers(["HV01"])["HV01"]]
    except MigrationError as error:
        return error


def sign_in(domain: Domain, monkeypatch: pytest.MonkeyPatch, tickets: Tickets, *, cache: bool) -> None:
    """Give this process the domain's Kerberos, with a ticket or without."""
    for name, value in tickets.environment(cache=tickets.cache() if cache else None).items():
        monkeypatch.setenv(name, value)
    assert domain.realm


def expected_refusal(
    transport: str, bind: str, credential: str, *, strict: bool
) -> tuple[type[MigrationError], str] | None:
    """None where the way leads in."""
    if bind == "simple" and transport == "sealed":
        return MissingConfiguration, "in clear; nothing was sent"
    if bind == "simple" and credential == "ticket":
        return MissingConfiguration, "needs a user name and a password"
    if bind == "negotiate" and transport != "sealed" and strict:
        return AuthenticationFailed, "takes no GSS-SPNEGO inside TLS"
    return None


@pytest.mark.parametrize("credential", [*ACCOUNTS, pytest.param("ticket", marks=pytest.mark.kerberos)])
@pytest.mark.parametrize("bind", ["negotiate", "simple"])
@pytest.mark.parametrize("transport", ["sealed", "ldaps", "starttls"])
def test_each_way_leads_in_or_says_why_not(  # noqa: PLR0913, PLR0917 - one column of the table each
    new_process: Domain,
    strict: bool,
    transport: str,
    bind: str,
    credential: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Any,
) -> None:
    """A row of the table."""
    if credential == "ticket" and importlib.util.find_spec("gssapi") is None:
        pytest.skip("the package extra [kerberos] is not installed (`make kerberos` builds it)")
    sign_in(new_process, monkeypatch, Tickets(new_process, tmp_path), cache=credential == "ticket")
    name = ACCOUNTS.get(credential)
    credentials = Credentials(username=name, password=new_process.password("operator") if name else None)
    found = outcome(connection(new_process, credentials, transport, bind))
    refusal = expected_refusal(transport, bind, credential, strict=strict)
    if refusal is None:
        assert found == ["HV01"]
    else:
        kind, says = refusal
        assert (type(found), says in str(found), "wrong" in str(found)) == (kind, True, False)


@pytest.mark.parametrize("transport", ["ldaps", "starttls"])
def test_a_wrong_password_with_ntlm_inside_tls_is_told_as_such(new_process: Domain, transport: str) -> None:
    """By its number, and not as trouble of the transport: the password is looked at first."""
    wrong = Credentials(username="LAB\\operator", password="Planted-Wrong-9")
    found = outcome(connection(new_process, wrong, transport, "negotiate"))
    assert (type(found), "data 52e" in str(found)) == (SignInRefused, True)
