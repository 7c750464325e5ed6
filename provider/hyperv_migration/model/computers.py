"""Computer accounts of the directory, and the forms in which people name them."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
import uuid
from dataclasses import dataclass, field
from functools import cached_property

from hyperv_migration.model.account_control import DOMAIN_CONTROLLER_GROUPS, PARTIAL_SECRETS, SERVER_TRUST, has
from hyperv_migration.model.distinguished_name import folded, parts
from hyperv_migration.model.errors import InvalidInput
from hyperv_migration.model.stamps import Stamps

WILDCARDS = frozenset("*?[]")
_LONGEST_LABEL = 63
_LONGEST_NAME = 253
_URL_MARKS = frozenset("@#%")
"""Would make another host or a fragment of what follows them in a URL."""
_DOTS = re.compile("[\u3002\uff0e\uff61]")
"""What a resolver takes for a dot (RFC 3490, 3.1)."""
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")


@dataclass(frozen=True, kw_only=True)
class ComputerAccount:
    """What of a computer account concerns delegation, as one domain controller said it."""

    guid: str
    distinguished_name: str
    sam_account_name: str
    dns_host_name: str | None
    user_account_control: int
    allowed_to_delegate_to: tuple[str, ...]
    service_principal_names: tuple[str, ...] = ()
    stamps: Stamps | None = field(default=None, compare=False)
    """By which writes its two attributes of delegation have their values; None where that may not be read."""
    primary_group: int | None = None
    """The relative identifier of the account's primary group; None where it is not shown."""

    @property
    def short_name(self) -> str:
        """The sAMAccountName without its closing dollar sign."""
        return self.sam_account_name.removesuffix("$")

    @property
    def is_domain_controller(self) -> bool:
        """Whether it is a domain controller, writable or read-only, or has the rights of one by its primary group."""
        of_controllers = has(self.user_account_control, SERVER_TRUST | PARTIAL_SECRETS)
        return of_controllers or self.primary_group in DOMAIN_CONTROLLER_GROUPS

    @cached_property
    def spellings(self) -> frozenset[str]:
        """Every form that names this account, folded for comparison.

        A short name that ends in a dollar sign is none: it would be another account's sAMAccountName.
        """
        short = "" if self.short_name.endswith("$") else self.short_name
        names = {self.guid, self.sam_account_name, short, self.dns_host_name or ""}
        return frozenset({folded(self.distinguished_name), *(name.casefold() for name in names if name)})


def validate_computer_name(name: str) -> None:
    """Refuse what can name no single computer: wildcards, blanks inside, a URL, control characters."""
    text = name.strip()
    if is_distinguished_name(text) or is_guid(text):
        if not text.isprintable():
            raise InvalidInput(
                f"{name!r} has a control character; a distinguished name writes one as \\ and two digits"
            )
        if not is_guid(text) and parts(text) is None:
            raise InvalidInput(f"{name!r} is no distinguished name, such as CN=HV01,OU=Hosts,DC=corp,DC=example")
        return
    if WILDCARDS & set(text):
        raise InvalidInput(f"{name!r} has a wildcard; name one computer")
    if "/" in text or "\\" in text or ":" in text:
        shown = f"'{name}'" if name.isprintable() else repr(name)
        raise InvalidInput(
            f"{shown} is no computer name; give HV01, hv01.corp.example or HV01$ without a domain before it, and no URL"
        )
    if any(character.isspace() or not character.isprintable() for character in text):
        raise InvalidInput(f"{name!r} has a blank or a control character, which no computer name has")
    if not text:
        raise InvalidInput(f"{name!r} is empty; give the name of a computer, such as hv01.corp.example")
    if text.endswith("$$") or not text.strip(".$"):
        raise InvalidInput(f"{name!r} is no computer name; a sAMAccountName such as HV01$ ends in one dollar sign")


def validate_account_name(name: str) -> None:
    """Refuse what cannot name a computer account: besides the above an address, and a sAMAccountName with a domain."""
    text = name.strip()
    if is_distinguished_name(text) or is_guid(text):
        validate_computer_name(name)
        return
    if is_address(text):
        raise InvalidInput(
            f"{name!r} is an address or a number, which no computer account is named by; give its name, such as "
            "hv01.corp.example"
        )
    validate_computer_name(name)
    if not text.endswith("$"):
        _validate_labels(name)
    elif "." in text:
        raise InvalidInput(
            f"{name!r} is neither a sAMAccountName nor a DNS name; give HV01$ or hv01.corp.example, or the distinguished "
            "name"
        )


def validate_host_name(name: str) -> None:
    """Refuse what cannot name a WinRM endpoint."""
    text = name.strip()
    if ":" in text and is_address(text):
        raise InvalidInput(
            f"{name!r} is an IPv6 address; give the host's DNS name, and the address as a URL in the addresses setting"
        )
    validate_computer_name(name)
    if is_distinguished_name(text) or is_guid(text) or text.endswith("$"):
        raise InvalidInput(f"{name!r} names an account; give the host's DNS name, such as hv01.corp.example")
    if not text.strip(".") or _URL_MARKS & set(text):
        raise InvalidInput(f"{name!r} is no host name; give the host's DNS name, such as hv01.corp.example")
    _validate_labels(name)


def _validate_labels(name: str) -> None:
    """Refuse what no DNS name can be (RFC 1035 §2.3.4); underscores and other alphabets are for the resolver to judge."""
    if name != name.strip():
        raise InvalidInput(f"{name!r} begins or ends with a blank, which no DNS name does")
    labels = name.strip().removesuffix(".").split(".")
    if not all(labels):
        raise InvalidInput(f"{name!r} has two dots in a row, or begins with one, which no DNS name does")
    if any(label.startswith("-") or label.endswith("-") for label in labels):
        raise InvalidInput(f"{name!r} has a part that begins or ends with a hyphen, which no DNS name has")
    if strange := sorted({mark for label in labels for mark in label if mark.isascii() and not _in_a_label(mark)}):
        raise InvalidInput(f"{name!r} has {' '.join(strange)}, which no DNS name has; name one host")
    try:
        octets = [len(label) if label.isascii() else len(label.encode("idna")) for label in labels]
    except UnicodeError:
        octets = [_LONGEST_LABEL + 1]
    if max(octets) > _LONGEST_LABEL or sum(octets) + len(octets) - 1 > _LONGEST_NAME:
        raise InvalidInput(
            f"{name!r} is too long for a DNS name: {_LONGEST_LABEL} characters between two dots, {_LONGEST_NAME} in all"
        )


def _in_a_label(mark: str) -> bool:
    return mark.isalnum() or mark in "-_"


def is_guid(name: str) -> bool:
    """Tell whether the name is an objectGUID, with or without braces."""
    text = name.strip().strip("{}")
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def is_distinguished_name(name: str) -> bool:
    """Tell whether the name is a distinguished name, such as CN=HV01,OU=Hosts,DC=corp,DC=example."""
    return "=" in name and ("," in name or ";" in name)


def is_address(name: str) -> bool:
    """Tell whether a resolver would take the name for an address: IPv6, or the last label is a number.

    So 127.1, 0x7f.1, 2130706433 and the same in other digits are addresses, as they are to inet_aton and URLs; no domain
    has a number for its last label (RFC 3696, 2).
    """
    text = _DOTS.sub(".", unicodedata.normalize("NFKC", _DOTS.sub(".", name))).strip().casefold()
    if ":" in text:
        try:
            ipaddress.IPv6Address(text.strip("[]").partition("%")[0])
        except ValueError:
            return False
        return True
    return _NUMBER.fullmatch(text.rstrip(".$").rpartition(".")[2]) is not None


def domain_in(name: str) -> str | None:
    """Return the domain a computer's name tells: behind the first dot of an FQDN, or the DC parts of a DN.

    None where there is none, as in a short name, a sAMAccountName, a GUID and an address.
    """
    text = name.strip().rstrip(".")
    if is_guid(text):
        return None
    if is_distinguished_name(text):
        domain = ".".join(value for kind, value in parts(text) or () if kind == "dc")
    else:
        domain = "" if text.endswith("$") else text.partition(".")[2]
    return domain if domain and not is_address(domain) else None


def host_key(spelling: str) -> str:
    """Return a host's name for comparison: case and a trailing dot make no other name."""
    return spelling.strip().rstrip(".").casefold()


def same_host(spelling: str, other: str) -> bool:
    """Tell whether two names of one host differ in case or a trailing dot only."""
    return host_key(spelling) == host_key(other)


def may_be_same_host(spelling: str, other: str) -> bool:
    """Tell whether two names are one host's as far as names tell: as above, or one is the other's first label alone."""
    return names_host(spelling, other) or names_host(other, spelling)


def names_host(spelling: str, fqdn: str) -> bool:
    """Tell whether the spelling is the FQDN or its first label (DESIGN §3, Replace)."""
    return same_host(spelling, fqdn) or same_host(spelling, fqdn.split(".", maxsplit=1)[0])
