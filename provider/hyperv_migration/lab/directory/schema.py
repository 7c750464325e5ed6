"""The part of the schema that a lab's objects use: attributes, classes, and their spelling in the subschema entry."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Flag, auto

from hyperv_migration.lab.directory.syntaxes import (
    BOOLEAN,
    INTEGER,
    LARGE_INTEGER,
    NAME,
    OBJECT_IDENTIFIER,
    OCTETS,
    SID,
    STRING,
    TIME,
    Syntax,
)


class Trait(Flag):
    """What is special about an attribute."""

    NONE = 0
    SINGLE = auto()
    """At most one value."""
    SYSTEM = auto()
    """Written by the server only."""
    ASKED = auto()
    """Not part of ``*``: sent only when asked for by name."""
    CONSTRUCTED = ASKED | SYSTEM
    """Computed when read."""
    WRITE_ONLY = auto()
    """Never sent, never compared, never recorded."""


@dataclass(frozen=True)
class Attribute:
    """One attribute of the schema."""

    name: str
    oid: str
    syntax: Syntax
    trait: Trait

    @property
    def single(self) -> bool:
        """Whether it holds at most one value."""
        return Trait.SINGLE in self.trait

    @property
    def replication_id(self) -> int:
        """The attribute's number in replPropertyMetaData: prefix table and last arc (MS-DRSR 5.16.4)."""
        prefix, _, last = self.oid.rpartition(".")
        return _PREFIXES.get(prefix, 0xFFFF) << 16 | int(last)


_MS4, _MS2, _X500 = "1.2.840.113556.1.4", "1.2.840.113556.1.2", "2.5.4"
_PREFIXES = {_X500: 0x0000, _MS2: 0x0002, _MS4: 0x0009, "0.9.2342.19200300.100.1": 0x0013}

_S, _N = Trait.SINGLE, Trait.NONE
_SINGLE_SYSTEM = Trait.SINGLE | Trait.SYSTEM
_MADE, _MADE_SINGLE = Trait.CONSTRUCTED, Trait.CONSTRUCTED | Trait.SINGLE

_ATTRIBUTES = (
    ("accountExpires", f"{_MS4}.159", LARGE_INTEGER, _S),
    ("adminCount", f"{_MS4}.150", INTEGER, _S),
    ("allowedAttributesEffective", f"{_MS4}.914", OBJECT_IDENTIFIER, _MADE),
    ("attributeTypes", "2.5.21.5", STRING, _MADE),
    ("canonicalName", f"{_MS4}.916", STRING, _MADE),
    ("cn", f"{_X500}.3", STRING, _S),
    ("dc", "0.9.2342.19200300.100.1.25", STRING, _S),
    ("description", f"{_X500}.13", STRING, _N),
    ("displayName", f"{_MS2}.13", STRING, _S),
    ("distinguishedName", f"{_X500}.49", NAME, Trait.SYSTEM | _S),
    ("dITContentRules", "2.5.21.2", STRING, _MADE),
    ("dNSHostName", f"{_MS4}.619", STRING, _S),
    ("dnsRoot", f"{_MS4}.28", STRING, _N),
    ("dSHeuristics", f"{_MS2}.212", STRING, _S),
    ("fSMORoleOwner", f"{_MS4}.369", NAME, _S),
    ("groupType", f"{_MS4}.750", INTEGER, _S),
    ("hasMasterNCs", f"{_MS2}.14", NAME, Trait.SYSTEM),
    ("info", f"{_MS2}.81", STRING, _S),
    ("instanceType", f"{_MS2}.1", INTEGER, _SINGLE_SYSTEM),
    ("invocationId", f"{_MS2}.115", OCTETS, _SINGLE_SYSTEM),
    ("isCriticalSystemObject", f"{_MS4}.868", BOOLEAN, _SINGLE_SYSTEM),
    ("location", f"{_MS4}.222", STRING, _S),
    ("managedBy", f"{_MS4}.653", NAME, _S),
    ("member", f"{_X500}.31", NAME, _N),
    ("memberOf", f"{_MS2}.102", NAME, Trait.SYSTEM),
    ("msDS-AllowedToActOnBehalfOfOtherIdentity", f"{_MS4}.2182", OCTETS, _S),
    ("msDS-AllowedToDelegateTo", f"{_MS4}.1787", STRING, _N),
    ("msDS-Behavior-Version", f"{_MS4}.1459", INTEGER, _SINGLE_SYSTEM),
    ("msDS-HasDomainNCs", f"{_MS4}.1820", NAME, Trait.SYSTEM),
    ("msDS-hasMasterNCs", f"{_MS4}.1836", NAME, Trait.SYSTEM),
    ("msDS-isRODC", f"{_MS4}.1960", BOOLEAN, _MADE_SINGLE),
    ("msDS-PrincipalName", f"{_MS4}.1865", STRING, _MADE_SINGLE),
    ("msDS-ReplAttributeMetaData", f"{_MS4}.1707", STRING, _MADE),
    ("msDS-SupportedEncryptionTypes", f"{_MS4}.1963", INTEGER, _S),
    ("name", f"{_MS4}.1", STRING, _SINGLE_SYSTEM),
    ("nCName", f"{_MS2}.16", NAME, _SINGLE_SYSTEM),
    ("nETBIOSName", f"{_MS4}.87", STRING, _S),
    ("objectCategory", f"{_MS4}.782", NAME, _S),
    ("objectClass", f"{_X500}.0", OBJECT_IDENTIFIER, Trait.SYSTEM),
    ("objectClasses", "2.5.21.6", STRING, _MADE),
    ("objectGUID", f"{_MS4}.2", OCTETS, _SINGLE_SYSTEM),
    ("objectSid", f"{_MS4}.146", SID, _SINGLE_SYSTEM),
    ("operatingSystem", f"{_MS4}.363", STRING, _S),
    ("operatingSystemVersion", f"{_MS4}.364", STRING, _S),
    ("options", f"{_MS4}.307", INTEGER, _S),
    ("ou", f"{_X500}.11", STRING, _N),
    ("primaryGroupID", f"{_MS4}.98", INTEGER, _S),
    ("pwdLastSet", f"{_MS4}.96", LARGE_INTEGER, _S),
    ("replPropertyMetaData", f"{_MS4}.3", OCTETS, _MADE_SINGLE),
    ("replUpToDateVector", f"{_MS4}.4", OCTETS, _MADE_SINGLE),
    ("sAMAccountName", f"{_MS4}.221", STRING, _S),
    ("sAMAccountType", f"{_MS4}.302", INTEGER, _SINGLE_SYSTEM),
    ("serverReference", f"{_MS4}.515", NAME, _S),
    ("serverReferenceBL", f"{_MS4}.516", NAME, Trait.SYSTEM),
    ("servicePrincipalName", f"{_MS4}.771", STRING, _N),
    ("showInAdvancedViewOnly", f"{_MS2}.169", BOOLEAN, _S),
    ("siteObject", f"{_MS4}.512", NAME, _S),
    ("sPNMappings", f"{_MS4}.1347", STRING, _N),
    ("subSchemaSubEntry", "2.5.18.10", NAME, _MADE_SINGLE),
    ("systemFlags", f"{_MS4}.375", INTEGER, _SINGLE_SYSTEM),
    ("unicodePwd", f"{_MS4}.90", OCTETS, _S | Trait.WRITE_ONLY),
    ("userAccountControl", f"{_MS4}.8", INTEGER, _S),
    ("userPrincipalName", f"{_MS4}.656", STRING, _S),
    ("uSNChanged", f"{_MS2}.120", LARGE_INTEGER, _SINGLE_SYSTEM),
    ("uSNCreated", f"{_MS2}.19", LARGE_INTEGER, _SINGLE_SYSTEM),
    ("whenChanged", f"{_MS2}.3", TIME, _SINGLE_SYSTEM),
    ("whenCreated", f"{_MS2}.2", TIME, _SINGLE_SYSTEM),
)

ATTRIBUTES = {row[0].lower(): Attribute(*row) for row in _ATTRIBUTES}


def attribute(name: str) -> Attribute | None:
    """Find an attribute by its display name or its object identifier, regardless of case."""
    found = ATTRIBUTES.get(name.lower())
    return found or next((candidate for candidate in ATTRIBUTES.values() if candidate.oid == name), None)


@dataclass(frozen=True)
class ObjectClass:
    """One class: what it adds to its parent, and the class whose name objects of it carry as category."""

    name: str
    oid: str
    parent: str
    category: str
    attributes: tuple[str, ...] = ()


_TOP = (
    "allowedAttributesEffective canonicalName cn description displayName distinguishedName instanceType "
    "isCriticalSystemObject memberOf name objectCategory objectClass objectGUID replPropertyMetaData replUpToDateVector "
    "msDS-ReplAttributeMetaData serverReferenceBL showInAdvancedViewOnly subSchemaSubEntry systemFlags uSNChanged "
    "uSNCreated whenChanged whenCreated"
)
_USER = (
    "accountExpires adminCount msDS-AllowedToActOnBehalfOfOtherIdentity msDS-AllowedToDelegateTo msDS-PrincipalName "
    "msDS-SupportedEncryptionTypes objectSid primaryGroupID pwdLastSet sAMAccountName sAMAccountType "
    "servicePrincipalName unicodePwd userAccountControl userPrincipalName info"
)
_COMPUTER = "dNSHostName location managedBy msDS-isRODC operatingSystem operatingSystemVersion"
_CLASS = "1.2.840.113556.1.5"
_CLASSES = (
    ("top", "2.5.6.0", "", "Top", _TOP),
    ("domainDNS", f"{_CLASS}.67", "top", "Domain-DNS", "dc fSMORoleOwner msDS-Behavior-Version objectSid"),
    ("container", "1.2.840.113556.1.3.23", "top", "Container", ""),
    ("organizationalUnit", "2.5.6.5", "top", "Organizational-Unit", "ou managedBy"),
    (
        "group",
        f"{_CLASS}.8",
        "top",
        "Group",
        "adminCount groupType info member objectSid sAMAccountName sAMAccountType",
    ),
    ("person", "2.5.6.6", "top", "Person", ""),
    ("organizationalPerson", "2.5.6.7", "person", "Person", ""),
    ("user", f"{_CLASS}.9", "organizationalPerson", "Person", _USER),
    ("computer", "1.2.840.113556.1.3.30", "user", "Computer", _COMPUTER),
    ("msDS-ManagedServiceAccount", f"{_CLASS}.264", "computer", "ms-DS-Managed-Service-Account", ""),
    ("configuration", "1.2.840.113556.1.3.12", "top", "Configuration", ""),
    ("sitesContainer", f"{_CLASS}.107", "top", "Sites-Container", ""),
    ("site", f"{_CLASS}.31", "top", "Site", "location managedBy"),
    ("serversContainer", f"{_CLASS}.108", "top", "Servers-Container", ""),
    ("server", f"{_CLASS}.17", "top", "Server", "dNSHostName serverReference msDS-isRODC"),
    ("subnetContainer", f"{_CLASS}.95", "top", "Subnet-Container", ""),
    ("subnet", f"{_CLASS}.96", "top", "Subnet", "siteObject location"),
    ("applicationSettings", f"{_CLASS}.7000.49", "top", "Application-Settings", ""),
    (
        "nTDSDSA",
        f"{_CLASS}.7000.47",
        "applicationSettings",
        "NTDS-DSA",
        "hasMasterNCs invocationId msDS-Behavior-Version msDS-HasDomainNCs msDS-hasMasterNCs msDS-isRODC options",
    ),
    ("crossRefContainer", f"{_CLASS}.7000.53", "top", "Cross-Ref-Container", "fSMORoleOwner msDS-Behavior-Version"),
    ("crossRef", "1.2.840.113556.1.3.11", "top", "Cross-Ref", "dnsRoot nCName nETBIOSName"),
    ("nTDSService", f"{_CLASS}.72", "top", "NTDS-Service", "dSHeuristics sPNMappings"),
    ("dMD", "1.2.840.113556.1.3.9", "top", "DMD", "fSMORoleOwner"),
    ("subSchema", "2.5.20.1", "top", "SubSchema", "attributeTypes objectClasses dITContentRules"),
)

CLASSES = {row[0].lower(): ObjectClass(*row[:4], tuple(row[4].split())) for row in _CLASSES}


def class_chain(name: str) -> tuple[ObjectClass, ...]:
    """Give a class and its ancestors, the most general first, as objectClass lists them.

    Raises:
        KeyError: There is no such class.
    """
    found = CLASSES[name.lower()]
    return (*class_chain(found.parent), found) if found.parent else (found,)


def allowed_attributes(classes: list[str]) -> frozenset[str]:
    """Give the lower-case names of all attributes that objects of these classes may have."""
    return frozenset(name.lower() for each in classes for cls in class_chain(each) for name in cls.attributes)


def subschema() -> dict[str, list[bytes]]:
    """Write the schema as the subschema entry shows it (RFC 4512 4.1)."""
    types = [
        f"( {each.oid} NAME '{each.name}' SYNTAX '{each.syntax.oid}'"
        f"{' SINGLE-VALUE' if each.single else ''}{' NO-USER-MODIFICATION' if Trait.SYSTEM in each.trait else ''} )"
        for each in ATTRIBUTES.values()
    ]
    classes = [
        f"( {each.oid} NAME '{each.name}'{f' SUP {each.parent}' if each.parent else ''}"
        f" {'STRUCTURAL' if each.parent else 'ABSTRACT'}"
        f"{' MAY (' + ' $ '.join(each.attributes) + ' )' if each.attributes else ''} )"
        for each in CLASSES.values()
    ]
    return {"attributeTypes": [text.encode() for text in types], "objectClasses": [text.encode() for text in classes]}
