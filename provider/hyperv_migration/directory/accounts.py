"""Computer accounts as LDAP searches and entries."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Sequence

from hyperv_migration.directory.entries import Entry
from hyperv_migration.directory.metadata import METADATA, stamps
from hyperv_migration.model.computers import ComputerAccount, is_distinguished_name, is_guid
from hyperv_migration.model.delegation import ACCOUNT_CONTROL, DELEGATE_TO, spelling
from hyperv_migration.model.distinguished_name import written
from hyperv_migration.model.errors import AccessDenied
from hyperv_migration.model.spn import key, keys

_GUID, _NAME, _GROUP = "objectGUID", "sAMAccountName", "primaryGroupID"
ATTRIBUTES = (_GUID, _NAME, "dNSHostName", ACCOUNT_CONTROL, DELEGATE_TO, "servicePrincipalName", _GROUP, METADATA)
CATEGORY = "objectCategory"
_GUID_LENGTH = 16
_INTEGER = re.compile(r"-?[0-9]{1,10}")
"""As LDAP writes one (RFC 4517 §3.3.16); Python would take other scripts' digits and underscores too."""


def account_of(entry: Entry) -> ComputerAccount:
    """Read an account out of its entry.

    Raises AccessDenied where an attribute that every account has is hidden: its absence would mislead. Raises
    ProtocolViolation where one is not what a directory holds.
    """
    guid, name, control = entry.octets(_GUID), entry.text(_NAME), entry.text(ACCOUNT_CONTROL)
    if not guid or not name or not control:
        raise AccessDenied(
            f"{entry.controller} does not show {_GUID}, {_NAME} and {ACCOUNT_CONTROL} of {entry.dn}; give the account "
            "in use the right to read it."
        )
    if not is_distinguished_name(entry.dn):
        raise entry.broken("distinguished name", "is none")
    if len(guid) != _GUID_LENGTH:
        raise entry.broken(_GUID, f"has {len(guid)} octets")
    if not _INTEGER.fullmatch(control) or not -(2**31) <= int(control) < 2**31:
        raise entry.broken(ACCOUNT_CONTROL, "is no number of 32 bits")
    group = entry.text(_GROUP)
    if group is not None and not _INTEGER.fullmatch(group):
        raise entry.broken(_GROUP, "is no number")
    return ComputerAccount(
        guid=str(uuid.UUID(bytes_le=guid)),
        distinguished_name=entry.dn,
        sam_account_name=name,
        dns_host_name=entry.text("dNSHostName"),
        user_account_control=int(control),
        allowed_to_delegate_to=entry.texts(DELEGATE_TO),
        service_principal_names=entry.texts("servicePrincipalName"),
        primary_group=None if group is None else int(group),
        stamps=stamps(entry),
    )


def is_computer(entry: Entry) -> bool:
    """Tell by its objectCategory, if that was asked for, whether an object is a computer account."""
    category = entry.text(CATEGORY) or ""
    return category.casefold().startswith("cn=computer,")


def search_for(names: Iterable[str]) -> str:
    """Return one filter for all names. dNSHostName is not indexed, so an FQDN is found by its HOST name or its label.

    objectCategory, because the class also has managed service accounts below it (active-directory.md, 167 and 168).
    """
    conditions = dict.fromkeys(condition for name in names for condition in _conditions(name.strip()))
    return f"(&(objectCategory=computer)(|{''.join(conditions)}))"


def _conditions(name: str) -> list[str]:
    if is_guid(name):
        octets = "".join(f"\\{octet:02x}" for octet in uuid.UUID(spelling(name)).bytes_le)
        return [f"(objectGUID={octets})"]
    if is_distinguished_name(name):
        return [f"(distinguishedName={_value(written(name))})"]
    name = spelling(name)
    value = _value(name)
    label = _value(name.removesuffix("$").split(".")[0])
    return [f"(sAMAccountName={label}$)", f"(servicePrincipalName=HOST/{value.removesuffix('$')})"]


def _value(text: str) -> str:
    """Return a text as a value in a filter (RFC 4515 §3): signs of the filter's own, and blanks, which ldap3 strips, escaped."""
    return "".join(
        each if _plain_in_filter(each) else "".join(f"\\{octet:02x}" for octet in each.encode()) for each in text
    )


def _plain_in_filter(character: str) -> bool:
    return character.isprintable() and not character.isspace() and character not in "*()\\"


def named(name: str, accounts: Sequence[ComputerAccount]) -> list[ComputerAccount]:
    """Return the accounts a name stands for; its own names count before a HOST name that an account carries."""
    wanted = spelling(name)
    own = [account for account in accounts if wanted in account.spellings]
    if own or is_guid(wanted) or is_distinguished_name(wanted) or wanted.endswith("$"):
        return own
    host = key(f"HOST/{wanted}")
    return [account for account in accounts if host in keys(account.service_principal_names)]


def search_for_carriers(service_principal_names: Iterable[str]) -> str:
    """Return one filter for every object that carries any of the names, of whatever class."""
    values = "".join(f"(servicePrincipalName={_value(name)})" for name in service_principal_names)
    return f"(|{values})"


def search_for_acted_upon(guids: Iterable[str]) -> str:
    """Return one filter for those of the accounts that have resource-based delegation towards them (active-directory.md §1)."""
    return f"(&{search_for(guids)}(msDS-AllowedToActOnBehalfOfOtherIdentity=*))"


WRITABLE_CONTROLLERS = "(&(objectCategory=computer)(userAccountControl:1.2.840.113556.1.4.803:=8192))"
"""Accounts of writable domain controllers; a read-only one has another bit (active-directory.md, 56)."""
