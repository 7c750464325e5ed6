"""What can go wrong with a ticket: one sentence each, by number, and nothing is changed."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from acceptance.kerberos.conftest import SignIn, StartHosts, signed_in
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.options import Options
from hyperv_migration.model.configuration import read_configuration
from hyperv_migration.model.errors import AuthenticationFailed, MigrationError, MissingConfiguration, SignInRefused
from hyperv_migration.operations.deadline import Deadline
from hyperv_migration.wiring import WiredTargets
from support.listener import Listener, always
from support.samba import Domain
from support.samba_accounts import CONTROLLER
from support.samba_bench import Bench, configuration_of, new_run
from support.samba_rights import add_user
from support.samba_template import SMB_CONF, run
from support.tickets import Tickets

pytestmark = [pytest.mark.samba, pytest.mark.kerberos]

NO_TICKET = "there is no ticket for it here. Get one with kinit, or name a keytab in KRB5_CLIENT_KTNAME."
EXPIRED = "the ticket has expired. Get a new one with kinit, or name a keytab in KRB5_CLIENT_KTNAME."
SKEWED = "the clocks differ by more than Kerberos allows, which is 5 minutes. Set this machine's clock by the domain's."
STALE = (
    "the password is wrong, or the keytab does not fit the account any more. A keytab is exported anew after each new "
    "password, which makes new keys."
)
NO_KDC = "no KDC of the realm answers. Check krb5.conf, DNS and the firewall (port 88)."
TRANSPORT = {"transport": "kerberos", "connectTimeout": 5, "operationTimeout": 10}

Prepare = Callable[[Tickets, SignIn], None]


def at_host(lab: Lab, name: str = "hv01.lab.test", **configuration: Any) -> MigrationError:
    """Read a host and return what was refused; the name may be any, it is looked for at HV01."""
    new_run()
    given = {"winrm": TRANSPORT, "addresses": {name: lab.hosts["HV01"].url}, **configuration}
    with pytest.raises(MigrationError) as refused:
        WiredTargets(read_configuration(given), environment={}).host(name, None, Deadline(20)).facts()
    return refused.value


def at_directory(domain: Domain) -> MigrationError:
    """Begin a delegation and return what was refused."""
    new_run()
    configuration = configuration_of(domain)
    del configuration["username"]
    with pytest.raises(MigrationError) as refused:
        Bench(configuration).create()
    new_run()
    return refused.value


def no_ticket(_: Tickets, sign_in: SignIn) -> None:
    """Neither a cache nor a keytab."""
    sign_in()


def expired_ticket(tickets: Tickets, sign_in: SignIn) -> None:
    """A ticket of one second."""
    sign_in(tickets.expired_cache())


def wrong_clock(tickets: Tickets, sign_in: SignIn) -> None:
    """An hour late."""
    sign_in(tickets.skewed_cache(3600))


def stale_keytab(tickets: Tickets, sign_in: SignIn) -> None:
    """Exported before the password was set anew."""
    domain = tickets.domain
    if not domain.attributes("CN=rotated,CN=Users,DC=lab,DC=test"):
        add_user(domain, "rotated")
    keytab = tickets.keytab("rotated")
    run([
        "samba-tool", "user", "setpassword", "rotated", f"--newpassword=Planted-{os.urandom(4).hex()}-9",
        "-H", str(domain.controller.database), f"--configfile={domain.controller.folder / SMB_CONF}",
    ])  # fmt: skip
    sign_in(keytab=keytab)


def unreachable_kdc(tickets: Tickets, sign_in: SignIn) -> None:
    """A realm whose KDC is nowhere; the ticket for the service has to come from it."""
    cache = tickets.cache()
    sign_in(cache)
    conf = tickets.folder / "nowhere.conf"
    # No controller of any test has this address.
    conf.write_text(tickets.domain.controller.krb5_conf.read_text().replace(tickets.domain.address, "127.0.0.9"))
    os.environ["KRB5_CONFIG"] = str(conf)


@pytest.mark.parametrize(
    ("prepare", "expected"),
    [
        (no_ticket, (MissingConfiguration, NO_TICKET)),
        (expired_ticket, (AuthenticationFailed, EXPIRED)),
        (wrong_clock, (AuthenticationFailed, SKEWED)),
        (stale_keytab, (SignInRefused, STALE)),
        (unreachable_kdc, (AuthenticationFailed, NO_KDC)),
    ],
)
def test_no_sign_in_without_a_good_ticket(
    lab: Lab, tickets: Tickets, sign_in: SignIn, prepare: Prepare, expected: tuple[type[MigrationError], str]
) -> None:
    """The same sentence about a host and about a domain controller, and neither of them has heard anything."""
    prepare(tickets, sign_in)
    refused = [at_host(lab), at_directory(tickets.domain)]
    assert [(type(each), str(each).partition("): ")[2]) for each in refused] == [expected, expected]
    assert [str(each).partition(" cannot be")[0] for each in refused] == [
        "hv01.lab.test",
        f"The domain controller {CONTROLLER}",
    ]
    assert lab.hosts["HV01"].journal.counts().get("authentication", 0) == 0


@pytest.mark.parametrize("name", ["alias.lab.test", "127.0.0.1"])
def test_host_needs_the_name_the_domain_knows(lab: Lab, tickets: Tickets, sign_in: SignIn, name: str) -> None:
    """An alias in DNS and an address have no service principal name (hyperv-wsman.md §3.7)."""
    sign_in(tickets.cache())
    refused = at_host(lab, name)
    assert (type(refused), str(refused)) == (
        AuthenticationFailed,
        (
            f"{name} cannot be signed in to with Kerberos (GSSAPI 851968, -1765328377): the KDC knows no service HTTP/{name}. "
            "Name it by its FQDN, since Kerberos takes no alias and no address, and see that its account has this name or the "
            "HOST one (setspn -L)."
        ),
    )


def test_host_that_refuses_the_ticket(start_hosts: StartHosts, tickets: Tickets, sign_in: SignIn) -> None:
    """Alice's ticket is good, and HV01 does not know her."""
    lab = start_hosts()
    sign_in(tickets.cache("alice"))
    refused = at_host(lab)
    assert (type(refused), str(refused)) == (
        AuthenticationFailed,
        (
            "hv01.lab.test refuses the sign-in with kerberos (HTTP 401, it offers Negotiate, Kerberos); the ticket was issued, "
            "so check that its account may use WinRM there, that Negotiate is offered, and that clock and computer account of "
            "the host are as the domain has them."
        ),
    )


def test_host_that_offers_kerberos_alone(start_hosts: StartHosts, tickets: Tickets, sign_in: SignIn) -> None:
    """Pywinrm speaks of Kerberos under the name Negotiate only, so the message shows what is offered."""
    lab = start_hosts(options=Options(allow_negotiate=False))
    sign_in(tickets.cache())
    assert "it offers Kerberos); the ticket was issued" in str(at_host(lab))


def test_somebody_else_answers_at_the_address(lab: Lab, tickets: Tickets, sign_in: SignIn) -> None:
    """HV01 has no key for a ticket made for HV02: it cannot read it, and gets nothing from us."""
    sign_in(tickets.cache())
    refused = at_host(lab, "hv02.lab.test")
    assert (type(refused), signed_in(lab.hosts["HV01"])) == (AuthenticationFailed, set())


def test_netbios_name_says_no_realm(lab: Lab, tickets: Tickets, sign_in: SignIn) -> None:
    r"""DOMAIN\\user is not looked up: it could become somebody else."""
    sign_in(tickets.cache())
    refused = at_host(lab, username="LAB\\operator")
    assert "write the user name as user@corp.example" in str(refused)


def test_a_password_is_not_what_kerberos_signs_in_with(lab: Lab, tickets: Tickets, sign_in: SignIn) -> None:
    """Where transport kerberos is demanded: the ticket counts, no wrong password is sent, and none is said to be missing."""
    log = len(tickets.domain.controller.log())
    sign_in()
    told = [
        str(at_host(lab, username=name, password="Planted-Wrong-1")) for name in ("operator@lab.test", "LAB\\operator")
    ]
    assert NO_TICKET in told[0]
    assert "No password is configured" not in told[1]
    assert "signs in with a ticket or keytab, and not with the password" in told[1]
    assert "WRONG_PASSWORD" not in tickets.domain.controller.log()[log:]


def test_a_password_keeps_the_choice_with_ntlm(lab: Lab, tickets: Tickets, sign_in: SignIn) -> None:
    """With a password configured the ticket of whoever runs this is not used."""
    sign_in(tickets.cache())
    refused = at_host(lab, winrm={}, username="LAB\\operator", password="Planted-Wrong-1")
    assert "refuses the sign-in with ntlm" in str(refused)


@pytest.mark.parametrize(
    ("status", "proof"),
    [(200, ()), (200, ("WWW-Authenticate: Negotiate Z2FyYmFnZQ==",)), (500, ())],
    ids=["none", "garbage", "error"],
)
def test_who_proves_nothing_is_sent_nothing(
    lab: Lab, tickets: Tickets, sign_in: SignIn, status: int, proof: tuple[str, ...]
) -> None:
    """Over http the first message is empty; what there is to say is sealed after that, or not said at all."""
    sign_in(tickets.cache())
    with Listener(always(status, headers=("Content-Type: text/plain", *proof))) as anybody:
        refused = at_host(lab, addresses={"hv01.lab.test": f"http://127.0.0.1:{anybody.port}"})
    if status == 200:
        assert (type(refused), "did not prove with Kerberos that it is hv01.lab.test" in str(refused)) == (
            AuthenticationFailed,
            True,
        )
    assert {body for _headers, body in anybody.asked} == {b""}
