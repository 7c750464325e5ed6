"""A password that is changed while a stack exists."""

from __future__ import annotations

from support.samba import Domain
from support.samba_template import SMB_CONF, run

BETWEEN = "Planted-Between-7"


def set_password(domain: Domain, user: str, password: str) -> None:
    """Give a user a new password, as an administrator does; the old one is refused from here on.

    Changed twice, because a domain controller takes the one before the last for another hour where NTLM signs in
    (Samba's `old password allowed period`, OldPasswordAllowedPeriod on Windows).
    """
    for each in (BETWEEN, password):
        run([
            "samba-tool", "user", "setpassword", user, f"--newpassword={each}", "-H", str(domain.controller.database),
            f"--configfile={domain.controller.folder / SMB_CONF}",
        ])  # fmt: skip
