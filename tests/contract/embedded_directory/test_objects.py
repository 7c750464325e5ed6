"""Objects come, go, and change their names; an identity stays or is never seen again."""

from __future__ import annotations

import ldap3
import pytest

from contract.embedded_directory.people import DOMAIN, Ldaps, name_of
from hyperv_migration.lab.directory import EmbeddedDirectory

HV01, HV03 = name_of("HV01"), name_of("HV03")


def test_a_computer_is_added_with_what_the_directory_fills_in(directory: EmbeddedDirectory, ldaps: Ldaps) -> None:
    """Account name, group, kind of account and identity come by themselves; DNS name and SPNs do not."""
    connection = ldaps()
    connection.add(HV03, "computer")
    account = directory.administrator.read("HV03")

    assert connection.result["result"] == 0
    assert (account["sAMAccountName"], account["userAccountControl"]) == ("HV03$", 0x1000)
    assert (account["dNSHostName"], account["servicePrincipalName"]) == ("", [])
    connection.search(f"<SID={account['objectSid']}>", "(objectCategory=computer)", attributes=["primaryGroupID"])
    assert connection.response[0]["attributes"]["primaryGroupID"] == ["515"]


@pytest.mark.parametrize(
    ("name", "kind", "attributes", "code"),
    [
        (HV01, "computer", {}, 68),
        ("CN=HV03,OU=None,DC=lab,DC=test", "computer", {}, 32),
        ("CN=HV03,DC=other,DC=test", "computer", {}, 10),
        ("L=HV03,CN=Computers,DC=lab,DC=test", "computer", {}, 34),
        (HV03, "noSuchClass", {}, 65),
        (HV03, "computer", {"member": HV01}, 65),
        (HV03, "computer", {"noSuchAttribute": "x"}, 16),
        (HV03, "computer", {"objectGUID": bytes(16)}, 19),
        (HV03, "computer", {"sAMAccountName": "hv01$"}, 68),
        (HV03, "computer", {"servicePrincipalName": "HOST/hv01.lab.test"}, 19),
        (HV03, "computer", {"userAccountControl": "x"}, 21),
        (HV03, "computer", {"userAccountControl": ["4096", "4098"]}, 20),
    ],
)
def test_a_refused_add_leaves_nothing(
    ldaps: Ldaps, name: str, kind: str, attributes: dict[str, object], code: int
) -> None:
    """Each reason has its code."""
    connection = ldaps()
    connection.add(name, kind, attributes)

    assert connection.result["result"] == code
    connection.search(DOMAIN, "(cn=HV03)", attributes=["cn"], controls=[("1.2.840.113556.1.4.1339", True, None)])
    assert connection.response == []


def test_an_account_made_again_is_another_one(directory: EmbeddedDirectory, ldaps: Ldaps) -> None:
    """The same name, a new GUID and a new SID; the old GUID leads nowhere (165)."""
    connection = ldaps()
    before = directory.administrator.read("HV01")
    connection.delete(HV01)
    connection.add(HV01, "computer")
    after = directory.administrator.read("HV01")

    assert before["objectGUID"] != after["objectGUID"]
    assert before["objectSid"] != after["objectSid"]
    connection.search(f"<GUID={before['objectGUID']}>", "(objectClass=*)", ldap3.BASE)
    assert connection.result["result"] == 32


def test_a_renamed_object_keeps_its_identity(directory: EmbeddedDirectory, ldaps: Ldaps) -> None:
    """The old name answers 32, the GUID finds the object; the account name is another matter."""
    connection = ldaps()
    guid = directory.administrator.read("HV01")["objectGUID"]
    connection.modify_dn(HV01, "CN=HV11", new_superior=f"OU=Domain Controllers,{DOMAIN}")
    renamed = connection.result["result"]
    connection.search(HV01, "(objectClass=*)", ldap3.BASE)
    gone = connection.result["result"]
    connection.search(f"<GUID={guid}>", "(objectClass=*)", ldap3.BASE, attributes=["cn", "name", "sAMAccountName"])

    assert (renamed, gone) == (0, 32)
    assert connection.response[0]["dn"] == f"CN=HV11,OU=Domain Controllers,{DOMAIN}"
    assert dict(connection.response[0]["attributes"]) == {"cn": ["HV11"], "name": ["HV11"], "sAMAccountName": ["HV01$"]}


@pytest.mark.parametrize(
    ("name", "new", "options", "code"),
    [
        (name_of("HV99"), "CN=X", {}, 32),
        (HV01, "CN=HV02", {}, 68),
        (HV01, "OU=X", {}, 34),
        (HV01, "CN=X", {"delete_old_dn": False}, 53),
        (HV01, "CN=X", {"new_superior": "OU=None,DC=lab,DC=test"}, 32),
        ("CN=Computers,DC=lab,DC=test", "CN=X", {}, 53),
    ],
)
def test_a_refused_rename(ldaps: Ldaps, name: str, new: str, options: dict[str, object], code: int) -> None:
    """Each reason has its code."""
    connection = ldaps()
    connection.modify_dn(name, new, **options)

    assert connection.result["result"] == code


@pytest.mark.parametrize(
    ("name", "code"),
    [
        (name_of("HV99"), 32),
        ("CN=Computers,DC=lab,DC=test", 66),
        ("CN=DC1,OU=Domain Controllers,DC=lab,DC=test", 53),
    ],
)
def test_a_refused_delete(ldaps: Ldaps, name: str, code: int) -> None:
    """What is not there, what holds others, and what the directory stands on."""
    connection = ldaps()
    connection.delete(name)

    assert connection.result["result"] == code


def test_compare_answers_true_or_false(ldaps: Ldaps) -> None:
    """By the attribute's own idea of equality."""
    connection = ldaps()
    connection.compare(HV01, "dNSHostName", "HV01.LAB.TEST")
    same = connection.result["result"]
    connection.compare(HV01, "dNSHostName", "HV02.lab.test")

    assert (same, connection.result["result"]) == (6, 5)
