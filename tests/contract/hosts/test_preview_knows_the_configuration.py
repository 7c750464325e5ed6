"""What a program or a stack's configuration can be known to have wrong is refused by Check, so by the preview."""

from __future__ import annotations

from typing import Any

import pytest

from hyperv_migration.model.configuration import read_configuration
from hyperv_migration.model.errors import InvalidInput
from support.callers import Caller

EACH = [
    ("MigrationHost", {"computerName": "hv01.lab.test", "enabled": True}),
    ("MigrationNetwork", {"computerName": "hv01.lab.test", "subnet": "192.168.10.0/24"}),
    ("KerberosDelegation", {"source": "hv01", "destinations": ["hv02"]}),
]
KINDS = pytest.mark.parametrize(("kind", "inputs"), EACH, ids=[kind for kind, _ in EACH])


def refusals(caller: Caller, kind: str, inputs: dict[str, Any], **configuration: Any) -> list[str]:
    """What Check has against inputs under a configuration."""
    caller.configure(configuration)
    return caller.check(kind, inputs)[1]


@KINDS
def test_a_profile_that_is_not_configured(caller: Caller, kind: str, inputs: dict[str, Any]) -> None:
    """A slip of the pen in a profile's name; without its account, the operation would fail after others have written."""
    known = {"branch": {"match": ["*.branch.example"]}}
    said = refusals(caller, kind, {**inputs, "profile": "brunch"}, profiles=known)
    assert said == ["There is no profile 'brunch' in hyperv-migration:profiles; it has branch"]
    assert refusals(caller, kind, {**inputs, "profile": "branch"}, profiles=known) == []


@KINDS
def test_an_address_that_is_none(caller: Caller, kind: str, inputs: dict[str, Any]) -> None:
    """Nothing of the address is repeated: in the wrong place it could be a password."""
    said = refusals(caller, kind, inputs, addresses={"hv01.lab.test": "10.0.0.1:http"})
    (reason,) = said
    assert reason.startswith(
        "hyperv-migration:addresses has no address for hv01.lab.test; give an address, address:port"
    )
    assert "10.0.0.1" not in reason


@KINDS
def test_a_base_that_is_no_name(caller: Caller, kind: str, inputs: dict[str, Any]) -> None:
    """A domain controller would say so at contact only, as LDAP result 34."""
    (reason,) = refusals(caller, kind, inputs, directory={"baseDn": "nonsense"})
    assert reason.startswith(
        "hyperv-migration:directory.baseDn is no distinguished name; give one such as OU=Hosts,DC=corp"
    )
    assert "nonsense" not in reason


@pytest.mark.parametrize(
    "address", ["", " ", "a b", "ftp://hv01", "10.0.0.1:0", "10.0.0.1:99999", "http://", "u:p@10.0.0.1", "//"]
)
def test_no_address(address: str) -> None:
    """Nothing could be reached there."""
    with pytest.raises(InvalidInput, match="addresses has no address for hv01"):
        read_configuration({"addresses": {"hv01": address}})


@pytest.mark.parametrize(
    "address",
    ["10.0.0.1", "10.0.0.1:15985", "hv01.other.example", "fd00::11", "[fd00::11]:5985", "https://10.0.0.1:443/wsman"],
)
def test_addresses(address: str) -> None:
    """What a host or domain controller can be reached under is taken as it is."""
    given = {"addresses": {"hv01": address}}
    assert read_configuration(given).values == given
