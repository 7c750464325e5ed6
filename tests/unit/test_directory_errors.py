"""Every failure of ldap3, pyspnego, ssl and sockets, and every LDAP result, in our own words."""

from __future__ import annotations

import inspect
import ssl

import ldap3.core.exceptions
import pytest
import spnego.exceptions
from ldap3.core.exceptions import (
    LDAPException,
    LDAPExceptionError,
    LDAPOperationResult,
    communication_exception_factory,
)
from ldap3.core.results import DO_NOT_RAISE_EXCEPTIONS

from hyperv_migration.directory.errors import from_exception, from_modify, from_result, refused_ticket
from hyperv_migration.directory.sealed import SealBroken
from hyperv_migration.model import errors

SECRET = "Planted-Secret-9"


def classes_of(module: object, base: type[BaseException]) -> list[type[BaseException]]:
    """Return every exception class of a module."""
    found = [each for _, each in inspect.getmembers(module, inspect.isclass)]
    return [each for each in found if issubclass(each, base)]


LDAP3 = [each for each in classes_of(ldap3.core.exceptions, LDAPException) if not issubclass(each, LDAPOperationResult)]


@pytest.mark.parametrize("kind", LDAP3, ids=lambda kind: kind.__name__)
def test_every_exception_of_ldap3_is_mapped(kind: type[LDAPException]) -> None:
    """One of ours comes out, naming the domain controller and nothing that was in the exception."""
    ours = from_exception(kind(f"because {SECRET}"), "dc1.lab.test")
    assert isinstance(ours, errors.MigrationError)
    assert "dc1.lab.test" in str(ours)
    assert SECRET not in str(ours)


@pytest.mark.parametrize(
    "kind", classes_of(spnego.exceptions, spnego.exceptions.SpnegoError), ids=lambda kind: kind.__name__
)
def test_every_exception_of_pyspnego_is_mapped(kind: type[spnego.exceptions.SpnegoError]) -> None:
    """A failed sign-in is one, and missing credentials are missing."""
    raised = kind.__new__(kind)
    expected = (
        errors.MissingConfiguration if kind is spnego.exceptions.NoCredentialError else errors.AuthenticationFailed
    )
    assert type(from_exception(raised, "dc1.lab.test")) is expected


@pytest.mark.parametrize(
    ("raised", "ours"),
    [
        (ConnectionRefusedError(), errors.Unreachable),
        (ConnectionResetError(), errors.Unreachable),
        (BrokenPipeError(), errors.Unreachable),
        (TimeoutError(), errors.TimedOut),
        (OSError(), errors.Unreachable),
        (ssl.SSLCertVerificationError("x"), errors.AuthenticationFailed),
        (ssl.SSLError("x"), errors.ProtocolViolation),
        (ssl.SSLEOFError("x"), errors.Unreachable),
        (ssl.SSLZeroReturnError("x"), errors.Unreachable),
        (SealBroken("x"), errors.ProtocolViolation),
        (ValueError("x"), errors.ProtocolViolation),
        (errors.Conflict("mine"), errors.Conflict),
    ],
    ids=lambda value: getattr(value, "__name__", type(value).__name__),
)
def test_sockets_and_tls_are_mapped(raised: Exception, ours: type[errors.MigrationError]) -> None:
    """The standard library's failures have their own meanings."""
    assert type(from_exception(raised, "dc1.lab.test")) is ours


@pytest.mark.parametrize(
    ("name", "cause", "ours"),
    [
        ("LDAPSocketReceiveError", TimeoutError(), errors.TimedOut),
        ("LDAPSocketReceiveError", ConnectionResetError(), errors.Unreachable),
        ("LDAPSocketReceiveError", SealBroken(), errors.ProtocolViolation),
        ("LDAPSocketSendError", BrokenPipeError(), errors.Unreachable),
        ("LDAPSocketOpenError", ConnectionRefusedError(), errors.Unreachable),
        ("LDAPSocketOpenError", TimeoutError(), errors.Unreachable),
    ],
)
def test_what_ldap3_wraps_keeps_its_meaning(name: str, cause: OSError, ours: type[errors.MigrationError]) -> None:
    """Ldap3 makes classes on the fly that carry both; a connection that never opened is unreachable, not slow."""
    wrapped = communication_exception_factory(getattr(ldap3.core.exceptions, name), cause)("wrapped")
    assert type(from_exception(wrapped, "dc1.lab.test")) is ours


CODES = sorted(set(ldap3.core.exceptions.exception_table) | set(DO_NOT_RAISE_EXCEPTIONS) | {4096})


@pytest.mark.parametrize("code", [code for code in CODES if code])
def test_every_result_code_is_mapped(code: int) -> None:
    """The number stands in the sentence, the server's text does not."""
    ours = from_result({"result": code, "message": f"00002098: SecErr: {SECRET}"}, "dc1.lab.test")
    assert f"LDAP result {code}, 00002098" in str(ours)
    assert SECRET not in str(ours)


@pytest.mark.parametrize(
    ("code", "ours"),
    [
        (49, errors.SignInRefused),
        (8, errors.AuthenticationFailed),
        (13, errors.AuthenticationFailed),
        (50, errors.AccessDenied),
        (32, errors.NotFound),
        (3, errors.TimedOut),
        (10, errors.RemoteFault),
        (51, errors.RemoteFault),
        (53, errors.RemoteFault),
    ],
)
def test_results_are_told_apart_by_number(code: int, ours: type[errors.MigrationError]) -> None:
    """Denied, absent and not signed in are never confused."""
    assert type(from_result({"result": code}, "dc1.lab.test")) is ours


def test_an_operation_result_that_is_raised_is_read_by_its_code() -> None:
    """Should ldap3 ever raise instead of return."""
    raised = LDAPOperationResult(result=50, description="", dn="", message="", response_type="")
    assert type(from_exception(raised, "dc1.lab.test")) is errors.AccessDenied


@pytest.mark.parametrize(
    ("writable", "says"),
    [
        (None, "needs write access to it and the user right SeEnableDelegationPrivilege"),
        ((), "has no write access to userAccountControl and msDS-AllowedToDelegateTo there"),
        (("location", "MSDS-allowedToDelegateTo"), "has no write access to userAccountControl there"),
        (
            ("msDS-AllowedToDelegateTo", "userAccountControl"),
            "has write access there and lacks the user right SeEnable",
        ),
    ],
)
def test_a_refused_write_names_what_is_missing(writable: tuple[str, ...] | None, says: str) -> None:
    """The number is the same for either right, and the access list tells one of them."""
    attributes = ("userAccountControl", "msDS-AllowedToDelegateTo")
    ours = from_modify({"result": 50}, "dc1.lab.test", "CN=HV01", attributes, writable)
    assert type(ours) is errors.AccessDenied
    assert "userAccountControl and msDS-AllowedToDelegateTo of CN=HV01" in str(ours)
    assert "SeEnableDelegationPrivilege" in str(ours)
    assert says in str(ours)


@pytest.mark.parametrize("code", [11, 19])
def test_a_full_list_is_a_conflict(code: int) -> None:
    """The directory has a limit for values that are not linked."""
    assert type(from_modify({"result": code}, "dc1.lab.test", "CN=HV01", ("x",))) is errors.Conflict


def test_the_base_of_ldap3_is_itself_no_surprise() -> None:
    """What fits no row is an answer that LDAP does not allow."""
    assert type(from_exception(LDAPExceptionError(), "dc1.lab.test")) is errors.ProtocolViolation


@pytest.mark.parametrize("prefix", ["80090308", "8009030C"], ids=["simple", "sasl"])
@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("52e", "user name or password is wrong"),
        ("525", "knows no such user"),
        ("52f", "Protected Users may not use NTLM"),
        ("791", "blocks NTLM"),
        ("530", "at this time of day"),
        ("531", "from this machine"),
        ("532", "it has expired"),
        ("533", "the account is disabled"),
        ("701", "the account has expired"),
        ("773", "must be changed"),
        ("775", "the account is locked"),
        ("57", "the password is not the reason"),
        ("80090346", "channel binding"),
    ],
)
def test_a_refused_sign_in_says_which_of_its_reasons_it_was(data: str, prefix: str, says: str) -> None:
    """By number, whatever the words are; only 52e speaks of a wrong password."""
    words = "АсceptSecurityContext-Fehler"
    text = f"{prefix}: LdapErr: DSID-0C090447, comment: {words}, data {data}, v4563"
    ours = from_result({"result": 49, "message": text}, "dc1.lab.test")
    assert type(ours) is errors.SignInRefused
    assert f"LDAP result 49, {prefix}, data {data}" in str(ours)
    assert says in str(ours)
    assert words not in str(ours)
    assert ("password is wrong" in str(ours)) == (data == "52e")


@pytest.mark.parametrize("text", ["", "data", "data zz", "nodata 533", "data 0, v4563", "data 123456789abc"])
def test_a_reason_that_is_none_is_not_made_up(text: str) -> None:
    """The general sentence, as for servers that say nothing more."""
    said = str(from_result({"result": 49, "message": text}, "dc1.lab.test"))
    assert "check user name and password" in said
    assert "Protected Users" in said
    assert "blocks NTLM" in said


@pytest.mark.parametrize(
    ("code", "says", "authority"),
    [
        (
            62,
            "it is not for the name dc1.lab.test. Give directory.domainControllers the name in the certificate",
            False,
        ),
        (
            64,
            "it is not for the name dc1.lab.test. Give directory.domainControllers the name in the certificate",
            False,
        ),
        (10, "it has expired. Renew it there.", False),
        (9, "it is not valid yet. See the clocks", False),
        (26, "it is not for servers", False),
        (18, "no authority that is trusted here has issued it. Set directory.caCertFile to the one that did.", True),
        (19, "no authority that is trusted here has issued it", True),
        (20, "no authority that is trusted here has issued it", True),
        (21, "no authority that is trusted here has issued it", True),
        (79, "see it with `openssl verify`", True),
    ],
)
def test_a_certificate_is_refused_for_what_is_wrong_with_it(code: int, says: str, *, authority: bool) -> None:
    """By number; only where the authority may be the reason is another one to be set."""
    raised = ssl.SSLCertVerificationError("text of OpenSSL")
    raised.verify_code, raised.verify_message = code, "text of OpenSSL."
    said = str(from_exception(raised, "dc1.lab.test"))
    assert f"(OpenSSL {code}): " in said
    assert says in said
    assert ("caCertFile" in said) is authority
    assert ("text of OpenSSL" in said, ".)" in said, ".." in said) == (False, False, False)


@pytest.mark.parametrize(("data", "ours"), [("52e", True), ("", True), ("80090346", False), ("533", False)])
def test_a_refused_ticket_is_no_refused_password(data: str, *, ours: bool) -> None:
    """Whoever cannot open a ticket says 52e; what can be told of an account, or of the channel, stays what it is."""
    text = f"80090308: LdapErr: DSID-0C090447, comment: said, data {data}, v4563" if data else ""
    error = refused_ticket({"result": 49, "message": text}, "dc1.lab.test")
    assert (error is not None) is ours
    if error is not None:
        assert type(error) is errors.AuthenticationFailed
        assert "with a Kerberos ticket for ldap/dc1.lab.test; the password is not the reason" in str(error)
    assert refused_ticket({"result": 8}, "dc1.lab.test") is None
