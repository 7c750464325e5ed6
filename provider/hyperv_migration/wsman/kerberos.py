"""Failures of pywinrm's Kerberos in our own words, by the numbers of GSSAPI."""

from __future__ import annotations

import logging

from hyperv_migration.model.errors import AuthenticationFailed, MigrationError
from hyperv_migration.model.kerberos import failure

REFUSALS = frozenset({"KerberosExchangeError", "MutualAuthenticationError"})
"""Of pywinrm's vendored requests_kerberos, which cannot be imported where the Kerberos library is missing."""

# It logs each failure with its stack before it raises; what the user needs stands in our error.
logging.getLogger("winrm.vendor.requests_kerberos.kerberos_").addHandler(logging.NullHandler())


def kerberos_error(target: str, error: BaseException) -> MigrationError:
    """Return our error for a refusal of pywinrm's Kerberos."""
    numbers = _numbers(error)
    if numbers is not None:
        return failure(target, f"HTTP/{target}", *numbers)
    return AuthenticationFailed(
        f"{target} did not prove with Kerberos that it is {target} ({type(error).__name__}); nothing in its answer was "
        "believed. Check what answers there, and that the service principal name is on this host's account."
    )


def _numbers(error: BaseException) -> tuple[int, int] | None:
    """Return major and minor status; pykerberos carries them as ((text, major), (text, minor))."""
    seen: BaseException | None = error
    while seen is not None:
        match seen.args:
            case ((str(), int(major)), (str(), int(minor))):
                return major, minor
        seen = seen.__cause__ or seen.__context__
    return None
