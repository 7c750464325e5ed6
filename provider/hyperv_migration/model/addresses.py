"""What may stand in the setting `addresses`: where a host or domain controller answers that DNS does not know."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

SCHEMES = ("http", "https", "ldap", "ldaps")
HOST_NAME = re.compile(r"[\w.:-]{1,255}")
"""Letters of any script, and what addresses have: what a domain controller may be called, whoever names it."""


@dataclass(frozen=True, kw_only=True)
class Address:
    """A configured address in its parts; what is not given is empty or None."""

    scheme: str
    host: str
    port: int | None


def bracketed(host: str) -> str:
    """Return an IPv6 address as URLs have it; anything else as it is."""
    return f"[{host}]" if host.count(":") > 1 and not host.startswith("[") else host


def parse_address(text: str) -> Address | None:
    """Take an address, address:port or URL apart; None for a text that is none of them.

    A user name, a query or a fragment has no meaning there, and a port of 0 nobody listens on.
    """
    try:
        parts = urlsplit(text if "://" in text else f"//{bracketed(text)}")
        port = parts.port
    except ValueError:
        return None
    strange = parts.username is not None or parts.query or parts.fragment or text != text.strip()
    if not parts.hostname or port == 0 or strange or any(letter.isspace() for letter in parts.hostname):
        return None
    if parts.scheme and parts.scheme not in SCHEMES:
        return None
    return Address(scheme=parts.scheme, host=parts.hostname, port=port)
