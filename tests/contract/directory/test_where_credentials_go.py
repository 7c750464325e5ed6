"""Where a sign-in goes, through both faces: to what is configured or has a proof, and to nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from contract.directory.domains import PASSWORD, HostsOnly, configuration_of, scenario
from hyperv_migration.directory.computers import disconnect
from hyperv_migration.lab.directory import EmbeddedDirectory
from hyperv_migration.lab.directory.certificates import ThrowAwayAuthority
from hyperv_migration.model.errors import AuthenticationFailed, MissingConfiguration
from support.callers import Caller, Place, refused

KIND = "KerberosDelegation"
CIFS = {"source": "HV01", "destinations": ["HV02"], "services": ["cifs"], "waitForReplication": "None"}


@pytest.fixture(autouse=True)
def end() -> Iterator[None]:
    """Close what a test has opened."""
    yield
    disconnect()


def unconfigured(directory: EmbeddedDirectory, **options: Any) -> dict[str, Any]:
    """The configuration with the address of the domain's own name, and no domain controller."""
    given = configuration_of(directory, **options)
    del given["directory"]["domainControllers"]
    place = given["addresses"]["dc1.lab.test"]
    return {**given, "addresses": {"lab.test": place, "dc1.lab.test": place}}


def created(caller: Caller, configuration: dict[str, Any]) -> dict[str, Any]:
    """Check and create under a configuration; the password is the environment's."""
    caller.configure({name: value for name, value in configuration.items() if name != "password"})
    inputs, failures = caller.check(KIND, CIFS)
    assert failures == []
    return caller.create(KIND, inputs, place=Place(timeout=20))[1]


@pytest.fixture
def password(monkeypatch: pytest.MonkeyPatch) -> str:
    """The operator's password, in the environment."""
    monkeypatch.setenv("HYPERV_MIGRATION_PASSWORD", PASSWORD)
    return PASSWORD


@pytest.mark.usefixtures("password")
def test_the_domains_own_name_may_have_an_address(embedded: EmbeddedDirectory, caller: Caller) -> None:
    """As the lab has it, where there is no DNS."""
    assert created(caller, unconfigured(embedded))["domainController"] == "dc1.lab.test"


@pytest.mark.usefixtures("password")
@pytest.mark.parametrize("bind", ["simple", "negotiate"])
def test_no_credential_goes_to_a_host_whose_certificate_names_only_itself(caller: Caller, bind: str) -> None:
    """Through either face, and nothing but an anonymous question was asked."""
    authority = ThrowAwayAuthority()
    with EmbeddedDirectory(scenario(), certificate_authority=HostsOnly(authority)) as hostile:
        configuration = unconfigured(hostile, transport="starttls", bind=bind)
        with refused(MissingConfiguration, AuthenticationFailed, match=r"lab\.test"):
            created(caller, configuration)
        assert hostile.journal.counts().get("bind", 0) == 0
        disconnect()
    authority.close()


@pytest.mark.parametrize("name", ["10.127.0.5", "HV.02$", "hv02.127.1"])
def test_a_name_that_is_an_address_is_refused_in_the_preview_at_both_ends(caller: Caller, name: str) -> None:
    """Check sends nothing; what it refuses is not resolved."""
    caller.configure({})
    for inputs in ({**CIFS, "source": name}, {**CIFS, "destinations": ["HV02", name]}):
        _, failures = caller.check(KIND, inputs)
        assert len(failures) == 1
