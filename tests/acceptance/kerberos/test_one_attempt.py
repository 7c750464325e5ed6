"""A wrong password or key is one attempt of a run, as a real KDC counts: at hosts and in the directory, side by side or not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from acceptance.kerberos.conftest import SignIn
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.scenario import Account, Host, Scenario
from hyperv_migration.model.errors import AuthenticationFailed
from support.callers import Caller, Place
from support.samba import Domain
from support.samba_accounts import CONTROLLER, user_dn
from support.samba_bench import KIND, Bench, checked, configuration_of, new_run
from support.samba_passwords import set_password
from support.samba_rights import add_user
from support.tickets import Tickets

pytestmark = [pytest.mark.samba, pytest.mark.kerberos]

WRONG = "Planted-Wrong-9"
USER = "tried"
NAMES = [f"delegation{number}" for number in range(6)]


@pytest.fixture(scope="module")
def counting(samba_domain: Domain) -> Domain:
    """A domain that counts, and a user of whom nobody has tried a password."""
    samba_domain.modify("dn: DC=lab,DC=test\nchangetype: modify\nreplace: lockoutThreshold\nlockoutThreshold: 50\n-\n")
    add_user(samba_domain, USER)
    return samba_domain


@pytest.fixture
def domain(counting: Domain) -> Iterator[Domain]:
    """The domain, for a process that knows nothing yet."""
    new_run()
    yield counting
    new_run()


def attempts(domain: Domain) -> int:
    """As the directory counts them."""
    return int(domain.attributes(user_dn(USER)).get("badPwdCount", ["0"])[0])


def refusals(caller: Caller, parallel: int) -> list[str]:
    """What six delegations end with."""

    def create(name: str) -> str:
        try:
            caller.create(KIND, checked(), Place(name=name))
        except (AuthenticationFailed, AssertionError) as error:
            # Side by side, what a face has raised cannot be held against its operation; the sentence is there all the same.
            return str(error)
        return "signed in"

    with ThreadPoolExecutor(parallel) as pool:
        return list(pool.map(create, NAMES))


def with_password(domain: Domain, **directory: Any) -> dict[str, Any]:
    """A principal and a wrong password; inside TLS where a transport says so."""
    configuration = configuration_of(domain, **directory)
    if directory.get("transport") == "ldaps":
        configuration["directory"]["caCertFile"] = str(domain.ca_file)
        configuration["addresses"][CONTROLLER] = f"{domain.address}:636"
    return {**configuration, "username": f"{USER}@lab.test", "password": WRONG}


@pytest.mark.parametrize("transport", ["sealed", "ldaps"])
@pytest.mark.parametrize("parallel", [1, 6])
def test_six_delegations_ask_the_kdc_once(
    domain: Domain, sign_in: SignIn, caller: Caller, parallel: int, transport: str
) -> None:
    """The first is told what is wrong, the others who has refused; the next run asks once more."""
    sign_in()
    bench = Bench(with_password(domain, transport=transport), caller=caller)
    for _ in range(2):
        before = attempts(domain)
        told = refusals(bench.ready(), parallel)
        assert attempts(domain) == before + 1
        assert any("the password is wrong" in each for each in told)
        assert all(
            "the password is wrong" in each
            or f"{CONTROLLER} was not asked: the domain lab.test has refused {USER}@lab.test in this run" in each
            for each in told
        )
        assert WRONG not in "".join(told)


def test_two_controllers_of_one_domain_are_one_attempt(domain: Domain, sign_in: SignIn) -> None:
    """However many are listed: it is the KDC that refuses."""
    sign_in()
    before = attempts(domain)
    configuration = with_password(domain, domainControllers=[CONTROLLER, "dc2.lab.test"])
    configuration["addresses"]["dc2.lab.test"] = domain.address
    refusals(Bench(configuration).ready(), 1)
    assert attempts(domain) == before + 1


def test_profiles_of_one_account_are_one_attempt(domain: Domain, sign_in: SignIn) -> None:
    """Two profiles with domain controllers of their own, whose account is spelled in two ways."""
    sign_in()
    before = attempts(domain)
    configuration = with_password(domain)
    account = {"username": f"{USER.upper()}@LAB.test", "password": WRONG}
    configuration["profiles"] = {"other": {**account, "directory": {"domainControllers": ["dc2.lab.test"]}}}
    configuration["addresses"]["dc2.lab.test"] = domain.address
    caller = Bench(configuration).ready()
    for name, profile in (("one", {}), ("two", {"profile": "other"})):
        with pytest.raises(AuthenticationFailed):
            caller.create(KIND, checked(**profile), Place(name=name))
    assert attempts(domain) == before + 1


@pytest.fixture
def stale(domain: Domain, tickets: Tickets, sign_in: SignIn) -> Domain:
    """A client keytab that was exported before the password was set anew."""
    keytab = tickets.keytab(USER)
    for _ in range(2):
        set_password(domain, USER, f"Planted-{os.urandom(4).hex()}-9")
    sign_in(keytab=keytab)
    return domain


@pytest.mark.parametrize("parallel", [1, 4])
def test_stale_keytab_is_one_attempt_at_hosts_and_in_the_directory(
    stale: Domain, lab: Lab, caller: Caller, parallel: int
) -> None:
    """The KDC is the same for all, and none of the targets hears of it."""
    before = attempts(stale)
    configuration = configuration_of(stale)
    del configuration["username"]
    configuration["addresses"] |= {f"{name.lower()}.lab.test": host.url for name, host in lab.hosts.items()}
    configuration["winrm"] = {"transport": "kerberos"}
    bench = Bench(configuration, caller=caller).ready()

    def create(number: int) -> str:
        kind = KIND if number % 2 else "MigrationHost"
        inputs = checked() if number % 2 else {"computerName": f"hv0{1 + number // 2}.lab.test"}
        try:
            bench.create(kind, inputs, Place(name=f"it{number}"))
        except (AuthenticationFailed, AssertionError) as error:
            return str(error)
        return "signed in"

    with ThreadPoolExecutor(parallel) as pool:
        told = list(pool.map(create, range(4)))
    assert attempts(stale) == before + 1
    assert len([each for each in told if "the keytab does not fit" in each]) >= 1
    assert all("the keytab does not fit" in each or "was not asked: the KDC has refused" in each for each in told)
    assert {name: host.journal.received() for name, host in lab.hosts.items()} == {"HV01": [], "HV02": []}


def test_stale_keytab_is_one_attempt_where_the_directory_is_asked_first(stale: Domain) -> None:
    """Why it was refused is not asked of the KDC a second time."""
    before = attempts(stale)
    configuration = configuration_of(stale)
    del configuration["username"]
    told = refusals(Bench(configuration).ready(), 1)
    assert "the keytab does not fit" in told[0]
    assert attempts(stale) == before + 1


def test_a_refused_password_is_not_tried_at_hosts_with_ntlm(domain: Domain, sign_in: SignIn) -> None:
    """The KDC has refused the account; the hosts would have the same domain judge the same password."""
    sign_in()
    before = attempts(domain)
    with Lab(Scenario(accounts=(Account(name=USER, password=WRONG),), hosts=(Host(name="HV01"),))) as lab:
        configuration = with_password(domain)
        configuration["addresses"]["hv01.lab.test"] = lab.hosts["HV01"].url
        configuration["winrm"] = {"transport": "ntlm"}
        bench = Bench(configuration).ready()
        with pytest.raises(AuthenticationFailed, match="the password is wrong"):
            bench.create(KIND, checked())
        refused = "hv01.lab.test was not asked: the domain lab.test has refused"
        with pytest.raises(AuthenticationFailed, match=refused):
            bench.create("MigrationHost", {"computerName": "hv01.lab.test"}, Place(name="host"))
        assert lab.hosts["HV01"].journal.received() == []
    assert attempts(domain) == before + 1


def test_a_locked_account_is_asked_for_once(domain: Domain, sign_in: SignIn) -> None:
    """KDC code 18: the second of a run says who refused, and nobody is asked."""
    sign_in()
    domain.modify("dn: DC=lab,DC=test\nchangetype: modify\nreplace: lockoutThreshold\nlockoutThreshold: 1\n-\n")
    try:
        bench = Bench(with_password(domain)).ready()
        refusals(bench, 1)
        log = len(domain.controller.log())
        told = refusals(Bench(with_password(domain)).ready(), 6)
        asked = domain.controller.log()[log:].count("NT_STATUS_ACCOUNT_LOCKED_OUT")
    finally:
        domain.modify("dn: DC=lab,DC=test\nchangetype: modify\nreplace: lockoutThreshold\nlockoutThreshold: 50\n-\n")
        domain.modify(f"dn: {user_dn(USER)}\nchangetype: modify\nreplace: lockoutTime\nlockoutTime: 0\n-\n")
    assert any("the account is locked, disabled or expired" in each for each in told)
    assert asked <= 2
