"""The names of a program and the accounts they stand for."""

from __future__ import annotations

import pytest

from contract.directory.domains import TRANSITION, Domain, Embedded, call_to
from contract.directory.test_delegation import HV02, inputs
from hyperv_migration.lab.directory import EmbeddedDirectory
from hyperv_migration.model.errors import NotFound
from hyperv_migration.operations import delegation
from support.samba_bench import Bench

SPELLINGS = [
    "cn=hv{}, cn=computers, dc=lab, dc=test",
    "CN = HV{} ; CN=Computers;DC=lab;DC=test",
    "CN=\\48V{},CN=Computers,DC=lab,DC=test",
    'CN="HV{}",2.5.4.3=Computers,DC=lab,DC=test',
]


@pytest.mark.parametrize("spelled", SPELLINGS)
def test_a_distinguished_name_in_any_legal_spelling_finds_its_account(
    bench: Bench, domain: Domain, spelled: str
) -> None:
    """Blanks, semicolons, escapes in hexadecimal and quotes; and it is the same account as under its plain name."""
    names = {"source": spelled.format("01"), "destinations": [spelled.format("02")]}
    _, state = bench.create(**names)
    assert domain.delegation("HV01") == (HV02, TRANSITION)
    assert not delegation.diff(state, inputs(**names))
    assert not delegation.diff(state, inputs())


@pytest.mark.parametrize("name", ["HV02$$", "$", "HV02$$$"])
def test_a_name_with_two_dollar_signs_is_refused_in_the_preview(name: str) -> None:
    """No directory has such an account, and it is not the one with a single sign."""
    for given in ({"destinations": [name]}, {"source": name}):
        _, failures = delegation.check({"source": "HV01", "destinations": ["HV02"], **given})
        assert [failure.reason for failure in failures if "dollar sign" in failure.reason]


def test_an_account_with_two_dollar_signs_is_not_taken_for_the_other(embedded: EmbeddedDirectory) -> None:
    """Some tool has made it; its name without one sign is another account's."""
    embedded.administrator.set_attribute("HV02", "sAMAccountName", ["HV02$$"])
    call, _ = call_to(Embedded(embedded).connection())
    with pytest.raises(NotFound, match=r"HV02\$: lab.test has no such computer account"):
        delegation.create(inputs(destinations=["HV02$"]), call)
