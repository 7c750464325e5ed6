"""The accounts of the test domain, as the LDIF that creates them.

Written straight into the domain's database before its first start: one process instead of one a call
(active-directory.md 126), and what the directory gives an account of its own (GUID, SID, keys) is still the
directory's doing.
"""

from __future__ import annotations

import base64

DNS_NAME = "lab.test"
REALM = "LAB.TEST"
BASE_DN = "DC=lab,DC=test"
CONTROLLER = "dc1.lab.test"

HOSTS = ("HV01", "HV02")
FILE_SERVERS = ("FS01",)

# What vmms registers on its host's account at start (active-directory.md 46).
VMMS_CLASSES = (
    "Hyper-V Replica Service",
    "Microsoft Virtual Console Service",
    "Microsoft Virtual System Migration Service",
)

# userAccountControl (active-directory.md 5): a workstation or member server, a user whose password never expires.
MEMBER = 0x1000
TRUSTED_TO_AUTH_FOR_DELEGATION = 0x1000000
TRUSTED_FOR_DELEGATION = 0x80000
USER = 0x10200
NOT_DELEGATED = 0x100000

PASSWORDS = {
    "Administrator": "Planted-Administrator-1",
    "operator": "Planted-Operator-1",
    "alice": "Planted-Alice-1",
    "bob": "Planted-Bob-1",
    "sensitive": "Planted-Sensitive-1",
}


def accounts_ldif() -> str:
    """Two hosts and a file server, an operator in Domain Admins, an ordinary, a powerless and a sensitive user."""
    entries = [_computer(name, VMMS_CLASSES) for name in HOSTS]
    entries += [_computer(name, ()) for name in FILE_SERVERS]
    entries += [_user(name, USER) for name in ("operator", "alice", "bob")]
    entries.append(_user("sensitive", USER | NOT_DELEGATED))
    return "\n".join(entries)


def changes_ldif() -> str:
    """What stands on accounts that provisioning made: the operator's group and the controller's own services."""
    services = "\n".join(f"servicePrincipalName: {service}/{CONTROLLER}" for service in ("ldap", "cifs", "DNS"))
    return (
        f"dn: CN=Domain Admins,CN=Users,{BASE_DN}\nchangetype: modify\nadd: member\n"
        f"member: {user_dn('operator')}\n-\n\n"
        f"dn: CN=DC1,OU=Domain Controllers,{BASE_DN}\nchangetype: modify\nadd: servicePrincipalName\n{services}\n-\n"
    )


def computer_dn(name: str) -> str:
    """Where a computer account stands."""
    return f"CN={name},CN=Computers,{BASE_DN}"


def user_dn(name: str) -> str:
    """Where a user account stands."""
    return f"CN={name},CN=Users,{BASE_DN}"


def service_names(service: str, host: str) -> list[str]:
    """The short and the full principal name of one service of one host, as ADUC lists them."""
    return [f"{service}/{host}", f"{service}/{host.lower()}.{DNS_NAME}"]


def _computer(name: str, services: tuple[str, ...]) -> str:
    lines = [
        f"dn: {computer_dn(name)}",
        "objectClass: computer",
        f"sAMAccountName: {name}$",
        f"userAccountControl: {MEMBER}",
        f"dNSHostName: {name.lower()}.{DNS_NAME}",
        f"clearTextPassword:: {_encoded(f'Planted-{name}-1')}",
    ]
    for service in ("HOST", "RestrictedKrbHost", *services):
        lines += [f"servicePrincipalName: {each}" for each in service_names(service, name)]
    return "\n".join(lines) + "\n"


def _user(name: str, control: int) -> str:
    lines = [
        f"dn: {user_dn(name)}",
        "objectClass: user",
        f"sAMAccountName: {name}",
        f"userPrincipalName: {name}@{DNS_NAME}",
        f"userAccountControl: {control}",
        f"clearTextPassword:: {_encoded(PASSWORDS[name])}",
    ]
    return "\n".join(lines) + "\n"


def _encoded(password: str) -> str:
    return base64.b64encode(password.encode("utf-16-le")).decode()
