"""Accounts that may not sign in: a real domain tells why by number, and the account is asked once."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator

import pytest

from hyperv_migration.model.errors import AuthenticationFailed
from support.samba import Domain
from support.samba_accounts import CONTROLLER, USER, user_dn
from support.samba_bench import Bench, configuration_of, new_run
from support.samba_rights import add_user, password_of

pytestmark = pytest.mark.samba

EPOCH = 11_644_473_600
DAY = 86_400


def filetime(seconds: float) -> int:
    """The directory's form of a time."""
    return int((seconds + EPOCH) * 10_000_000)


NEVER = base64.b64encode(bytes(21)).decode()
STATES = {
    "disabled": (f"userAccountControl: {USER | 2}", "533", "the account is disabled"),
    "ended": (f"accountExpires: {filetime(time.time() - DAY)}", "701", "the account has expired"),
    "fresh": ("pwdLastSet: 0", "773", "must be changed"),
    "asleep": (f"logonHours:: {NEVER}", "530", "at this time of day"),
    "elsewhere": ("userWorkstations: NOWHERE", "531", "from this machine"),
    "locked": (f"lockoutTime: {filetime(time.time())}", "775", "the account is locked"),
}


@pytest.fixture(scope="module")
def domain(samba_domain: Domain) -> Iterator[Domain]:
    """The domain with one user in each state."""
    for user, (row, _, _) in STATES.items():
        add_user(samba_domain, user)
        attribute = row.partition(":")[0]
        normal = f"replace: userAccountControl\nuserAccountControl: {USER & ~0x10000}\n-\n" if user == "fresh" else ""
        samba_domain.modify(f"dn: {user_dn(user)}\nchangetype: modify\n{normal}replace: {attribute}\n{row}\n-\n")
    yield samba_domain
    new_run()


def refusal(domain: Domain, user: str, password: str, bind: str) -> str:
    """What the first contact ends with."""
    new_run()
    configuration = configuration_of(
        domain, user, **({"transport": "ldaps", "bind": "simple"} if bind == "simple" else {})
    )
    configuration["directory"]["caCertFile"] = str(domain.ca_file)
    if bind == "simple":
        configuration["addresses"][CONTROLLER] = f"{domain.address}:636"
    with pytest.raises(AuthenticationFailed) as refused:
        Bench({**configuration, "password": password}).create()
    return str(refused.value)


@pytest.mark.parametrize("bind", ["negotiate", "simple"])
@pytest.mark.parametrize("user", STATES)
def test_the_state_of_the_account_is_told(domain: Domain, user: str, bind: str) -> None:
    """With the right password, sealed and inside TLS alike; no sentence blames the password."""
    _, number, says = STATES[user]
    said = refusal(domain, user, password_of(user), bind)
    assert (f"data {number}" in said, says in said, "password is wrong" in said) == (True, True, False)


@pytest.mark.parametrize("bind", ["negotiate", "simple"])
def test_a_wrong_password_is_told_and_sent_once(domain: Domain, bind: str) -> None:
    """As the directory counts it."""
    domain.modify("dn: DC=lab,DC=test\nchangetype: modify\nreplace: lockoutThreshold\nlockoutThreshold: 10\n-\n")
    before = int(domain.attributes(user_dn("bob")).get("badPwdCount", ["0"])[0])
    assert "data 52e" in refusal(domain, "bob", "Planted-Wrong-9", bind)
    assert int(domain.attributes(user_dn("bob"))["badPwdCount"][0]) == before + 1
