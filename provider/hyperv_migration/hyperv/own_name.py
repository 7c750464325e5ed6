"""What a host is called where root/cimv2, which has its name in full, is hidden from the account (docs/rights.md).

Hyper-V tells its computer name (SystemName of the migration service). The rest is in the name by which the program calls
it, if that is the same name, else in the directory.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from hyperv_migration.hyperv import classes
from hyperv_migration.model.computers import same_host
from hyperv_migration.model.errors import AccessDenied, ProtocolViolation

FullName = Callable[[str], str | None]
"""Gives the DNS name of a computer account by its computer name; None where no directory is configured or none tells."""

_COMPUTER_NAME = re.compile(r"[^\W_][\w-]{0,62}")
_NETBIOS_LENGTH = 15
"""A longer host name is cut to this in its computer name (SystemName, sAMAccountName)."""


def name_in_full(called: str, system_name: str, full_name: FullName) -> str:
    """Return the DNS name of the host that answers.

    Raises AccessDenied where nothing tells it; ProtocolViolation where the answer is no computer name.
    """
    if not _COMPUTER_NAME.fullmatch(system_name):
        raise ProtocolViolation(f"{called} says a name that no computer has; check what answers there.")
    if _is_in_full(called, system_name):
        return called
    found = full_name(system_name)
    if found is not None and _is_in_full(found, system_name):
        return found
    raise AccessDenied(
        f"{called} calls itself {system_name} and hides {classes.CIMV2}, where its full name stands; name it in full, as "
        f"{system_name.lower()}.corp.example, configure directory.domain, or give the account Enable and Remote Enable on "
        f"{classes.CIMV2} there (docs/rights.md has the script)."
    )


def _is_in_full(name: str, system_name: str) -> bool:
    label, _, domain = name.partition(".")
    return bool(domain) and same_host(label[:_NETBIOS_LENGTH], system_name[:_NETBIOS_LENGTH])
