"""The limits of one answer: a thousand entries, fifteen hundred values, and what the client asks for itself."""

from __future__ import annotations

from collections.abc import Callable

import ldap3
import pytest

from contract.embedded_directory.people import ADMIN, DOMAIN, PASSWORD, Ldaps, name_of
from contract.embedded_directory.sealed_client import SealedClient
from hyperv_migration.lab.directory import SAMBA, Behaviour, EmbeddedDirectory

_COMPUTERS = f"CN=Computers,{DOMAIN}"
_PAGED = "1.2.840.113556.1.4.319"


@pytest.fixture
def crowded(directory: EmbeddedDirectory) -> EmbeddedDirectory:
    """A directory with 1,103 computers in one container: more than a page of the default policy."""
    for number in range(1100):
        directory.administrator.create_computer(f"PC{number:04}", hyperv=False)
    return directory


def test_an_unpaged_search_ends_at_a_thousand(crowded: EmbeddedDirectory, ldaps: Ldaps) -> None:
    """Result 4 stands behind the first thousand (active-directory.md, 88)."""
    connection = ldaps(at=crowded)
    connection.search(_COMPUTERS, "(objectClass=computer)", attributes=["1.1"])

    assert connection.result["result"] == 4
    assert len(connection.response) == 1000


def test_pages_bring_everything_once(crowded: EmbeddedDirectory, ldaps: Ldaps) -> None:
    """Pages of 400, and pages larger than the policy's, together hold every object exactly once."""
    connection = ldaps(at=crowded)
    for size in (400, 5000):
        found = [
            each["dn"]
            for each in connection.extend.standard.paged_search(
                _COMPUTERS, "(objectClass=computer)", attributes=["1.1"], paged_size=size, generator=True
            )
        ]

        assert len(found) == len(set(found)) == 1103


def test_a_cookie_is_of_one_connection_and_one_use(ldaps: Ldaps) -> None:
    """A made-up cookie, a foreign one and a used one are refused."""
    mine, other = ldaps(), ldaps()
    mine.search(_COMPUTERS, "(objectClass=computer)", attributes=["cn"], paged_size=1)
    cookie = mine.result["controls"][_PAGED]["value"]["cookie"]
    codes = []
    for connection, used in ((other, cookie), (mine, cookie), (mine, cookie), (mine, b"made-up")):
        connection.search(_COMPUTERS, "(objectClass=computer)", attributes=["cn"], paged_size=1, paged_cookie=used)
        codes.append(connection.result["result"])

    assert codes == [12, 0, 12, 12]


def test_the_clients_own_limit_is_kept(ldaps: Ldaps) -> None:
    """Two of three objects and result 4."""
    connection = ldaps()
    connection.search(_COMPUTERS, "(objectClass=computer)", attributes=["cn"], size_limit=2)

    assert (connection.result["result"], len(connection.response)) == (4, 2)


def test_a_long_list_comes_in_ranges(behaving: Callable[[Behaviour], EmbeddedDirectory]) -> None:
    """The plain name is empty beside the first range; a star marks the last one."""
    directory = behaving(Behaviour(max_values=3200))
    spns = [f"cifs/server{number}" for number in range(3100)]
    directory.administrator.set_delegation("HV01", spns)
    name, listed = name_of("HV01"), "msDS-AllowedToDelegateTo"
    with SealedClient(directory.address, directory.port) as client:
        client.bind(f"LAB\\{ADMIN}", PASSWORD)
        first = client.search(name, scope="BASE", attributes=[listed])[1][name]
        second = client.search(name, scope="BASE", attributes=[f"{listed};range=1500-*"])[1][name]
        third = client.search(name, scope="BASE", attributes=[f"{listed};Range=3000-*"])[1][name]
        part = client.search(name, scope="BASE", attributes=[f"{listed};range=10-11"])[1][name]
        beyond = client.search(name, scope="BASE", attributes=[f"{listed};range=3100-*"])[1][name]

    assert list(first) == [listed, f"{listed};range=0-1499"]
    assert first[listed] == []
    assert list(second) == [f"{listed};range=1500-2999"]
    assert list(third) == [f"{listed};range=3000-*"]
    assert part == {f"{listed};range=10-11": [b"cifs/server10", b"cifs/server11"]}
    assert beyond == {}
    together = [value for each in (first, second, third) for values in each.values() for value in values]
    assert together == [spn.encode() for spn in spns]


def test_ldap3_follows_ranges_by_itself(behaving: Callable[[Behaviour], EmbeddedDirectory], ldaps: Ldaps) -> None:
    """With auto_range an unmodified client puts the list together."""
    directory = behaving(Behaviour(max_values=3200))
    directory.administrator.set_delegation("HV01", [f"cifs/server{number}" for number in range(3100)])
    connection = ldaps(at=directory, auto_range=True)
    connection.search(name_of("HV01"), "(objectClass=*)", ldap3.BASE, attributes=["msDS-AllowedToDelegateTo"])

    assert len(connection.response[0]["attributes"]["msDS-AllowedToDelegateTo"]) == 3100


def test_as_samba_there_are_no_limits(behaving: Callable[[Behaviour], EmbeddedDirectory], ldaps: Ldaps) -> None:
    """Everything comes at once, entries and values."""
    directory = behaving(SAMBA)
    for number in range(1100):
        directory.administrator.create_computer(f"PC{number:04}", hyperv=False)
    directory.administrator.set_delegation("HV01", [f"cifs/server{number}" for number in range(1600)])
    connection = ldaps(at=directory)
    connection.search(_COMPUTERS, "(objectClass=computer)", attributes=["1.1"])
    entries = len(connection.response)
    connection.search(name_of("HV01"), "(objectClass=*)", ldap3.BASE, attributes=["msDS-AllowedToDelegateTo"])

    assert entries == 1103
    assert len(connection.response[0]["attributes"]["msDS-AllowedToDelegateTo"]) == 1600
