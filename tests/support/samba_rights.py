"""Ordinary users of the test domain who are given single rights, as an administrator of Samba gives them."""

from __future__ import annotations

import base64

from support.samba import Domain
from support.samba_accounts import USER, user_dn
from support.samba_template import SMB_CONF, run

# schemaIDGUID of the two attributes of delegation, and of the class that they are granted on (MS-ADA2, MS-ADA3, MS-ADSC).
ATTRIBUTES = {
    "msDS-AllowedToDelegateTo": "800d94d7-b7a1-42a1-b14d-7cae1423d07f",
    "userAccountControl": "bf967a68-0de6-11d0-a285-00aa003049e2",
}
COMPUTER = "bf967a86-0de6-11d0-a285-00aa003049e2"


def password_of(user: str) -> str:
    """The planted password of a user made here."""
    return f"Planted-{user.capitalize()}-1"


def add_user(domain: Domain, user: str) -> None:
    """Make a user who is in no group but Domain Users."""
    password = base64.b64encode(password_of(user).encode("utf-16-le")).decode()
    domain.add(
        f"dn: {user_dn(user)}\nobjectClass: user\nsAMAccountName: {user}\nuserPrincipalName: {user}@{domain.dns_name}\n"
        f"userAccountControl: {USER}\nclearTextPassword:: {password}\n"
    )


def allow_writing(domain: Domain, user: str, attribute: str, container: str) -> None:
    """Let a user read and write one attribute of every computer below a container: `dsacls /I:S /G` on Windows."""
    entry = f"(OA;CIIO;RPWP;{ATTRIBUTES[attribute]};{COMPUTER};{sid_of(domain, user)})"
    run([
        "samba-tool", "dsacl", "set", f"--objectdn={container}", f"--sddl={entry}", "-H", str(domain.controller.database),
        f"--configfile={domain.controller.folder / SMB_CONF}",
    ])  # fmt: skip


def give_delegation_privilege(domain: Domain, user: str) -> None:
    """Assign SeEnableDelegationPrivilege, which a policy for domain controllers does on Windows (fact 21)."""
    sid = sid_of(domain, user)
    record = f"dn: sid={sid}\nobjectClass: privilege\nobjectSid: {sid}\nprivilege: SeEnableDelegationPrivilege\n"
    run(["ldbadd", "-H", _privileges(domain)], feed=record)


def take_delegation_privilege(domain: Domain, user: str) -> None:
    """Take it away again; a connection that is open keeps it."""
    run(["ldbmodify", "-H", _privileges(domain)], feed=f"dn: sid={sid_of(domain, user)}\nchangetype: delete\n")


def sid_of(domain: Domain, user: str) -> str:
    """The security identifier of a user."""
    return domain.attributes(user_dn(user))["objectSid"][0]


def _privileges(domain: Domain) -> str:
    return str(domain.controller.folder / "private" / "privilege.ldb")
