"""Who may write what: rights on accounts, the delegation privilege, and a domain controller that is read-only."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ldap3 import MODIFY_ADD, MODIFY_DELETE, MODIFY_REPLACE

from contract.embedded_directory.people import ADMIN, OPERATOR, PASSWORD, READER, Ldaps, name_of
from hyperv_migration.lab.directory import Behaviour, EmbeddedDirectory

HV01 = name_of("HV01")
CONTROL, DELEGATED = "userAccountControl", "msDS-AllowedToDelegateTo"
SET_BIT = {CONTROL: [(MODIFY_DELETE, ["4096"]), (MODIFY_ADD, ["16781312"])]}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({DELEGATED: [(MODIFY_ADD, ["cifs/HV02"])]}, 50),
        ({DELEGATED: [(MODIFY_REPLACE, [])]}, 50),
        ({DELEGATED: [(MODIFY_DELETE, ["absent"])]}, 50),
        (SET_BIT, 50),
        ({CONTROL: [(MODIFY_REPLACE, [str(0x81000)])]}, 50),
        ({CONTROL: [(MODIFY_REPLACE, [str(0x1002)])]}, 0),
        ({"location": [(MODIFY_REPLACE, ["rack 7"])]}, 0),
    ],
)
def test_delegation_needs_the_privilege(ldaps: Ldaps, changes: dict[str, object], code: int) -> None:
    """Rights on the object are not enough for the list and the two bits; disabling the account is (18)."""
    connection = ldaps(f"LAB\\{OPERATOR}")
    connection.modify(HV01, changes)

    assert connection.result["result"] == code


def test_clearing_the_bit_needs_the_privilege_too(directory: EmbeddedDirectory, ldaps: Ldaps) -> None:
    """Who may not grant may not take away either."""
    directory.administrator.set_user_account_control("HV01", 0x1001000)
    connection = ldaps(f"LAB\\{OPERATOR}")
    connection.modify(HV01, {CONTROL: [(MODIFY_REPLACE, ["4096"])]})

    assert connection.result["result"] == 50
    assert connection.result["message"].split(":")[0] in ("00000522", "00002098", "00000005")
    assert directory.administrator.read("HV01")[CONTROL] == 0x1001000


def test_a_reader_reads(ldaps: Ldaps) -> None:
    """An ordinary user sees everything, sees no writable attribute, and changes nothing."""
    connection = ldaps(f"LAB\\{READER}")
    connection.search(HV01, "(objectClass=*)", attributes=[CONTROL, "allowedAttributesEffective"])
    assert connection.response[0]["raw_attributes"] == {CONTROL: [b"4096"]}

    for attempt in (
        lambda: connection.modify(HV01, {"location": [(MODIFY_REPLACE, ["x"])]}),
        lambda: connection.add(name_of("HV77"), "computer"),
        lambda: connection.delete(HV01),
        lambda: connection.modify_dn(HV01, "CN=HV77"),
    ):
        attempt()
        assert connection.result["result"] == 50


def test_a_read_only_domain_controller_refers_to_a_writable_one(
    behaving: Callable[[Behaviour], EmbeddedDirectory], ldaps: Ldaps
) -> None:
    """Result 10 with a plain ldap address, after the privilege was checked; nothing is written (65)."""
    directory = behaving(Behaviour(read_only=True))
    admin, operator = ldaps(f"LAB\\{ADMIN}", PASSWORD, at=directory), ldaps(f"LAB\\{OPERATOR}", at=directory)
    admin.modify(HV01, SET_BIT)
    operator.modify(HV01, SET_BIT)

    assert admin.result["result"] == 10
    assert admin.result["referrals"] == [f"ldap://writable.lab.test/{HV01}"]
    assert operator.result["result"] == 50
    assert directory.administrator.read("HV01")[CONTROL] == 0x1000


def test_a_read_only_domain_controller_is_recognised(
    behaving: Callable[[Behaviour], EmbeddedDirectory], ldaps: Ldaps
) -> None:
    """By msDS-isRODC, by holding no master copy, by its group and by its bits (6, 54, 56)."""
    connection = ldaps(at=behaving(Behaviour(read_only=True)))
    connection.search(
        "CN=Configuration,DC=lab,DC=test", "(objectClass=nTDSDSA)", attributes=["msDS-isRODC", "msDS-hasMasterNCs"]
    )
    settings = connection.response[0]["raw_attributes"]
    connection.search("OU=Domain Controllers,DC=lab,DC=test", "(cn=DC1)", attributes=["primaryGroupID", CONTROL])

    assert settings == {"msDS-isRODC": [b"TRUE"]}
    assert connection.response[0]["raw_attributes"] == {"primaryGroupID": [b"521"], CONTROL: [b"83890176"]}
