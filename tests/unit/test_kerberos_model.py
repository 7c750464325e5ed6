"""Names and numbers of Kerberos."""

from __future__ import annotations

import pytest

from hyperv_migration.model.errors import AuthenticationFailed, MigrationError, MissingConfiguration, SignInRefused
from hyperv_migration.model.kerberos import failure, principal_of

FAILURE = 13 << 16
NO_CRED = 7 << 16
CREDENTIALS_EXPIRED = 11 << 16
CONTEXT_EXPIRED = 12 << 16


@pytest.mark.parametrize(
    ("username", "principal"),
    [
        (None, None),
        ("", None),
        ("svc", "svc"),
        ("svc@corp.example", "svc@CORP.EXAMPLE"),
        ("svc@CORP.EXAMPLE", "svc@CORP.EXAMPLE"),
        ("svc/admin@corp.example", "svc/admin@CORP.EXAMPLE"),
    ],
)
def test_realm_is_the_domain_in_upper_case(username: str | None, principal: str | None) -> None:
    """As every realm of Active Directory; the name itself stays as it was written."""
    assert principal_of(username) == principal


def test_netbios_name_is_no_principal() -> None:
    r"""In a principal the backslash would be an escape, and CORP\svc would become somebody called CORPsvc."""
    with pytest.raises(
        MissingConfiguration, match=r"write the user name as user@corp.example, since Kerberos knows no DOMAIN\\user"
    ):
        principal_of("CORP\\svc")


@pytest.mark.parametrize(
    ("major", "minor", "kind", "said"),
    [
        (FAILURE, -1765328377, AuthenticationFailed, "the KDC knows no service HTTP/hv01.corp.example."),
        (FAILURE, 2529638919, AuthenticationFailed, "the KDC knows no service HTTP/hv01.corp.example."),
        (FAILURE, -1765328378, AuthenticationFailed, "the KDC does not know the account"),
        (FAILURE, -1765328366, SignInRefused, "locked, disabled or expired"),
        (FAILURE, -1765328361, SignInRefused, "the password of the account has expired"),
        (FAILURE, -1765328360, SignInRefused, "the keytab does not fit the account any more"),
        (FAILURE, -1765328352, AuthenticationFailed, "the ticket has expired"),
        (FAILURE, -1765328347, AuthenticationFailed, "the clocks differ"),
        (FAILURE, -1765328228, AuthenticationFailed, "no KDC of the realm answers"),
        (NO_CRED, -1765328243, MissingConfiguration, "there is no ticket"),
        (NO_CRED, -1765328189, MissingConfiguration, "there is no ticket"),
        (NO_CRED, -1765328203, MissingConfiguration, "the keytab has no key for this account"),
        (NO_CRED, 0, MissingConfiguration, "there is no ticket"),
        (CREDENTIALS_EXPIRED, 0, AuthenticationFailed, "the ticket has expired"),
        (CONTEXT_EXPIRED, 100001, AuthenticationFailed, "the ticket has expired"),
        (NO_CRED, -1765328360, SignInRefused, "the keytab does not fit the account any more"),
        (FAILURE, 100001, AuthenticationFailed, "see the numbers up"),
    ],
)
def test_number_decides(major: int, minor: int, kind: type[MigrationError], said: str) -> None:
    """Signed as pykerberos has it or unsigned as gssapi does; the minor status says more than the major one."""
    error = failure("hv01.corp.example", "HTTP/hv01.corp.example", major, minor)
    shown = minor - (1 << 32) if minor >> 31 == 1 else minor
    assert type(error) is kind
    assert f"(GSSAPI {major}, {shown}): " in str(error)
    assert said.rstrip(".") in str(error)
