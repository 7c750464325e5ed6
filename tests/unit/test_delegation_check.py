"""What a KerberosDelegation refuses before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest

from hyperv_migration.model.unknown import UNKNOWN
from hyperv_migration.operations import delegation


def failures(**inputs: Any) -> list[str]:
    """Return the properties that are refused."""
    _, found = delegation.check({"source": "HV01", "destinations": ["HV02"], **inputs})
    return [failure.property_name for failure in found]


def test_defaults_are_filled_in() -> None:
    """A program names source and destinations; the rest is what live migration needs."""
    checked, found = delegation.check({"source": "HV01", "destinations": ["HV02"]})
    assert (checked, found) == (
        {
            "source": "HV01",
            "destinations": ["HV02"],
            "services": ["cifs", "Microsoft Virtual System Migration Service"],
            "protocolTransition": True,
            "replaceUnconstrained": False,
            "waitForReplication": "HostSite",
            "purgeTickets": False,
            "onDestroy": "RemoveAdded",
        },
        [],
    )


@pytest.mark.parametrize(
    "name",
    ["HV02", "hv02.lab.test", "HV02$", "CN=HV 02,OU=Hosts,DC=lab,DC=test", "{dc1f0000-6a9f-503b-983d-18901b87fce0}"],
)
def test_a_destination_may_be_named_in_every_form(name: str) -> None:
    """Short name, FQDN, sAMAccountName, DN and GUID are accepted."""
    assert failures(destinations=[name]) == []


@pytest.mark.parametrize(
    "name", ["HV*", "LAB\\HV02", "http://hv02", "HV 02", "", "hv\x0002", "hv01,hv02", "hv01..corp.example", "a" * 64]
)
def test_a_destination_that_names_no_computer_is_refused_by_its_place(name: str) -> None:
    """The message points at the item of the list."""
    assert failures(destinations=["HV03", name]) == ["destinations[1]"]


ADDRESSES = [
    "10.127.0.5",
    "192.168.10.11.",
    "127.1",
    "0x7f.0.0.1",
    "2130706433",
    "hv01.0x7f",
    "HV.02$",
    "\uff11\uff12\uff17.0.0.1",
    "hv01\u3002127\u30020\u30025",
    "fd00::11",
    "[fd00::11]",
    "fe80::1%eth0",
    "hv01.lab.test$",
]


@pytest.mark.parametrize("name", ADDRESSES)
def test_what_a_resolver_takes_for_an_address_names_no_account(name: str) -> None:
    """Behind its first dot would be a domain that is an address too, and somebody's; so at both ends, in the preview."""
    assert failures(source=name) == ["source"]
    assert failures(destinations=["HV03", name]) == ["destinations[1]"]


@pytest.mark.parametrize("name", ["hv01", "hv-01.corp.example", "1hv.corp.example", "HV01$", "10-0-0-5.corp.example"])
def test_digits_elsewhere_are_no_address(name: str) -> None:
    """Only the last label decides."""
    assert failures(source=name, destinations=["other"]) == []


@pytest.mark.parametrize("name", ["HV01", "hv01", "HV01$", "hv01.lab.test", "HV01."])
def test_the_source_is_no_destination_in_any_spelling(name: str) -> None:
    """A host needs no delegation to itself."""
    assert failures(destinations=["HV02", name]) == ["destinations[1]"]


def test_a_destination_named_twice_is_refused() -> None:
    """Two spellings of one host are one host."""
    assert failures(destinations=["HV02", "hv02.lab.test"]) == ["destinations[1]"]


def test_hosts_of_one_label_in_two_domains_are_not_taken_for_one() -> None:
    """The directory decides about these, not their spelling."""
    assert failures(destinations=["hv02.a.test", "hv02.b.test"]) == []


@pytest.mark.parametrize(
    ("inputs", "refused"),
    [
        ({"destinations": []}, ["destinations"]),
        ({"services": []}, ["services"]),
        ({"services": ["cifs/HV02"]}, ["services[0]"]),
        ({"onDestroy": "Remove"}, ["onDestroy"]),
        ({"waitForReplication": "Site"}, ["waitForReplication"]),
        ({"protocolTransition": "yes"}, ["protocolTransition"]),
        ({"destination": ["HV02"]}, ["destination"]),
        ({"source": None}, ["source"]),
    ],
)
def test_a_wrong_value_is_refused_under_its_name(inputs: dict[str, Any], refused: list[str]) -> None:
    """Each mistake is told at the property that has it."""
    assert failures(**inputs) == refused


def test_unknown_values_pass() -> None:
    """A preview may not know a destination yet."""
    checked, found = delegation.check({"source": UNKNOWN, "destinations": ["HV02", UNKNOWN]})
    assert (checked["destinations"], found) == (["HV02", UNKNOWN], [])
