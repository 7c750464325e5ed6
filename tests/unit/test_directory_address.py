"""Where a domain controller is connected to (DESIGN §4, addresses)."""

from __future__ import annotations

import pytest

from hyperv_migration.directory.address import Endpoint, endpoint_of
from hyperv_migration.model.errors import MissingConfiguration
from hyperv_migration.model.settings import Connection, DirectorySettings

DC = "dc1.lab.test"


def connection(address: str, transport: str = "sealed") -> Connection:
    """One address for the one controller."""
    return Connection(addresses=((DC, address),), directory=DirectorySettings(transport=transport))


@pytest.mark.parametrize(
    ("address", "transport", "endpoint"),
    [
        ("10.0.0.1", "sealed", ("10.0.0.1", 389)),
        ("10.0.0.1", "ldaps", ("10.0.0.1", 636)),
        ("10.0.0.1:1389", "starttls", ("10.0.0.1", 1389)),
        ("ldap://10.0.0.1:1389", "sealed", ("10.0.0.1", 1389)),
        ("fd00::11", "sealed", ("fd00::11", 389)),
        ("[fd00::11]:1636", "ldaps", ("fd00::11", 1636)),
    ],
)
def test_configured_address(address: str, transport: str, endpoint: tuple[str, int]) -> None:
    """An address, with or without a port or a scheme, of either family."""
    assert endpoint_of(DC, connection(address, transport)) == Endpoint(host=endpoint[0], port=endpoint[1])


def test_a_scheme_that_contradicts_the_transport() -> None:
    """The sign-in must not depend on which of the two was meant."""
    with pytest.raises(MissingConfiguration, match=r"does not fit directory\.transport ldaps; give it as ldaps://"):
        endpoint_of(DC, connection("ldap://10.0.0.1", "ldaps"))
