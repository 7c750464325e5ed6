"""Which objects a search finds, and what it says of them."""

from __future__ import annotations

import struct
import uuid
from datetime import UTC, datetime, timedelta

import ldap3
import pytest
from ldap3.protocol.formatters.formatters import format_sid, format_uuid_le

from contract.embedded_directory.people import DOMAIN, MIGRATION, Ldaps, name_of
from contract.embedded_directory.sealed_client import SealedClient
from hyperv_migration.lab.directory import EmbeddedDirectory

_EVERYBODY = ["DC1", "FS01", "HV01", "HV02"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("(objectCategory=computer)", _EVERYBODY),
        (f"(objectCategory=CN=computer,cn=Schema,CN=Configuration,{DOMAIN})", _EVERYBODY),
        ("(&(objectCategory=person)(objectClass=computer))", []),
        ("(sAMAccountName=hv01$)", ["HV01"]),
        (f"(servicePrincipalName={MIGRATION.upper()}/hv02.LAB.test)", ["HV02"]),
        ("(servicePrincipalName=Hyper-V*/HV0*)", ["HV01", "HV02"]),
        ("(servicePrincipalName=*/fs01.lab.test)", ["FS01"]),
        ("(servicePrincipalName=*files*test)", ["FS01"]),
        ("(&(objectClass=computer)(!(servicePrincipalName=Hyper-V*)))", ["DC1", "FS01"]),
        ("(|(cn=HV01)(cn=HV02)(dNSHostName=FS01.lab.test))", ["FS01", "HV01", "HV02"]),
        ("(userAccountControl:1.2.840.113556.1.4.803:=8192)", ["DC1"]),
        ("(&(objectClass=computer)(!(userAccountControl:1.2.840.113556.1.4.803:=8192)))", ["FS01", "HV01", "HV02"]),
        ("(&(objectClass=computer)(userAccountControl>=4097))", ["DC1"]),
        ("(&(objectClass=computer)(userAccountControl<=4096))", ["FS01", "HV01", "HV02"]),
        ("(&(objectClass=computer)(msDS-AllowedToDelegateTo=*))", []),
        ("(&(objectClass=computer)(primaryGroupID=516))", ["DC1"]),
        ("(noSuchAttribute=x)", []),
        ("(&(objectClass=computer)(!(noSuchAttribute=x)))", []),
        ("(|(noSuchAttribute=x)(cn=HV01))", ["HV01"]),
        ("(&(objectClass=computer)(!(|(noSuchAttribute=x)(cn=HV01)(cn=HV02))))", []),
        ("(&(objectClass=computer)(!(|(userAccountControl=none)(cn=HV01))))", []),
        ("(cn=H\\56*1)", ["HV01"]),
        (f"(distinguishedName={name_of('hv02')})", ["HV02"]),
        ("(unicodePwd=*)", []),
    ],
)
def test_a_filter_finds_what_windows_finds(ldaps: Ldaps, text: str, found: list[str]) -> None:
    """Case does not matter, SPNs may have blanks, an unknown attribute is neither true nor false."""
    connection = ldaps()
    connection.search(DOMAIN, text, attributes=["cn"])

    entries = [each for each in connection.response if each["type"] == "searchResEntry"]
    assert sorted(each["attributes"]["cn"][0] for each in entries) == found


def test_scopes_reach_as_deep_as_they_say(admin: SealedClient) -> None:
    """Base is the object, one level its children, subtree everything but other naming contexts."""
    computers = f"CN=Computers,{DOMAIN}"

    assert list(admin.search(computers, scope="BASE", attributes=["cn"])[1]) == [computers]
    assert name_of("HV01") in admin.search(computers, scope="LEVEL", attributes=["cn"])[1]
    assert computers not in admin.search(computers, scope="LEVEL", attributes=["cn"])[1]
    assert name_of("HV01") not in admin.search(DOMAIN, scope="LEVEL", attributes=["cn"])[1]
    assert not any("CN=Configuration" in name for name in admin.search(DOMAIN, attributes=["cn"])[1])


def test_a_search_of_the_whole_domain_points_to_the_other_contexts(ldaps: Ldaps) -> None:
    """Three references stand beside the entries; the domain scope control leaves them out."""
    connection = ldaps()
    connection.search(DOMAIN, "(cn=HV01)", attributes=["cn"])
    kinds = [each["type"] for each in connection.response]
    connection.search(DOMAIN, "(cn=HV01)", attributes=["cn"], controls=[("1.2.840.113556.1.4.1339", True, None)])

    assert kinds.count("searchResRef") == 3
    assert [each["type"] for each in connection.response] == ["searchResEntry"]


def test_identities_are_octets_and_can_be_a_base(directory: EmbeddedDirectory, ldaps: Ldaps) -> None:
    """ObjectGUID and objectSid are binary; both find their object, in each spelling."""
    connection = ldaps()
    connection.search(name_of("HV01"), "(objectClass=*)", ldap3.BASE, attributes=["objectGUID", "objectSid"])
    raw = connection.response[0]["raw_attributes"]
    guid, sid = raw["objectGUID"][0], raw["objectSid"][0]
    known = directory.administrator.read("HV01")

    assert format_uuid_le(guid) == f"{{{known['objectGUID']}}}"
    assert format_sid(sid) == known["objectSid"]
    for base in (
        f"<GUID={known['objectGUID']}>",
        f"<GUID={guid.hex()}>",
        f"<SID={known['objectSid']}>",
        f"<SID={sid.hex()}>",
    ):
        connection.search(base, "(objectClass=*)", ldap3.BASE, attributes=["cn"])
        assert connection.response[0]["dn"] == name_of("HV01")
    for text in (f"(objectSid={known['objectSid']})", "(objectGUID=" + "".join(f"\\{b:02x}" for b in guid) + ")"):
        connection.search(f"CN=Computers,{DOMAIN}", text, attributes=["cn"])
        assert [each["dn"] for each in connection.response] == [name_of("HV01")]


@pytest.mark.parametrize(
    ("base", "code"),
    [
        (name_of("HV99"), 32),
        (f"<GUID={uuid.UUID(int=7)}>", 32),
        ("<SID=S-1-5-21-1-2-3-4>", 32),
        ("DC=elsewhere,DC=test", 10),
        ("no name at all", 34),
        ("<GUID=nonsense>", 34),
        ("", 32),
    ],
)
def test_a_base_that_leads_nowhere_is_refused(ldaps: Ldaps, base: str, code: int) -> None:
    """No such object, another forest's object, and what is no name, are three answers."""
    connection = ldaps()
    connection.search(base, "(objectClass=*)", attributes=["cn"])

    assert connection.result["result"] == code


def test_no_such_object_names_how_far_the_name_is_right(ldaps: Ldaps) -> None:
    """The matched name is the nearest object above."""
    connection = ldaps()
    connection.search("CN=X,OU=None,CN=Computers,DC=lab,DC=test", "(objectClass=*)", ldap3.BASE)

    assert connection.result["dn"] == f"CN=Computers,{DOMAIN}"


def test_the_selection_of_attributes(admin: SealedClient) -> None:
    """Nothing or a star is everything stored, 1.1 is nothing, computed ones come when named."""
    name = name_of("HV01")
    everything = admin.search(name, scope="BASE", attributes=["*"])[1][name]
    operational = admin.search(name, scope="BASE", attributes=["+"])[1][name]
    mixed = admin.search(name, scope="BASE", attributes=["CN", "canonicalname", "noSuchAttribute", "description"])

    assert "servicePrincipalName" in everything
    assert "replPropertyMetaData" not in everything
    assert "replPropertyMetaData" in operational
    assert "servicePrincipalName" not in operational
    assert admin.search(name, scope="BASE", attributes=["1.1"])[1][name] == {}
    assert mixed[1][name] == {"cn": [b"HV01"], "canonicalName": [b"lab.test/Computers/HV01"]}


def test_types_only_sends_no_values(ldaps: Ldaps) -> None:
    """Attribute names without a value."""
    connection = ldaps()
    connection.search(name_of("HV01"), "(objectClass=*)", ldap3.BASE, attributes=["cn"], types_only=True)

    assert connection.response[0]["raw_attributes"] == {"cn": None}


def test_a_computer_is_what_joining_and_vmms_made_of_it(admin: SealedClient) -> None:
    """Account name, DNS name, group, control bits and SPNs of a fresh Hyper-V host; a workgroup host has none."""
    name = name_of("HV01")
    wanted = ["sAMAccountName", "dNSHostName", "primaryGroupID", "userAccountControl", "servicePrincipalName"]
    found = admin.search(name, scope="BASE", attributes=wanted)[1][name]

    assert found.pop("servicePrincipalName") == [
        f"{service}/{host}".encode()
        for service in ("HOST", MIGRATION, "Hyper-V Replica Service", "Microsoft Virtual Console Service")
        for host in ("HV01", "hv01.lab.test")
    ]
    assert found == {
        "sAMAccountName": [b"HV01$"],
        "dNSHostName": [b"hv01.lab.test"],
        "primaryGroupID": [b"515"],
        "userAccountControl": [b"4096"],
    }
    assert admin.search(DOMAIN, "(cn=WG01)")[1] == {}


def test_replication_metadata_tells_which_write_made_a_value(admin: SealedClient) -> None:
    """Each write raises the attribute's version and stamps time, origin and USN (active-directory.md, 60)."""
    name = name_of("HV01")
    admin.modify(name, {"msDS-AllowedToDelegateTo": [("MODIFY_ADD", [b"cifs/HV02"])]})
    admin.modify(name, {"msDS-AllowedToDelegateTo": [("MODIFY_ADD", [b"cifs/FS01"])]})
    found = admin.search(name, scope="BASE", attributes=["replPropertyMetaData", "uSNChanged"])[1][name]
    settings = f"CN=NTDS Settings,CN=DC1,CN=Servers,CN=Default-First-Site-Name,CN=Sites,CN=Configuration,{DOMAIN}"
    origin = admin.search(settings, scope="BASE", attributes=["invocationId"])[1][settings]["invocationId"][0]

    blob = found["replPropertyMetaData"][0]
    _, _, count, _ = struct.unpack_from("<IIII", blob)
    rows = {row[0]: row[1:] for row in struct.iter_unpack("<IIQ16sQQ", blob[16:])}
    version, seconds, invocation, originating, local = rows[0x906FB]

    assert len(rows) == count
    assert (version, invocation) == (2, origin)
    assert [str(originating).encode(), str(local).encode()] == found["uSNChanged"] * 2
    age = datetime.now(UTC) - (datetime(1601, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds))
    assert timedelta(seconds=-2) < age < timedelta(seconds=10)
    assert rows[0x90008][0] == 1


def test_effective_rights_know_nothing_of_the_privilege(ldaps: Ldaps) -> None:
    """An operator without SeEnableDelegationPrivilege is told that both attributes are writable (20)."""
    connection = ldaps("LAB\\operator")
    connection.search(name_of("HV01"), "(objectClass=*)", ldap3.BASE, attributes=["allowedAttributesEffective"])

    writable = connection.response[0]["attributes"]["allowedAttributesEffective"]
    assert {"msDS-AllowedToDelegateTo", "userAccountControl"} <= set(writable)
