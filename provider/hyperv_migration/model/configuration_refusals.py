"""What a configuration is refused for although each of its values is of its type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hyperv_migration.model.addresses import parse_address
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


def refuse_passwords_in_clear(namespace: str, profile: str | None, options: Mapping[str, Any]) -> None:
    """Refuse ways to sign in that would send a password in clear, before any target is asked."""
    winrm, directory = options.get("winrm", {}), options.get("directory", {})
    start = f"{namespace}:" if profile is None else f"With {namespace}:profiles.{profile}, "
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
