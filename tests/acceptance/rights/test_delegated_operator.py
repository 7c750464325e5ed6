"""An operator who is no Domain Admin: what docs/rights.md says is enough, and what is said where a part is missing.

Each user has exactly what its row says, granted on the container of the computers (active-directory.md, 15 to 23).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hyperv_migration.model.errors import AccessDenied
from pulumi_hyperv_migration import KerberosDelegation
from support.engine import OperationFailedError, Stack
from support.samba import Domain
from support.samba_accounts import BASE_DN, MEMBER, TRUSTED_TO_AUTH_FOR_DELEGATION, service_names, user_dn
from support.samba_bench import Bench, configuration_of, new_run
from support.samba_rights import (
    ATTRIBUTES,
    add_user,
    allow_writing,
    give_delegation_privilege,
    password_of,
    take_delegation_privilege,
)

pytestmark = pytest.mark.samba

COMPUTERS = f"CN=Computers,{BASE_DN}"
LIST, CONTROL = ATTRIBUTES
MIGRATION_SERVICE = "Microsoft Virtual System Migration Service"
ALL_SERVICES = {*service_names("cifs", "HV02"), *service_names(MIGRATION_SERVICE, "HV02")}

# Who may write which attributes of computers, and whether the privilege is assigned.
PEOPLE = {
    "delegate": ((LIST, CONTROL), True),
    "writer": ((LIST, CONTROL), False),
    "holder": ((), True),
    "lister": ((LIST,), True),
    "switcher": ((CONTROL,), True),
    "nobody": ((), False),
}


@pytest.fixture(scope="module")
def peopled(samba_domain: Domain) -> Domain:
    """The domain with everybody in it."""
    for user, (attributes, privileged) in PEOPLE.items():
        add_user(samba_domain, user)
        for attribute in attributes:
            allow_writing(samba_domain, user, attribute, COMPUTERS)
        if privileged:
            give_delegation_privilege(samba_domain, user)
    return samba_domain


@pytest.fixture
def domain(peopled: Domain) -> Iterator[Domain]:
    """The same, with no delegation on HV01, in a process that knows nobody."""
    peopled.clear_delegation("HV01")
    new_run()
    yield peopled
    new_run()


def one_direction() -> None:
    """Declare what one direction needs."""
    KerberosDelegation("there", source="hv01.lab.test", destinations=["hv02.lab.test"])


def bench_of(domain: Domain, user: str) -> Bench:
    """The provider as one of them runs it."""
    return Bench({**configuration_of(domain, user), "password": password_of(user)})


@pytest.mark.engine
def test_both_rights_are_enough_for_up_and_destroy(engine: Path, domain: Domain, tmp_path: Path) -> None:
    """A user in no group writes, refreshes and takes everything back; the KDC agrees each time."""
    assert engine.is_dir()
    assert "memberOf" not in domain.attributes(user_dn("delegate"))
    stack = Stack(tmp_path / "stack", one_direction)
    plain = {f"hyperv-migration:{name}": value for name, value in configuration_of(domain, "delegate").items()}
    stack.configure(plain, {"hyperv-migration:password": password_of("delegate")})
    stack.up()
    assert domain.delegation("HV01") == (ALL_SERVICES, MEMBER | TRUSTED_TO_AUTH_FOR_DELEGATION)
    assert all(domain.kdc.s4u2proxy("HV01", service) for service in ALL_SERVICES)
    assert stack.is_settled()

    take_delegation_privilege(domain, "delegate")
    with pytest.raises(OperationFailedError) as failed:
        stack.destroy()
    assert any("lacks the user right SeEnableDelegationPrivilege" in line for line in failed.value.run.said("error"))
    assert set(stack.resources()) == {"there"}
    give_delegation_privilege(domain, "delegate")
    stack.destroy()
    assert domain.delegation("HV01") == (set(), MEMBER)
    assert not any(domain.kdc.s4u2proxy("HV01", service) for service in ALL_SERVICES)


@pytest.mark.parametrize(
    ("user", "missing"),
    [
        ("writer", "has write access there and lacks the user right SeEnableDelegationPrivilege"),
        ("holder", f"has no write access to {LIST} and {CONTROL} there"),
        ("lister", f"has no write access to {CONTROL} there"),
        ("switcher", f"has no write access to {LIST} there"),
        ("nobody", f"has no write access to {LIST} and {CONTROL} there"),
    ],
)
def test_what_is_missing_is_named_and_nothing_is_written(domain: Domain, user: str, missing: str) -> None:
    """The directory gives the same number for all of them; the sentence says what to grant, and where."""
    with pytest.raises(AccessDenied) as denied:
        bench_of(domain, user).create()
    assert missing in str(denied.value)
    assert "SeEnableDelegationPrivilege" in str(denied.value)
    assert domain.delegation("HV01") == (set(), MEMBER)


def test_kerberos_only_needs_no_write_access_to_the_bits(domain: Domain) -> None:
    """Without protocol transition only the list is written, so that much is enough."""
    bench = bench_of(domain, "lister")
    id_, state = bench.create(protocolTransition=False)
    assert domain.delegation("HV01") == (ALL_SERVICES, MEMBER)
    bench.delete(id_, state)
    assert domain.delegation("HV01") == (set(), MEMBER)


def test_kerberos_only_needs_the_privilege(domain: Domain) -> None:
    """The list alone is guarded by it as well."""
    with pytest.raises(AccessDenied, match="lacks the user right SeEnableDelegationPrivilege"):
        bench_of(domain, "writer").create(protocolTransition=False)


def test_reading_needs_nothing(domain: Domain) -> None:
    """A refresh works for whoever may sign in, and shows what stands there."""
    id_, state = bench_of(domain, "delegate").create()
    new_run()
    seen = bench_of(domain, "nobody").read(id_, state)
    assert seen is not None
    assert seen["servicePrincipalNames"] == state["servicePrincipalNames"]


def test_an_account_that_lost_the_right_keeps_its_resource(domain: Domain) -> None:
    """An update that is refused leaves list, bit and state as they were."""
    id_, state = bench_of(domain, "delegate").create(services=["cifs"])
    before = domain.delegation("HV01")
    new_run()
    with pytest.raises(AccessDenied):
        bench_of(domain, "writer").update(id_, state)
    assert domain.delegation("HV01") == before
