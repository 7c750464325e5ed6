"""Kerberos without a socket: principals of user names, and what its numbers mean.

The numbers are those of MIT krb5's GSSAPI: a major status (RFC 2744 §3.9.1) and a minor one, which for an answer of the
KDC is its error code (RFC 4120 §7.5.9) above a base. Texts are translated and change; numbers do not.
"""

from __future__ import annotations

import sys

from hyperv_migration.model import sspi
from hyperv_migration.model.errors import AuthenticationFailed, MigrationError, MissingConfiguration, SignInRefused
from hyperv_migration.model.settings import Credentials

NO_ACCOUNT = Credentials()

_BASE = 2529638912
"""ERROR_TABLE_BASE_krb5, as an unsigned number of 32 bits."""
_UNSIGNED = 0xFFFFFFFF
_FAILURE = 13 << 16
"""GSS_S_FAILURE (RFC 2744 §3.9.1): the minor status says what it was."""
_NO_CREDENTIAL = 7 << 16
_CREDENTIALS_EXPIRED = 11 << 16
_CONTEXT_EXPIRED = 12 << 16
"""What MIT Kerberos says of a ticket in the cache that has expired, as soon as a sign-in begins with it."""

_NO_TICKET = "there is no ticket for it here. Get one with kinit, or name a keytab in KRB5_CLIENT_KTNAME"
_EXPIRED = "the ticket has expired. Get a new one with kinit, or name a keytab in KRB5_CLIENT_KTNAME"
_MEANINGS = {
    6: "the KDC does not know the account of the ticket or keytab. Check its principal, name@REALM",
    7: "the KDC knows no service {service}. Name it by its FQDN, since Kerberos takes no alias and no address, and see "
    "that its account has this name or the HOST one (setspn -L)",
    14: "the KDC and this machine have no encryption type in common. Allow AES for the account",
    18: "the account is locked, disabled or expired. See it in the directory",
    23: "the password of the account has expired. Set a new one, and export its keytab anew",
    24: "the password is wrong, or the keytab does not fit the account any more. A keytab is exported anew after each new "
    "password, which makes new keys",
    32: _EXPIRED,
    37: "the clocks differ by more than Kerberos allows, which is 5 minutes. Set this machine's clock by the domain's",
    141: _NO_TICKET,
    154: "no KDC is known for the realm. Name it in krb5.conf, or let DNS find it",
    156: "no KDC of the realm answers. Check krb5.conf, DNS and the firewall (port 88)",
    160: "the realm of this machine is not known. Set default_realm in krb5.conf",
    181: "the keytab has no key for this account. Check its principal, name@REALM",
    195: _NO_TICKET,
    224: "the realm of this machine is not known. Set default_realm in krb5.conf",
}
"""By minor status, as a distance from the base: KDC_ERR_… and KRB_AP_ERR_… below 128, the library's own above."""
_MAJOR_MEANINGS = {_NO_CREDENTIAL: _NO_TICKET, _CREDENTIALS_EXPIRED: _EXPIRED, _CONTEXT_EXPIRED: _EXPIRED}
"""By major status, for a minor one that says nothing."""
UNKNOWN_SERVICE = 7
REFUSED_ACCOUNT = frozenset({18, 23, 24})
"""The KDC has refused the account or its password; another way to sign in would be a second try of the same."""
NO_KDC = frozenset({6, 154, 156, 160, 224})
"""Kerberos is not to be had: no KDC of the realm is known or answers, or it does not know the name, which may be a UPN."""
_NOTHING_AT_HAND = frozenset({141, 181, 195})


def whose_ticket(account: Credentials, platform: str = sys.platform) -> str | None:
    """Return the principal to sign in as without a password; None stands for whoever the ticket is for.

    Raises MissingConfiguration for a name on Windows: SSPI takes the ticket of whoever runs this, whatever name it is given.
    """
    if platform == "win32" and account.username:
        raise MissingConfiguration(
            f"No password is configured for {account.username}; {account.how_to_set('password')}. On Windows, a sign-in without "
            "a password is one as the account that runs pulumi; leave the user name out for that."
        )
    return principal_of(account.username, account)


def principal_of(username: str | None, account: Credentials = NO_ACCOUNT) -> str | None:
    r"""Return the principal of a configured user name, for a sign-in without a password; None stands for the ticket's own.

    ``user@domain`` becomes ``user@DOMAIN``, since a realm of Active Directory is its domain in upper case.
    Raises MissingConfiguration for ``DOMAIN\user``, which says no realm; `account` tells where its password belongs.
    """
    if not username:
        return None
    if "\\" in username and account.password is not None:
        raise MissingConfiguration(
            "winrm.transport kerberos signs in with a ticket or keytab, and not with the password; write the user name "
            f"{username} as user@corp.example and get a ticket with kinit, or set winrm.transport to ntlm to use the password."
        )
    if "\\" in username:
        raise MissingConfiguration(
            f"No password is configured for {username}; {account.how_to_set('password')}. To sign in with a ticket, write the "
            "user name as user@corp.example, since Kerberos knows no DOMAIN\\user, or leave it out to sign in as whoever the "
            "ticket is for."
        )
    name, at, realm = username.rpartition("@")
    return f"{name}@{realm.upper()}" if at else username


def by_minor(minor: int) -> tuple[int, int]:
    """Return both numbers of a failure of which only the library's own is known."""
    return _FAILURE, minor


def code_of(minor: int) -> int:
    """Return a minor status as its distance from the base."""
    return (minor & _UNSIGNED) - _BASE


def kerberos_code(error: BaseException) -> int | None:
    """Return what the KDC or the Kerberos library said, as the distance from its base; None for any other failure."""
    status = sspi.security_status(error)
    if status is not None:
        return sspi.as_kerberos(status)
    numbers = _numbers_of(error)
    return None if numbers is None else code_of(numbers[1])


def refusal(error: BaseException, target: str, service: str) -> MigrationError | None:
    """Return our error for one of pyspnego's that carries numbers of GSSAPI or of SSPI; None for any other one."""
    status = sspi.security_status(error)
    if status is not None:
        return sspi.failure(target, service, status)
    numbers = _numbers_of(error)
    return None if numbers is None else failure(target, service, *numbers)


def _numbers_of(error: BaseException) -> tuple[int, int] | None:
    """Return major and minor status of GSSAPI, where an exception carries them, by itself or inside pyspnego's."""
    native = error
    while (inner := getattr(native, "base_error", None)) is not None:
        native = inner
    major, minor = getattr(native, "maj_code", None), getattr(native, "min_code", None)
    if isinstance(code := getattr(native, "err_code", None), int):
        major, minor = by_minor(code)  # the krb5 package raises the library's own number
    return (major, minor) if isinstance(major, int) and isinstance(minor, int) else None


def failure(target: str, service: str, major: int, minor: int) -> MigrationError:
    """Return our error for a sign-in that GSSAPI could not begin; nothing was sent to the target."""
    code = code_of(minor)
    meaning = _MEANINGS.get(code)
    # An answer that the library gives with both numbers says more by its minor one.
    if meaning is None:
        meaning = _MAJOR_MEANINGS.get(major & 0xFFFF0000)
    kind: type[MigrationError] = SignInRefused if code in REFUSED_ACCOUNT else AuthenticationFailed
    if code in _NOTHING_AT_HAND or meaning is _NO_TICKET:
        kind = MissingConfiguration
    if meaning is None:
        meaning = "see the numbers up (RFC 2744, RFC 4120), and check krb5.conf with kinit and kvno"
    shown = f"GSSAPI {major}, {_signed(minor)}"
    return kind(f"{target} cannot be signed in to with Kerberos ({shown}): {meaning.format(service=service)}.")


def _signed(minor: int) -> int:
    """Return a minor status as the libraries' documents print it."""
    number = minor & _UNSIGNED
    return number - (1 << 32) if number >> 31 else number
