"""Which site a host is in, by the directory's subnets, and what a replica must show."""

from __future__ import annotations

import ipaddress
from dataclasses import replace

import pytest

from hyperv_migration.directory.topology import best_site
from hyperv_migration.model.computers import ComputerAccount
from hyperv_migration.model.replication import shows

SUBNETS = [
    ("10.0.0.0/8", "CN=Berlin,CN=Sites,CN=Configuration,DC=lab,DC=test"),
    ("10.1.0.0/16", "CN=Hamburg,CN=Sites,CN=Configuration,DC=lab,DC=test"),
    ("2001:db8::/32", "CN=Rom,CN=Sites,CN=Configuration,DC=lab,DC=test"),
    ("192.168.7.0/24", ""),
    ("10.0.0.0/8CNF:x", "CN=Lost,CN=Sites,CN=Configuration,DC=lab,DC=test"),
]


@pytest.mark.parametrize(
    ("address", "site"),
    [
        ("10.2.3.4", "Berlin"),
        ("10.1.3.4", "Hamburg"),
        ("2001:db8::1", "Rom"),
        ("192.168.7.1", None),
        ("172.16.0.1", None),
    ],
)
def test_the_longest_prefix_decides(address: str, site: str | None) -> None:
    """A subnet without a site, or that is none, says nothing."""
    assert best_site([ipaddress.ip_address(address)], SUBNETS) == site


WRITTEN = ComputerAccount(
    guid="457f7cd0-18c1-5e04-a012-c99d6eeec3d0",
    distinguished_name="CN=HV01,CN=Computers,DC=lab,DC=test",
    sam_account_name="HV01$",
    dns_host_name="hv01.lab.test",
    user_account_control=0x1001000,
    allowed_to_delegate_to=("cifs/HV02", "http/web"),
)


def test_a_replica_with_our_entries_and_bits_has_the_change() -> None:
    """Entries and bits of others may still be on their way."""
    other = replace(WRITTEN, allowed_to_delegate_to=("CIFS/hv02", "http/new"), user_account_control=0x1011000)
    assert shows(other, WRITTEN, ["cifs/HV02", "cifs/HV03"])


@pytest.mark.parametrize(
    "other",
    [
        None,
        replace(WRITTEN, allowed_to_delegate_to=("http/web",)),
        replace(WRITTEN, allowed_to_delegate_to=("cifs/HV02", "cifs/HV03")),
        replace(WRITTEN, user_account_control=0x1000),
        replace(WRITTEN, user_account_control=0x1081000),
    ],
)
def test_a_replica_that_lacks_or_still_has_something_lags(other: ComputerAccount | None) -> None:
    """An entry to come, one to go, a bit, or the whole account."""
    assert not shows(other, WRITTEN, ["cifs/HV02", "cifs/HV03"])
