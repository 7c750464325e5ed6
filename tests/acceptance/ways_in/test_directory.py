"""Into a real domain: each transport with its bind, and a password that changes between `up` and `destroy`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hyperv_migration.model.errors import AuthenticationFailed
from pulumi_hyperv_migration import KerberosDelegation
from support.engine import OperationFailedError, Stack
from support.samba import Domain
from support.samba_accounts import CONTROLLER, MEMBER, TRUSTED_TO_AUTH_FOR_DELEGATION, service_names
from support.samba_bench import Bench, configuration_of, new_run
from support.samba_passwords import set_password
from support.samba_rights import add_user

pytestmark = pytest.mark.samba

CIFS = set(service_names("cifs", "HV02"))
DELEGATED = (CIFS, MEMBER | TRUSTED_TO_AUTH_FOR_DELEGATION)
NOTHING: tuple[set[str], int] = (set(), MEMBER)
TARGET = "cifs/hv02.lab.test"
ROTATED = "Planted-Rotated-2"
PASSWORD_VARIABLE = "HYPERV_MIGRATION_PASSWORD"


@pytest.fixture
def domain(samba_domain: Domain) -> Iterator[Domain]:
    """The domain without delegation on HV01, with the operator's first password, in a new process."""
    samba_domain.clear_delegation("HV01")
    set_password(samba_domain, "operator", samba_domain.password("operator"))
    new_run()
    yield samba_domain
    new_run()


def one_direction() -> None:
    """Declare cifs from HV01 to HV02."""
    KerberosDelegation("there", source="hv01.lab.test", destinations=["hv02.lab.test"], services=["cifs"])


@pytest.fixture
def stack(engine: Path, domain: Domain, tmp_path: Path) -> Stack:
    """A stack without a password."""
    assert engine.is_dir()
    stack = Stack(tmp_path / "stack", one_direction)
    plain = {f"hyperv-migration:{name}": value for name, value in configuration_of(domain).items()}
    stack.configure(plain)
    return stack


def tls(domain: Domain, transport: str, **more: str) -> Bench:
    """The operator with a simple bind inside TLS."""
    port = 636 if transport == "ldaps" else 389
    configuration = configuration_of(
        domain, transport=transport, bind="simple", **{"caCertFile": str(domain.ca_file), **more}
    )
    configuration["addresses"][CONTROLLER] = f"{domain.address}:{port}"
    return Bench({**configuration, "password": domain.password("operator")})


@pytest.mark.parametrize("name", ["LAB\\operator", "operator@lab.test", "CN=operator,CN=Users,DC=lab,DC=test"])
@pytest.mark.parametrize("transport", ["ldaps", "starttls"])
def test_simple_binds_inside_verified_tls(domain: Domain, transport: str, name: str) -> None:
    """From nothing to granted and back, under each name form that a simple bind takes (active-directory.md, 95, 96)."""
    bench = tls(domain, transport, username=name, password=domain.password("operator"))
    id_, state = bench.create(services=["cifs"])
    assert (domain.delegation("HV01"), domain.kdc.s4u2proxy("HV01", TARGET)) == (DELEGATED, True)
    bench.delete(id_, state)
    assert (domain.delegation("HV01"), domain.kdc.s4u2proxy("HV01", TARGET)) == (NOTHING, False)


@pytest.mark.parametrize("transport", ["ldaps", "starttls"])
def test_an_authority_nobody_knows_stops_before_the_password(domain: Domain, tmp_path: Path, transport: str) -> None:
    """The certificate of a real domain controller against another authority's."""
    from support import certificates  # noqa: PLC0415 - for this test alone

    certificates.issue(tmp_path, "other.lab.test")
    signed_in_before = domain.controller.log().count("simple bind")
    with pytest.raises(AuthenticationFailed, match=r"directory\.caCertFile"):
        tls(domain, transport, caCertFile=str(tmp_path / "ca.pem")).create()
    assert domain.controller.log().count("simple bind") == signed_in_before


@pytest.mark.engine
def test_over_ldaps_through_the_engine(stack: Stack, domain: Domain) -> None:
    """The configuration as a user writes it."""
    stack.configure(
        {
            "hyperv-migration:directory": {"transport": "ldaps", "bind": "simple", "caCertFile": str(domain.ca_file)},
            "hyperv-migration:addresses": {CONTROLLER: f"{domain.address}:636"},
        },
        {"hyperv-migration:password": domain.password("operator")},
    )
    stack.up()
    assert domain.kdc.s4u2proxy("HV01", TARGET)
    assert stack.is_settled()
    stack.destroy()
    assert domain.delegation("HV01") == NOTHING


@pytest.mark.engine
def test_a_password_rotated_after_up_is_given_by_the_environment(stack: Stack, domain: Domain) -> None:
    """`destroy` with the stored one is refused, keeps the resource and repeats no password; the environment wins."""
    first = domain.password("operator")
    stack.configure({}, {"hyperv-migration:password": first})
    stack.up()
    set_password(domain, "operator", ROTATED)
    with pytest.raises(OperationFailedError) as refused:
        stack.destroy()
    assert any("refused the sign-in" in line and CONTROLLER in line for line in refused.value.run.said("error"))
    assert first not in refused.value.run.output
    assert set(stack.resources()) == {"there"}
    assert domain.delegation("HV01") == DELEGATED

    stack.environment[PASSWORD_VARIABLE] = ROTATED
    stack.destroy()
    assert domain.delegation("HV01") == NOTHING
    assert ROTATED not in stack.state_files()
    assert first not in stack.state_files()


@pytest.mark.engine
def test_a_password_file_is_read_anew_by_each_operation(stack: Stack, domain: Domain, tmp_path: Path) -> None:
    """Whoever rotates the password writes the file; neither of the two is in the state."""
    file = tmp_path / "password"
    file.write_text(f"{domain.password('operator')}\n")
    stack.configure({"hyperv-migration:passwordFile": str(file)})
    stack.up()
    set_password(domain, "operator", ROTATED)
    file.write_text(f"{ROTATED}\n")
    stack.destroy()
    assert domain.delegation("HV01") == NOTHING
    assert not {domain.password("operator"), ROTATED} & set(stack.state_files().split('"'))


@pytest.mark.engine
def test_a_rotated_password_in_the_configuration_is_taken_by_up(stack: Stack, domain: Domain) -> None:
    """`pulumi config set --secret`, then `up`, which stores it for a later `destroy` (DESIGN §1.5)."""
    stack.configure({}, {"hyperv-migration:password": domain.password("operator")})
    stack.up()
    set_password(domain, "operator", ROTATED)
    stack.configure({}, {"hyperv-migration:password": ROTATED})
    stack.up()
    stack.destroy()
    assert domain.delegation("HV01") == NOTHING


@pytest.mark.engine
def test_a_profile_takes_the_domains_that_match(stack: Stack, domain: Domain) -> None:
    """The general account may not delegate; the one of the profile for this domain may, with its own variable."""
    add_user(domain, "general")
    stack.configure(
        {
            "hyperv-migration:username": "LAB\\general",
            "hyperv-migration:profiles": {"lab-1": {"match": ["*.else", "lab.test"], "username": "LAB\\operator"}},
        },
        {"hyperv-migration:password": "Planted-General-1"},
    )
    stack.environment[f"{PASSWORD_VARIABLE}__LAB_1"] = domain.password("operator")
    stack.up()
    assert domain.delegation("HV01") == DELEGATED
    stack.destroy()
    assert domain.delegation("HV01") == NOTHING


@pytest.mark.engine
def test_the_directory_may_have_an_account_of_its_own(stack: Stack, domain: Domain) -> None:
    """`directory.username` and `directory.password` go to the domain controller, the others to hosts."""
    stack.configure(
        {"hyperv-migration:username": "LAB\\bob", "hyperv-migration:directory": {"username": "operator@lab.test"}},
        {
            "hyperv-migration:password": domain.password("bob"),
            "hyperv-migration:directory.password": domain.password("operator"),
        },
    )
    stack.up()
    assert domain.delegation("HV01") == DELEGATED
    stack.destroy()
    assert domain.delegation("HV01") == NOTHING
