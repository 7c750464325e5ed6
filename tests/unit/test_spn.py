"""Service principal names: making, comparing, and finding them through the HOST alias."""

from __future__ import annotations

import pytest

from hyperv_migration.model.computers import ComputerAccount
from hyperv_migration.model.errors import InvalidInput
from hyperv_migration.model.spn import (
    CIFS,
    MIGRATION_SERVICE,
    by_key,
    host_alias,
    key,
    lookups,
    names_of,
    owners,
    validate_services,
)

HV02 = ComputerAccount(
    guid="dc1f0000-6a9f-503b-983d-18901b87fce0",
    distinguished_name="CN=HV02,CN=Computers,DC=lab,DC=test",
    sam_account_name="HV02$",
    dns_host_name="hv02.lab.test",
    user_account_control=0x1000,
    allowed_to_delegate_to=(),
)


def test_each_service_is_listed_with_short_name_and_fqdn() -> None:
    """The KDC compares the requested string and expands no alias, so both forms must stand there."""
    assert names_of(HV02, (CIFS, MIGRATION_SERVICE)) == (
        "cifs/HV02",
        "cifs/hv02.lab.test",
        "Microsoft Virtual System Migration Service/HV02",
        "Microsoft Virtual System Migration Service/hv02.lab.test",
    )


def test_two_spellings_of_one_name_are_equal() -> None:
    """Case does not tell names apart, for the KDC does not either."""
    assert key("CIFS/hv02.LAB.test") == key("cifs/HV02.lab.test")


@pytest.mark.parametrize(
    ("name", "alias"),
    [
        ("cifs/HV02", "HOST/HV02"),
        ("CIFS/hv02.lab.test", "HOST/hv02.lab.test"),
        ("Microsoft Virtual System Migration Service/HV02", None),
        ("HOST/HV02", None),
        ("garbage", None),
    ],
)
def test_only_the_classes_of_spn_mappings_are_found_under_host(name: str, alias: str | None) -> None:
    """Cifs is looked up under HOST when it is not registered itself; the migration service is not."""
    assert host_alias(name) == alias


def test_a_search_asks_for_every_name_and_alias_once() -> None:
    """Names that differ in case only are one question."""
    assert lookups(["cifs/HV02", "CIFS/hv02", "http/HV02"]) == ("cifs/HV02", "HOST/HV02", "http/HV02")


def test_a_registered_name_counts_before_its_alias() -> None:
    """A cluster name that carries cifs itself takes the ticket, whoever carries HOST."""
    found = {"cifs/HV02": ["CN=CLUSTER"], "HOST/HV02": ["CN=HV02"]}
    assert owners("CIFS/hv02", by_key(found)) == ("CN=CLUSTER",)


def test_the_alias_answers_for_a_name_that_is_not_registered() -> None:
    """A host carries HOST only, and cifs is found there."""
    assert owners("cifs/HV02", by_key({"cifs/HV02": [], "host/hv02": ["CN=HV02"]})) == ("CN=HV02",)


@pytest.mark.parametrize("services", [["cifs/HV02"], ["cifs", "CIFS"], ["ci*"], [" cifs"], ["ci\tfs"]])
def test_what_is_no_service_class_is_refused(services: list[str]) -> None:
    """A whole SPN, a wildcard, a stray blank or a class twice is a mistake in the program."""
    with pytest.raises(InvalidInput):
        validate_services(services)
