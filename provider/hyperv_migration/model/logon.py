"""What a refused sign-in says: the number behind `data` in the diagnostic text of LDAP result 49.

A hexadecimal Win32 code or HRESULT, the same for a simple bind and for SASL, sealed or inside TLS (directory-estate.md,
§4e). The words around it differ between servers and are never looked at.
"""

from __future__ import annotations

import re

_DATA = re.compile(r"\bdata ([0-9a-fA-F]{1,8})\b")
_RIGHT = "the password is right, but "

MEANINGS = {
    0x525: "the directory knows no such user. Check the user name",
    0x52E: "user name or password is wrong. Check both; it was sent once and counts towards the lockout of the account",
    0x52F: (
        "a restriction of the account keeps it from this kind of sign-in; the password is not the reason. An account in "
        "Protected Users may not use NTLM: sign in with Kerberos"
    ),
    0x530: f"{_RIGHT}the account may not sign in at this time of day. Change its logon hours, or run at another time",
    0x531: f"{_RIGHT}the account may not sign in from this machine. Change its workstations (Log On To)",
    0x532: f"{_RIGHT}it has expired. Set a new one",
    0x533: f"{_RIGHT}the account is disabled. Enable it",
    0x569: f"{_RIGHT}the account may not sign in over the network there. Give it that right in a policy",
    0x701: f"{_RIGHT}the account has expired. Give it a later end",
    0x773: f"{_RIGHT}it must be changed before the first sign-in. Set a new one, without that option",
    0x775: "the account is locked, whatever the password is. Unlock it, and find out what locked it before you run again",
    0x791: "the domain controller or a policy blocks NTLM, and the password is not the reason. Sign in with Kerberos",
    0x57: (
        "the domain controller does not take this client's NTLM inside TLS, and the password is not the reason. Set "
        "directory.transport to sealed, sign in with Kerberos, or set directory.bind to simple"
    ),
    0x80090346: (
        "the domain controller demands channel binding and does not accept this connection's; it has not looked at the "
        "password. See that nothing between here and there ends TLS, or set directory.transport to sealed"
    ),
}
"""Each in one sentence and what to do; none is ever sent again by itself."""

OF_A_PASSWORD = frozenset({0x52E, 0x52F, 0x57, 0x791})
"""What is said of a name and a password, or of NTLM; with a ticket it says something else."""


def logon_code(diagnostic: str) -> int | None:
    """Return the number of a refused sign-in; None where the text has none."""
    found = _DATA.search(diagnostic)
    return int(found.group(1), 16) if found else None
