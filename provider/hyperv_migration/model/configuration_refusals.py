"""What a configuration is refused for although each of its values is of its type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hyperv_migration.model.addresses import HOST_NAME, parse_address
from hyperv_migration.model.distinguished_name import parts
from hyperv_migration.model.errors import InvalidInput


def profile_suffix(profile: str) -> str:
    """Return what the environment variables of a profile end in, such as __BRANCH_2 for `branch-2`."""
    return f"__{re.sub('[^A-Z0-9]', '_', profile.upper())}"


def refuse_bad_addresses(namespace: str, options: Mapping[str, Any]) -> None:
    """Refuse an address that no target could be reached under, before the first operation on its host fails of it."""
    for name, address in options.get("addresses", {}).items():
        if parse_address(address) is None:
            # The value is not repeated: in the wrong place it could be a password.
            raise InvalidInput(
                f"{namespace}:addresses has no address for {name}; give an address, address:port or URL (http, https, ldap, "
                "ldaps)."
            )


def refuse_shared_variables(namespace: str, profiles: Mapping[str, Any]) -> None:
    """Refuse two profiles that would read one environment variable: the password of one would go to the other's hosts."""
    owners: dict[str, str] = {}
    for name in profiles:
        other = owners.setdefault(profile_suffix(name), name)
        if other != name:
            raise InvalidInput(
                f"{namespace}:profiles has {other!r} and {name!r}, and both would take HYPERV_MIGRATION_PASSWORD"
                f"{profile_suffix(name)}; rename one of them."
            )


_OBJECT = re.compile(r"<(?:GUID|SID|WKGUID)=[^<>]+>", re.IGNORECASE)
"""How a search may begin at an object without its name (MS-ADTS 3.1.1.3.1.2.4)."""


def refuse_bad_directory(namespace: str, profile: str | None, options: Mapping[str, Any]) -> None:
    """Refuse names that no directory could have, before a domain controller is signed in to for their sake.

    No value is repeated: in the wrong place it could be a password.
    """
    directory = options.get("directory", {})
    start = _start(namespace, profile)
    base = directory.get("baseDn")
    if base is not None and parts(base) is None and not _OBJECT.fullmatch(base):
        raise InvalidInput(
            f"{start}directory.baseDn is no distinguished name; give one such as OU=Hosts,DC=corp,DC=example, or leave it out."
        )
    if not all(HOST_NAME.fullmatch(name) for name in directory.get("domainControllers", ())):
        raise InvalidInput(
            f"{start}directory.domainControllers has an entry that is no name of a computer; give DNS names such as "
            "dc1.corp.example, and a port or URL in addresses."
        )


def refuse_passwords_in_clear(namespace: str, profile: str | None, options: Mapping[str, Any]) -> None:
    """Refuse ways to sign in that would send a password in clear, before any target is asked."""
    winrm, directory = options.get("winrm", {}), options.get("directory", {})
    start = _start(namespace, profile)
    if winrm.get("transport") == "basic" and winrm.get("scheme") == "http":
        raise InvalidInput(
            f"{start}winrm.transport basic would send the password in clear over http; set winrm.scheme to https, or choose "
            "another transport."
        )
    if directory.get("bind") == "simple" and directory.get("transport", "sealed") == "sealed":
        raise InvalidInput(
            f"{start}directory.bind simple would send the password in clear with directory.transport sealed, the default; set "
            "directory.transport to ldaps or starttls."
        )


def _start(namespace: str, profile: str | None) -> str:
    """Return how a refusal begins: with the key, or with the profile under which the keys do not go together."""
    return f"{namespace}:" if profile is None else f"With {namespace}:profiles.{profile}, "
