"""The bits of userAccountControl that concern delegation (MS-ADTS 2.2.16; active-directory.md §1)."""

from __future__ import annotations

ACCOUNT_DISABLED = 0x2
SERVER_TRUST = 0x2000
"""The account of a writable domain controller."""
TRUSTED_FOR_DELEGATION = 0x80000
"""Unconstrained delegation: "trust this computer for delegation to any service"."""
NOT_DELEGATED = 0x100000
"""Sensitive and cannot be delegated: the account gets no forwardable ticket, so it cannot delegate either."""
TRUSTED_TO_AUTH_FOR_DELEGATION = 0x1000000
"""Protocol transition: "use any authentication protocol"."""
PARTIAL_SECRETS = 0x4000000
"""The account of a read-only domain controller."""

DOMAIN_CONTROLLER_GROUPS = frozenset({516, 521})
"""Relative identifiers of Domain Controllers and Read-only Domain Controllers, as primary groups."""

DELEGATION_BITS = TRUSTED_FOR_DELEGATION | TRUSTED_TO_AUTH_FOR_DELEGATION


def has(user_account_control: int, bit: int) -> bool:
    """Tell whether a bit is set, or one of several."""
    return bool(user_account_control & bit)


def with_bit(user_account_control: int, bit: int, *, present: bool) -> int:
    """Return the value with one bit set or cleared and every other bit as it was."""
    return user_account_control | bit if present else user_account_control & ~bit
