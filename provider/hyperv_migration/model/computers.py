"""Computer accounts of the directory, and the forms in which people name them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from functools import cached_property

from hyperv_migration.model.errors import InvalidInput

WILDCARDS = frozenset("*?[]")
_URL_MARKS = frozenset("@#%")
"""Would make another host or a fragment of what follows them in a URL."""


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

    @property
    def short_name(self) -> str:
        """The sAMAccountName without its closing dollar sign."""
        return self.sam_account_name.removesuffix("$")

    @cached_property
    def spellings(self) -> frozenset[str]:
        """Every form that names this account, folded for comparison."""
        names = {self.guid, self.distinguished_name, self.sam_account_name, self.short_name, self.dns_host_name or ""}
        return frozenset(name.casefold() for name in names if name)


def validate_computer_name(name: str) -> None:
    """Refuse what can name no single computer: wildcards, blanks inside, a URL, control characters."""
    text = name.strip()
    if is_distinguished_name(text) or is_guid(text):
        if not text.isprintable():
            raise InvalidInput(
                f"{name!r} has a control character; a distinguished name writes one as \\ and two digits"
            )
        return
    if WILDCARDS & set(text):
        raise InvalidInput(f"{name!r} has a wildcard; name one computer")
    if "/" in text or "\\" in text or ":" in text:
        raise InvalidInput(
            f"{name!r} is no computer name; give HV01, hv01.corp.example or HV01$ without domain\\ or URL"
        )
    if any(character.isspace() or not character.isprintable() for character in text):
        raise InvalidInput(f"{name!r} has a blank or a control character, which no computer name has")


def validate_host_name(name: str) -> None:
    """Refuse what cannot name a WinRM endpoint."""
    validate_computer_name(name)
    text = name.strip()
    if is_distinguished_name(text) or is_guid(text) or text.endswith("$"):
        raise InvalidInput(f"{name!r} names an account; give the host's DNS name, such as hv01.corp.example")
    if not text.strip(".") or _URL_MARKS & set(text):
        raise InvalidInput(f"{name!r} is no host name; give the host's DNS name, such as hv01.corp.example")


def is_guid(name: str) -> bool:
    """Tell whether the name is an objectGUID, with or without braces."""
    text = name.strip().strip("{}")
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def is_distinguished_name(name: str) -> bool:
    """Tell whether the name is a distinguished name, such as CN=HV01,OU=Hosts,DC=corp,DC=example."""
    return "=" in name and "," in name


def same_host(spelling: str, other: str) -> bool:
    """Tell whether two names of one host differ in case or a trailing dot only."""
    return spelling.strip().rstrip(".").casefold() == other.strip().rstrip(".").casefold()


def names_host(spelling: str, fqdn: str) -> bool:
    """Tell whether the spelling is the FQDN or its first label (DESIGN §3, Replace)."""
    return same_host(spelling, fqdn) or same_host(spelling, fqdn.split(".", maxsplit=1)[0])
