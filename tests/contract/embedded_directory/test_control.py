"""The control interface: seeing what was received, and acting as somebody else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contract.embedded_directory.people import ADMIN, DOMAIN, MIGRATION, Ldaps, name_of
from contract.embedded_directory.sealed_client import SealedClient
from hyperv_migration.lab.directory import EmbeddedDirectory

HV01 = name_of("HV01")
DELEGATED, SPNS = "msDS-AllowedToDelegateTo", "servicePrincipalName"


def _act(directory: EmbeddedDirectory, act: str, computer: str, **arguments: Any) -> dict[str, Any]:
    return directory.control("POST", ["acts"], {"act": act, "computer": computer, **arguments})


def test_operations_are_listed_with_what_they_said(directory: EmbeddedDirectory, admin: SealedClient) -> None:
    """Kind, name, filter text, changes, controls and result; binds are counted apart."""
    admin.search(DOMAIN, "(&(objectCategory=computer)(|(cn=HV0*)(!(cn=a\\2ab))))", attributes=["cn"])
    admin.modify(
        HV01, {DELEGATED: [("MODIFY_ADD", [b"cifs/HV02"])]}, controls=(("1.2.840.113556.1.4.1413", True, None),)
    )

    answer = directory.control("GET", ["operations"])
    search, modify = answer["operations"]

    assert json.loads(json.dumps(answer)) == answer
    assert (search["kind"], search["name"], search["scope"], search["account"], search["result"]) == (
        "search",
        DOMAIN,
        "subtree",
        f"LAB\\{ADMIN}",
        0,
    )
    assert search["filter"] == "(&(objectCategory=computer)(|(cn=HV0*)(!(cn=a\\2ab))))"
    assert modify["changes"] == [{"action": "add", "attribute": DELEGATED, "values": ["cifs/HV02"]}]
    assert modify["controls"] == ["1.2.840.113556.1.4.1413"]
    assert (answer["count"], answer["counts"]) == (2, {"bind": 2, "search": 1, "modify": 1})
    assert directory.control("GET", ["operations", "modify"])["count"] == 1


def test_the_count_starts_again(directory: EmbeddedDirectory, admin: SealedClient) -> None:
    """After a reset only what comes later is counted."""
    admin.search(HV01, scope="BASE")
    directory.control("DELETE", ["operations"])
    admin.search(HV01, scope="BASE")

    assert directory.control("GET", ["operations"])["count"] == 1


def test_no_password_is_ever_recorded(directory: EmbeddedDirectory, ldaps: Ldaps) -> None:
    """Neither that of a bind nor one that is written."""
    connection = ldaps(password="Planted-Secret")
    connection = ldaps()
    connection.modify(HV01, {"unicodePwd": [("MODIFY_REPLACE", ["Planted-Secret".encode("utf-16-le")])]})

    told = json.dumps(directory.control("GET", ["operations"])) + repr(directory.journal)
    assert connection.result["result"] == 0
    assert "Planted" not in told.replace("\\u0000", "")
    assert "Planted-Secret".encode("utf-16-le").hex() not in told


def test_an_account_reads_as_plain_values(directory: EmbeddedDirectory) -> None:
    """By short name, FQDN or account name; past LDAP and its rights."""
    _act(directory, "set_delegation", "hv01", spns=["cifs/HV02"], protocol_transition=True)

    for name in ("HV01", "hv01.lab.test", "HV01$"):
        account = directory.control("GET", ["computers", name])
        assert (account["distinguishedName"], account["dNSHostName"]) == (HV01, "hv01.lab.test")
        assert (account[DELEGATED], account["userAccountControl"]) == (["cifs/HV02"], 0x1001000)
        assert (account["trustedToAuthForDelegation"], account["trustedForDelegation"]) == (True, False)
    assert directory.control("GET", [])["computers"] == [f"{n}.lab.test" for n in ("dc1", "fs01", "hv01", "hv02")]


def test_an_administrator_changes_accounts_by_hand(directory: EmbeddedDirectory) -> None:
    """Every act does what its name says, and stands in the history as the administrator's."""
    _act(directory, "set_delegation", "HV01", spns=["a/b"], protocol_transition=True, unconstrained=True)
    _act(directory, "add_delegation", "HV01", spns=["A/B", "c/d"])
    _act(directory, "remove_delegation", "HV01", spns=["a/B"])
    _act(directory, "set_delegation", "HV02", spns=[], unconstrained=True)
    _act(directory, "set_user_account_control", "FS01", value=0x1002)
    _act(directory, "add_spns", "FS01", spns=[f"{MIGRATION}/HV02"])
    _act(directory, "remove_spns", "FS01", spns=["HOST/fs01", "host/FS01.lab.test"])

    accounts = {name: directory.control("GET", ["computers", name]) for name in ("HV01", "HV02", "FS01")}
    assert (accounts["HV01"][DELEGATED], accounts["HV01"]["userAccountControl"]) == (["c/d"], 0x1081000)
    assert accounts["HV02"]["userAccountControl"] == 0x81000
    assert accounts["FS01"]["userAccountControl"] == 0x1002
    assert accounts["FS01"][SPNS] == ["cifs/files.lab.test", f"{MIGRATION}/HV02"]
    changes = directory.control("GET", ["history"])["changes"][-7:]
    assert {each["by"] for each in changes} == {"administrator"}
    assert changes[1]["attributes"][DELEGATED] == {"before": ["a/b"], "after": ["a/b", "c/d"]}


def test_a_machine_is_renamed_with_all_its_names(directory: EmbeddedDirectory, admin: SealedClient) -> None:
    """Object, account, DNS name and SPNs change; the identity and foreign lists do not."""
    _act(directory, "set_delegation", "HV02", spns=["cifs/HV01"])
    before = directory.control("GET", ["computers", "HV01"])
    _act(directory, "rename_computer", "HV01", new_name="HV11")
    after = directory.control("GET", ["computers", "HV11"])

    assert after["objectGUID"] == before["objectGUID"]
    assert after["distinguishedName"] == name_of("HV11")
    assert (after["sAMAccountName"], after["dNSHostName"]) == ("HV11$", "hv11.lab.test")
    assert after[SPNS] == [spn.replace("HV01", "HV11").replace("hv01", "hv11") for spn in before[SPNS]]
    assert directory.control("GET", ["computers", "HV02"])[DELEGATED] == ["cifs/HV01"]
    assert admin.search(HV01, scope="BASE")[0] == 32


def test_a_machine_is_deleted_made_again_and_moved(directory: EmbeddedDirectory, admin: SealedClient) -> None:
    """A new identity under the old name; then the same identity in another place."""
    before = directory.control("GET", ["computers", "HV01"])
    _act(directory, "delete_computer", "HV01")
    made = _act(directory, "create_computer", "HV01")
    _act(directory, "move_computer", "HV01", unit="Hyper-V, hosts")
    after = directory.control("GET", ["computers", "HV01"])

    assert made["objectGUID"] == after["objectGUID"] != before["objectGUID"]
    assert after[SPNS] == before[SPNS]
    assert after["distinguishedName"] == f"CN=HV01,OU=Hyper-V\\, hosts,{DOMAIN}"
    assert admin.search(after["distinguishedName"], scope="BASE")[0] == 0


def test_a_subnet_belongs_to_the_site(directory: EmbeddedDirectory, admin: SealedClient) -> None:
    """A client that knows its address finds the site (and so the site's domain controllers)."""
    directory.control("POST", ["acts"], {"act": "create_subnet", "subnet": "192.168.10.0/24"})

    _, found = admin.search(
        f"CN=Subnets,CN=Sites,CN=Configuration,{DOMAIN}", "(objectClass=subnet)", attributes=["siteObject"]
    )

    assert list(found) == [f"CN=192.168.10.0/24,CN=Subnets,CN=Sites,CN=Configuration,{DOMAIN}"]
    assert list(found.values()) == [
        {"siteObject": [f"CN=Default-First-Site-Name,CN=Sites,CN=Configuration,{DOMAIN}".encode()]}
    ]


def test_faults_are_ordered_listed_and_cleared(directory: EmbeddedDirectory, admin: SealedClient) -> None:
    """As JSON, as the lab's HTTP control brings it."""
    directory.control("POST", ["faults"], {"kind": "busy", "times": 2, "when": {"operation": "search"}})
    first = admin.search(HV01, scope="BASE")[0]
    (listed,) = directory.control("GET", ["faults"])["faults"]
    directory.control("DELETE", ["faults"])

    assert (first, admin.search(HV01, scope="BASE")[0]) == (51, 0)
    assert (listed["kind"], listed["times"], listed["struck"], listed["when"]["operation"]) == ("busy", 2, 1, "search")


@pytest.mark.parametrize(
    ("method", "path", "body", "error"),
    [
        ("GET", ["nothing"], {}, LookupError),
        ("PATCH", ["computers"], {}, LookupError),
        ("GET", ["computers", "HV99"], {}, LookupError),
        ("POST", ["acts"], {"act": "delete_computer", "computer": "HV99"}, LookupError),
        ("POST", ["acts"], {"act": "__init__"}, ValueError),
        ("POST", ["acts"], {"act": "delete_computer"}, ValueError),
        ("POST", ["acts"], {"act": "create_computer", "computer": "HV01"}, ValueError),
        ("POST", ["faults"], {}, ValueError),
        ("POST", ["faults"], {"kind": "result"}, ValueError),
        ("POST", ["faults"], {"kind": "busy", "times": 0}, ValueError),
        ("POST", ["faults"], {"kind": "busy", "when": {"moon": "full"}}, ValueError),
    ],
)
def test_a_wrong_request_is_told_apart(
    directory: EmbeddedDirectory, method: str, path: list[str], body: dict[str, Any], error: type[Exception]
) -> None:
    """LookupError for what is not there, ValueError for what makes no sense."""
    with pytest.raises(error):
        directory.control(method, path, body)
