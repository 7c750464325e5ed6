"""Foreign failures in our own words: each exception of ldap3, pyspnego, ssl and sockets, and each LDAP result code.

Told apart by class and number; of a server's diagnostic text only its leading number is shown, because the text differs
between servers and versions (active-directory.md, 19).
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Collection, Mapping
from typing import Any

from ldap3.core import exceptions as ldap
from spnego.exceptions import FeatureMissingError, NativeError, NoCredentialError, SpnegoError

from hyperv_migration.directory.ber import NotLdap
from hyperv_migration.directory.sealed import SealBroken
from hyperv_migration.model.certificate import why_refused
from hyperv_migration.model.errors import (
    AccessDenied,
    AuthenticationFailed,
    Conflict,
    MigrationError,
    MissingConfiguration,
    NotFound,
    ProtocolViolation,
    RemoteFault,
    SignInRefused,
    TimedOut,
    Unreachable,
)
from hyperv_migration.model.kerberos import refusal
from hyperv_migration.model.logon import MEANINGS, OF_A_PASSWORD, logon_code

_NAMING = "Give directory.domainControllers the name in the certificate, and see where that name leads: addresses, DNS"

SUCCESS = 0
OPERATIONS_ERROR = 1
TIME_LIMIT_EXCEEDED = 3
SIZE_LIMIT_EXCEEDED = 4
REFERRAL = 10
ADMIN_LIMIT_EXCEEDED = 11
SASL_BIND_IN_PROGRESS = 14
NO_SUCH_ATTRIBUTE = 16
CONSTRAINT_VIOLATION = 19
ATTRIBUTE_OR_VALUE_EXISTS = 20
NO_SUCH_OBJECT = 32
INSUFFICIENT_ACCESS_RIGHTS = 50
UNWILLING_TO_PERFORM = 53
OBJECT_CLASS_VIOLATION = 65

_STRONGER_AUTH = frozenset({8, 13})
_NO_SASL_INSIDE_TLS = frozenset({8, 13, 53})
_BAD_CREDENTIALS = frozenset({7, 48, 49})
BUSY = frozenset({51, 52})

_CLOSED = (
    BrokenPipeError,
    ldap.LDAPSessionTerminatedByServerError,
    ssl.SSLEOFError,
    ssl.SSLZeroReturnError,
)
_NOT_OPENED = (
    ldap.LDAPSocketOpenError,
    ldap.LDAPInvalidServerError,
    ldap.LDAPServerPoolError,
    ldap.LDAPServerPoolExhaustedError,
)

_SENTENCES: tuple[tuple[tuple[type[BaseException], ...], type[MigrationError], str], ...] = (
    (
        (NotLdap,),
        ProtocolViolation,
        (
            "The domain controller {controller} sent {reason}, which no answer to this provider needs; nothing in it was "
            "believed. Check what answers there."
        ),
    ),
    (
        (ssl.SSLEOFError, ssl.SSLZeroReturnError),
        Unreachable,
        "The connection to the domain controller {controller} was lost ({reason}); run again.",
    ),
    (
        (SealBroken, ssl.SSLError, ldap.LDAPSignatureVerificationFailedError),
        ProtocolViolation,
        (
            "The encryption of the connection to the domain controller {controller} broke; nothing in the answer was believed. "
            "If it happens again, something between here and there alters the traffic."
        ),
    ),
    (
        (
            ldap.LDAPPasswordIsMandatoryError,
            ldap.LDAPUserNameIsMandatoryError,
            ldap.LDAPConfigurationError,
            ldap.LDAPSSLNotSupportedError,
            ldap.LDAPInvalidTlsSpecificationError,
            ldap.LDAPInvalidPortError,
            NoCredentialError,
            FeatureMissingError,
        ),
        MissingConfiguration,
        (
            "The connection to the domain controller {controller} is not set up ({reason}); set username and password, or have "
            "a Kerberos ticket and the package extra [kerberos], and check directory.caCertFile."
        ),
    ),
    (
        (
            ldap.LDAPBindError,
            ldap.LDAPSASLMechanismNotSupportedError,
            ldap.LDAPSASLPrepError,
            ldap.LDAPSASLBindInProgressError,
            ldap.LDAPUserNameNotAllowedError,
            SpnegoError,
            NativeError,
        ),
        AuthenticationFailed,
        (
            "Signing in to the domain controller {controller} failed ({reason}); check user name and password, or the Kerberos "
            "ticket."
        ),
    ),
    (
        (ldap.LDAPStartTLSError,),
        RemoteFault,
        (
            "The domain controller {controller} did not start TLS; it may have no certificate. Install one, or set "
            "directory.transport to sealed."
        ),
    ),
    (
        _NOT_OPENED,
        Unreachable,
        (
            "The domain controller {controller} does not answer ({reason}); check DNS, the firewall and that it runs, or name "
            "another one in directory.domainControllers."
        ),
    ),
    (
        (TimeoutError, ldap.LDAPResponseTimeoutError, ldap.LDAPMaximumRetriesError),
        TimedOut,
        (
            "The domain controller {controller} did not answer in time; what it did meanwhile is not known. Check its load, or "
            "raise directory.operationTimeout."
        ),
    ),
    (
        (
            ldap.LDAPSessionTerminatedByServerError,
            ldap.LDAPSocketSendError,
            ldap.LDAPSocketReceiveError,
            ldap.LDAPSocketCloseError,
            OSError,
        ),
        Unreachable,
        "The connection to the domain controller {controller} was lost ({reason}); run again.",
    ),
)
"""The first row that fits decides; what fits none is an answer that LDAP does not allow."""


def from_exception(error: BaseException, controller: str) -> MigrationError:
    """Return our error for an exception that came up while talking to a domain controller."""
    if isinstance(error, MigrationError):
        return error
    refused = refusal(error, f"The domain controller {controller}", f"ldap/{controller}")
    if refused is not None:
        return refused
    if isinstance(error, ldap.LDAPOperationResult):
        return from_result({"result": error.result, "message": error.message}, controller)
    if isinstance(error, ssl.SSLCertVerificationError | ldap.LDAPCertificateError):
        code = getattr(error, "verify_code", None)
        shown = type(error).__name__ if code is None else f"OpenSSL {code}"
        why = why_refused(code, controller, "directory.caCertFile", _NAMING)
        return AuthenticationFailed(
            f"The certificate of the domain controller {controller} is not accepted ({shown}): {why}."
        )
    for kinds, ours, sentence in _SENTENCES:
        if isinstance(error, kinds):
            return ours(sentence.format(controller=controller, reason=_reason(error)))
    return ProtocolViolation(
        f"The answer of the domain controller {controller} is not what LDAP allows ({_reason(error)}); check that it is "
        "one."
    )


def from_result(result: Mapping[str, Any], controller: str) -> MigrationError:  # noqa: PLR0911 - one line a case
    """Return our error for an LDAP result that is no success."""
    code = int(result["result"])
    shown = f"LDAP result {code}{_number(result)}"
    if code in _BAD_CREDENTIALS:
        return _refused_sign_in(result, controller, shown)
    if code in _STRONGER_AUTH:
        return AuthenticationFailed(
            f"The domain controller {controller} demands a protected connection ({shown}); set directory.transport to "
            "sealed or ldaps, and with ldaps a bind that its policy allows."
        )
    if code == INSUFFICIENT_ACCESS_RIGHTS:
        return AccessDenied(
            f"The domain controller {controller} refused the request for lack of rights ({shown}); use an account that has "
            "them."
        )
    if code == REFERRAL:
        return RemoteFault(
            f"{controller} is the wrong domain controller for this and refers elsewhere ({shown}): it is read-only, or "
            "serves another domain. Name a writable one of the right domain in directory.domainControllers.",
            code=code,
        )
    if code == NO_SUCH_OBJECT:
        return NotFound(f"{controller} has no such object ({shown}); check directory.baseDn and directory.domain.")
    if code == TIME_LIMIT_EXCEEDED:
        return TimedOut(f"The domain controller {controller} gave up for lack of time ({shown}); run again.")
    if code in BUSY:
        return RemoteFault(f"The domain controller {controller} is busy ({shown}); run again later.", code=code)
    return RemoteFault(
        f"The domain controller {controller} could not do it ({shown}); look the number up in its Directory Service log.",
        code=code,
    )


def refused_inside_tls(result: Mapping[str, Any], controller: str) -> MigrationError:
    """Return our error for a GSS-SPNEGO bind inside TLS that was refused."""
    code = int(result["result"])
    if code not in _NO_SASL_INSIDE_TLS:
        return from_result(result, controller)
    return AuthenticationFailed(
        f"The domain controller {controller} takes no GSS-SPNEGO inside TLS (LDAP result {code}{_number(result)}), as Samba "
        "by default does not, and the password is not the reason; set directory.transport to sealed, or directory.bind to simple."
    )


def refused_ticket(result: Mapping[str, Any], controller: str) -> MigrationError | None:
    """Return our error for a bind with Kerberos that was refused with the numbers of a wrong password; None for any other.

    A ticket tells nothing of a password, which was not sent: whoever cannot open it says 52e all the same.
    """
    code = int(result["result"])
    number = logon_code(str(result.get("message") or ""))
    if code not in _BAD_CREDENTIALS or (number in MEANINGS and number not in OF_A_PASSWORD):
        return None
    shown = f"LDAP result {code}{_number(result)}" + ("" if number is None else f", data {number:x}")
    return AuthenticationFailed(
        f"The domain controller {controller} refused the sign-in ({shown}) with a Kerberos ticket for ldap/{controller}; the "
        "password is not the reason, and nothing counts towards a lockout. Either another machine answers there: check "
        "directory.domainControllers, addresses and DNS. Or the name is on another account (setspn -Q "
        f"ldap/{controller}), the clocks differ, or the machine takes no Kerberos."
    )


def _refused_sign_in(result: Mapping[str, Any], controller: str, shown: str) -> SignInRefused:
    number = logon_code(str(result.get("message") or ""))
    meaning = None if number is None else MEANINGS.get(number)
    if number is not None and meaning is not None:
        return SignInRefused(
            f"The domain controller {controller} refused the sign-in ({shown}, data {number:x}): {meaning}."
        )
    return SignInRefused(
        f"The domain controller {controller} refused the sign-in ({shown}); check user name and password, and whether "
        "the account is locked or expired; with NTLM, an account in Protected Users and a domain that blocks NTLM are refused, "
        "and Kerberos is the way in."
    )


def from_modify(
    result: Mapping[str, Any],
    controller: str,
    dn: str,
    changed: Collection[str],
    writable: Collection[str] | None = None,
) -> MigrationError:
    """Return our error for a refused change of a computer account's delegation.

    `writable` is what the account in use may write of the object by its access list (allowedAttributesEffective), which
    does not know of the privilege (active-directory.md, 20); None if that was not told.
    """
    code = int(result["result"])
    shown = f"LDAP result {code}{_number(result)}"
    attributes = " and ".join(changed)
    if code == INSUFFICIENT_ACCESS_RIGHTS:
        known = {name.casefold() for name in writable or ()}
        missing = [name for name in changed if name.casefold() not in known]
        return AccessDenied(
            f"{controller} refused to change {attributes} of {dn} ({shown}): {_missing_rights(missing, writable)}"
        )
    if code in {ADMIN_LIMIT_EXCEEDED, CONSTRAINT_VIOLATION}:
        return Conflict(
            f"{controller} refused to change {attributes} of {dn} because a limit or rule of the directory would be broken "
            f"({shown}); the list may be full. Remove entries nobody needs, or declare fewer."
        )
    return from_result(result, controller)


_PRIVILEGE = (
    "the user right SeEnableDelegationPrivilege (Enable computer and user accounts to be trusted for delegation) on the "
    "domain controllers, which only Domain Admins have by default"
)


def _missing_rights(missing: Collection[str], writable: Collection[str] | None) -> str:
    """Say what to grant; the directory gives the same number for either right."""
    if writable is None:
        return f"the account in use needs write access to it and {_PRIVILEGE}; rights on the OU are not enough."
    if missing:
        return (
            f"the account in use has no write access to {' and '.join(missing)} there; grant it, and see that it has "
            f"{_PRIVILEGE}."
        )
    return f"the account in use has write access there and lacks {_PRIVILEGE}; assign it in a policy for them."


def _number(result: Mapping[str, Any]) -> str:
    """Return the Windows error number at the head of the diagnostic text, if there is one."""
    found = re.match(r"[0-9A-Fa-f]{8}(?=:)", str(result.get("message") or ""))
    return f", {found.group()}" if found else ""


def _reason(error: BaseException) -> str:
    """Return why, in words that hold no value of anything that was sent."""
    if isinstance(error, NotLdap):
        return str(error)
    kinds = (
        (ConnectionRefusedError, "connection refused"),
        (TimeoutError, "no answer in time"),
        (ConnectionResetError, "connection reset"),
        (_CLOSED, "closed by the other side"),
    )
    named = next((text for kind, text in kinds if isinstance(error, kind)), None)
    return named or ("name not found or no route" if isinstance(error, _NOT_OPENED) else type(error).__name__)
