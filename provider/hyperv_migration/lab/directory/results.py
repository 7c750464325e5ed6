"""LDAP results, and the diagnostic texts a domain controller puts beside them.

The texts imitate the look of Windows', hexadecimal number first, so that messages shown to people can be judged; no
program may depend on them (active-directory.md, 19).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Code(IntEnum):
    """The result codes of RFC 4511 that this directory answers."""

    SUCCESS = 0
    OPERATIONS_ERROR = 1
    PROTOCOL_ERROR = 2
    SIZE_LIMIT_EXCEEDED = 4
    COMPARE_FALSE = 5
    COMPARE_TRUE = 6
    AUTH_METHOD_NOT_SUPPORTED = 7
    STRONGER_AUTH_REQUIRED = 8
    REFERRAL = 10
    ADMIN_LIMIT_EXCEEDED = 11
    UNAVAILABLE_CRITICAL_EXTENSION = 12
    SASL_BIND_IN_PROGRESS = 14
    NO_SUCH_ATTRIBUTE = 16
    CONSTRAINT_VIOLATION = 19
    ATTRIBUTE_OR_VALUE_EXISTS = 20
    INVALID_ATTRIBUTE_SYNTAX = 21
    NO_SUCH_OBJECT = 32
    INVALID_DN_SYNTAX = 34
    INVALID_CREDENTIALS = 49
    INSUFFICIENT_ACCESS_RIGHTS = 50
    BUSY = 51
    UNAVAILABLE = 52
    UNWILLING_TO_PERFORM = 53
    NAMING_VIOLATION = 64
    OBJECT_CLASS_VIOLATION = 65
    NOT_ALLOWED_ON_NON_LEAF = 66
    NOT_ALLOWED_ON_RDN = 67
    ENTRY_ALREADY_EXISTS = 68
    OTHER = 80


@dataclass(frozen=True)
class Result:
    """How an operation ended."""

    code: int = Code.SUCCESS
    message: str = ""
    matched: str = ""
    referral: tuple[str, ...] = ()


class Refused(Exception):
    """An operation is refused; `result` is what the client hears."""

    def __init__(self, code: int, message: str = "", *, matched: str = "", referral: tuple[str, ...] = ()) -> None:
        super().__init__(f"{code}: {message}")
        self.result = Result(code, message, matched, referral)


def bind_first() -> Refused:
    """Refuse whatever an unauthenticated client asks beside the rootDSE."""
    return Refused(
        Code.OPERATIONS_ERROR,
        "000004DC: LdapErr: DSID-0C090A5C, comment: In order to perform this operation a successful bind must be "
        "completed on the connection., data 0, v4563",
    )


def no_such_object(matched: str) -> Refused:
    """Say that there is no such object, and how much of its name there is."""
    return Refused(
        Code.NO_SUCH_OBJECT,
        f"0000208D: NameErr: DSID-03100241, problem 2001 (NO_OBJECT), data 0, best match of:\n\t'{matched}'\n",
        matched=matched,
    )


def bad_name(text: str) -> Refused:
    """Refuse a name that is none."""
    return Refused(
        Code.INVALID_DN_SYNTAX,
        f"0000208F: NameErr: DSID-031001F7, problem 2006 (BAD_NAME), data 8350, best match of:\n\t'{text}'\n",
    )


def bad_credentials() -> Refused:
    """Refuse a name or a password, without saying which."""
    return Refused(
        Code.INVALID_CREDENTIALS,
        "80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data 52e, v4563",
    )


def unknown_attribute(name: str) -> Refused:
    """Refuse an attribute that the schema does not have (active-directory.md, 87)."""
    return Refused(
        Code.NO_SUCH_ATTRIBUTE,
        f"00000057: LdapErr: DSID-0C090EAE, comment: Error in attribute conversion operation ({name}), data 0, v4563",
    )


def attribute_problem(code: int, number: str, name: str, problem: str) -> Refused:
    """Refuse a change of one attribute."""
    return Refused(
        code,
        f"{number}: AtrErr: DSID-03190F80, #1:\n\t0: {number}: DSID-03190F80, problem {problem}, data 0, Att ({name})\n",
    )


def value_exists(name: str) -> Refused:
    """Refuse to add a value that is there already, or a second one to a single-valued attribute."""
    return attribute_problem(Code.ATTRIBUTE_OR_VALUE_EXISTS, "00002083", name, "1006 (ATT_OR_VALUE_EXISTS)")


def value_absent(name: str) -> Refused:
    """Refuse to delete a value, or an attribute, that is not there."""
    return attribute_problem(Code.NO_SUCH_ATTRIBUTE, "00002085", name, "1001 (NO_ATTRIBUTE_OR_VAL)")


def bad_syntax(name: str) -> Refused:
    """Refuse a value that the attribute's syntax does not allow."""
    return attribute_problem(Code.INVALID_ATTRIBUTE_SYNTAX, "00000057", name, "1000 (INVALID_ATT_SYNTAX)")


def constraint(name: str, number: str = "0000209A") -> Refused:
    """Refuse a value that breaks a rule of the directory."""
    return attribute_problem(Code.CONSTRAINT_VIOLATION, number, name, "1005 (CONSTRAINT_ATT_TYPE)")


def no_rights(number: str = "00002098") -> Refused:
    """Refuse a write for want of a right; the number is not the same in every case on Windows (19, 155)."""
    return Refused(
        Code.INSUFFICIENT_ACCESS_RIGHTS,
        f"{number}: SecErr: DSID-03150F94, problem 4003 (INSUFF_ACCESS_RIGHTS), data 0\n",
    )


def unwilling(number: str = "00000057") -> Refused:
    """Refuse something this server never does."""
    return Refused(
        Code.UNWILLING_TO_PERFORM, f"{number}: SvcErr: DSID-031A1254, problem 5003 (WILL_NOT_PERFORM), data 0\n"
    )


def class_violation(number: str = "0000207D") -> Refused:
    """Refuse an attribute that the object's classes do not have, or the loss of one they need."""
    return Refused(
        Code.OBJECT_CLASS_VIOLATION, f"{number}: UpdErr: DSID-0315166D, problem 6002 (OBJ_CLASS_VIOLATION), data 0\n"
    )


def already_exists() -> Refused:
    """Refuse a name that is taken."""
    return Refused(Code.ENTRY_ALREADY_EXISTS, "00002071: UpdErr: DSID-0305038D, problem 6005 (ENTRY_EXISTS), data 0\n")


def critical_extension(oid: str) -> Refused:
    """Refuse a critical control that this server does not know."""
    return Refused(
        Code.UNAVAILABLE_CRITICAL_EXTENSION,
        f"00000057: LdapErr: DSID-0C090BF5, comment: Error processing control {oid}, data 0, v4563",
    )
