"""Emulated hosts take tickets of a real domain by their keytabs, tried with clients that others wrote."""

from __future__ import annotations

import base64
import http.client
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
import spnego
from pypsrp.exceptions import AuthenticationError, WSManFaultError
from winrm.exceptions import InvalidCredentialsError
from winrm.transport import Transport

from acceptance.kerberos.conftest import SignIn, StartHosts, signed_in
from contract.lab.client import SERVICE_SETTING, Client
from hyperv_migration.lab.hosts.host import EmulatedHost
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.options import Options
from hyperv_migration.lab.scenario import Host, Scenario
from support.tickets import Tickets

pytestmark = [pytest.mark.samba, pytest.mark.kerberos]

SETTINGS = f"SELECT * FROM {SERVICE_SETTING}"
Connect = Callable[..., Client]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Open pypsrp clients without user name and password."""
    with ExitStack() as stack:

        def open_client(host: EmulatedHost, auth: str = "kerberos", name: str = "", encryption: str = "auto") -> Client:
            more = {"negotiate_hostname_override": name or host.fqdn, "negotiate_service": "HTTP"}
            client = Client(host, username=None, password=None, auth=auth, encryption=encryption, more=more)
            stack.callback(client.close)
            return client

        yield open_client


@pytest.mark.parametrize("auth", ["kerberos", "negotiate"])
def test_client_signs_in_with_a_ticket_bare_and_inside_spnego(
    lab: Lab, connect: Connect, tickets: Tickets, sign_in: SignIn, auth: str
) -> None:
    """Messages are sealed with the ticket's key, and the account is the one of the ticket."""
    sign_in(tickets.cache())
    assert len(connect(lab.hosts["HV01"], auth).query(SETTINGS)) == 1
    assert signed_in(lab.hosts["HV01"]) == {("Kerberos", "operator")}


def test_name_of_the_host_may_be_short(lab: Lab, connect: Connect, tickets: Tickets, sign_in: SignIn) -> None:
    """The ticket is for HTTP/HV01, which the HOST mapping gives to the same account (hyperv-wsman.md §3.7)."""
    sign_in(tickets.cache())
    assert len(connect(lab.hosts["HV01"], name="hv01").query(SETTINGS)) == 1


def test_over_https_messages_go_in_clear(
    start_hosts: StartHosts, connect: Connect, tickets: Tickets, sign_in: SignIn
) -> None:
    """TLS protects them; a client may seal them as well."""
    host = start_hosts(scheme="https").hosts["HV01"]
    sign_in(tickets.cache())
    for encryption in ("never", "always"):
        assert len(connect(host, encryption=encryption).query(SETTINGS)) == 1
    assert signed_in(host) == {("Kerberos", "operator")}


def test_kerberos_alone_may_be_offered(
    start_hosts: StartHosts, connect: Connect, tickets: Tickets, sign_in: SignIn
) -> None:
    """With Negotiate off the messages are sealed under the other name (MS-WSMV 2.2.9.1)."""
    host = start_hosts(options=Options(allow_negotiate=False)).hosts["HV01"]
    sign_in(tickets.cache())
    assert len(connect(host).query(SETTINGS)) == 1


def test_schemes_offered(lab: Lab) -> None:
    """A host with a keytab offers Kerberos beside Negotiate, one without does not."""
    with Lab(Scenario(hosts=(Host(name="HV03"),))) as other:
        offered = [_offers(host) for host in (lab.hosts["HV01"], other.hosts["HV03"])]
    assert offered == [["Negotiate", "Kerberos"], ["Negotiate"]]


def test_ticket_for_another_host_is_refused(lab: Lab, connect: Connect, tickets: Tickets, sign_in: SignIn) -> None:
    """HV01 has no key to open what was made for HV02."""
    sign_in(tickets.cache())
    with pytest.raises(AuthenticationError):
        connect(lab.hosts["HV01"], name="hv02.lab.test").query(SETTINGS)
    assert signed_in(lab.hosts["HV01"]) == set()


def test_account_the_host_does_not_know_is_refused(
    lab: Lab, connect: Connect, tickets: Tickets, sign_in: SignIn
) -> None:
    """Alice is of the domain and nobody at the hosts."""
    sign_in(tickets.cache("alice"))
    with pytest.raises(AuthenticationError):
        connect(lab.hosts["HV01"]).query(SETTINGS)


def test_account_without_rights_is_told_by_winrm(lab: Lab, connect: Connect, tickets: Tickets, sign_in: SignIn) -> None:
    """Bob is known and may do nothing: fault 5 (E12, §6)."""
    sign_in(tickets.cache("bob"))
    with pytest.raises(WSManFaultError) as fault:
        connect(lab.hosts["HV01"]).query(SETTINGS)
    assert fault.value.code == 5


def test_realm_of_the_ticket_must_be_the_hosts(
    connect: Connect, tickets: Tickets, sign_in: SignIn, start_hosts: StartHosts
) -> None:
    """An operator of LAB.TEST is not the operator of another domain, though the key fits."""
    keytab = tickets.domain.controller.folder / "keytabs" / "HV01"
    accounts = start_hosts().scenario.accounts
    with Lab(Scenario(domain="other.test", accounts=accounts, hosts=(Host(name="HV01", keytab=str(keytab)),))) as lab:
        sign_in(tickets.cache())
        with pytest.raises(AuthenticationError):
            connect(lab.hosts["HV01"], name="hv01.lab.test").query(SETTINGS)


def test_kerberos_scheme_takes_no_ntlm(lab: Lab) -> None:
    """What Negotiate may carry, the scheme Kerberos may not."""
    token = spnego.client("a", "b", protocol="ntlm", options=spnego.NegotiateOptions.use_ntlm).step() or b""
    statuses = [_status(lab.hosts["HV01"], f"{scheme} {base64.b64encode(token).decode()}") for scheme in SCHEMES]
    assert statuses == [(401, True), (401, False)]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_pywinrm_signs_in_with_a_ticket(
    start_hosts: StartHosts, tickets: Tickets, sign_in: SignIn, scheme: str
) -> None:
    """The transport below our own, unmodified: it demands the host's proof in the first answer."""
    lab = start_hosts(scheme=scheme)
    host = lab.hosts["HV01"]
    sign_in(tickets.cache())
    transport = Transport(
        endpoint=host.url, auth_method="kerberos", service="HTTP", kerberos_hostname_override=host.fqdn,
        server_cert_validation="ignore", proxy=None,
    )  # fmt: skip
    answer = transport.send_message(IDENTIFY)
    transport.close_session()
    assert b"Microsoft Corporation" in answer
    assert signed_in(host) == {("Kerberos", "operator")}


def test_pywinrm_cannot_where_negotiate_is_off(start_hosts: StartHosts, tickets: Tickets, sign_in: SignIn) -> None:
    """It knows the scheme Negotiate only."""
    host = start_hosts(options=Options(allow_negotiate=False)).hosts["HV01"]
    sign_in(tickets.cache())
    transport = Transport(
        endpoint=host.url, auth_method="kerberos", service="HTTP", kerberos_hostname_override=host.fqdn, proxy=None
    )
    with pytest.raises(InvalidCredentialsError):
        transport.send_message(IDENTIFY)
    transport.close_session()


SCHEMES = ("Negotiate", "Kerberos")
IDENTIFY = (
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
    'xmlns:i="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"><s:Header/><s:Body><i:Identify/>'
    "</s:Body></s:Envelope>"
)


def _offers(host: EmulatedHost) -> list[str]:
    connection = http.client.HTTPConnection(host.address, host.port, timeout=10)
    connection.request("POST", "/wsman")
    offered = connection.getresponse().headers.get_all("WWW-Authenticate") or []
    connection.close()
    return offered


def _status(host: EmulatedHost, authorization: str) -> tuple[int, bool]:
    """The status, and whether the sign-in may go on."""
    connection = http.client.HTTPConnection(host.address, host.port, timeout=10)
    connection.request("POST", "/wsman", headers={"Authorization": authorization})
    response = connection.getresponse()
    going_on = any(len(value.split()) > 1 for value in response.headers.get_all("WWW-Authenticate") or [])
    connection.close()
    return response.status, going_on
