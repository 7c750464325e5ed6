"""Signing in on Windows: who signs in, and what SSPI's numbers mean. Nothing here runs SSPI; its errors are made by hand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from spnego.exceptions import NativeError, SpnegoError

from hyperv_migration.directory.errors import from_exception
from hyperv_migration.model.errors import AuthenticationFailed, MigrationError, MissingConfiguration, SignInRefused
from hyperv_migration.model.kerberos import (
    NO_KDC,
    REFUSED_ACCOUNT,
    UNKNOWN_SERVICE,
    kerberos_code,
    refusal,
    whose_ticket,
)
from hyperv_migration.model.settings import Credentials
from hyperv_migration.model.sspi import failure
from hyperv_migration.wsman.kerberos import identity

HOST, SERVICE = "hv01.corp.example", "HTTP/hv01.corp.example"
NAMED = Credentials(username="svc@corp.example")
COMPLETE = Credentials(username="CORP\\svc", password="Planted-Operator-1")


def raised(status: int) -> SpnegoError:
    """As pyspnego raises it: a WindowsError within, whose number is signed (OSError.winerror)."""
    return SpnegoError(base_error=NativeError("said in German", winerror=status - (1 << 32)))


@pytest.mark.parametrize(
    ("status", "kind", "said"),
    [
        (0x8009030E, MissingConfiguration, "Run pulumi as an account of the domain"),
        (0x8009030C, SignInRefused, "the domain has refused this user name and password"),
        (0x80090303, AuthenticationFailed, f"the domain knows no service {SERVICE}. Name it by its FQDN"),
        (0x80090311, AuthenticationFailed, "no domain controller answers"),
        (0x80090322, AuthenticationFailed, f"The name {SERVICE} is registered for several (setspn -X)"),
        (0x80090324, AuthenticationFailed, "the clocks differ"),
        (0x80090342, AuthenticationFailed, "no encryption type in common"),
        (0x80090304, AuthenticationFailed, f"see what `klist get {SERVICE}` says"),
    ],
)
def test_number_decides(status: int, kind: type[MigrationError], said: str) -> None:
    """By number and never by text, which Windows translates; the same for a host and for a domain controller."""
    error = refusal(raised(status), HOST, SERVICE)
    assert type(error) is kind
    assert str(error).startswith(f"{HOST} cannot be signed in to (SSPI 0x{status:08X}): ")
    assert said in str(error)
    assert "German" not in str(error)
    assert type(from_exception(raised(status), "dc1.corp.example")) is kind


def test_a_number_of_a_socket_is_none_of_sspi() -> None:
    """On Windows each OSError has a number; WSAECONNREFUSED says nothing about a sign-in."""
    assert refusal(SpnegoError(base_error=NativeError("said", winerror=10061)), HOST, SERVICE) is None
    assert refusal(ConnectionRefusedError(10061, "said"), HOST, SERVICE) is None


@pytest.mark.parametrize(
    ("status", "decisions"),
    [(0x80090303, {UNKNOWN_SERVICE}), (0x80090311, NO_KDC), (0x8009030C, REFUSED_ACCOUNT)],
)
def test_decisions_are_those_of_a_kdc(status: int, decisions: frozenset[int]) -> None:
    """An unknown service is no proof, a missing KDC leaves NTLM, and a refused password is not tried another way."""
    assert kerberos_code(raised(status)) in decisions


def test_a_name_without_a_password_is_refused_on_windows() -> None:
    """SSPI would sign in as whoever runs this, whatever name it is given."""
    with pytest.raises(MissingConfiguration, match="as the account that runs pulumi; leave the user name out for that"):
        whose_ticket(NAMED, "win32")
    assert whose_ticket(NAMED, "linux") == "svc@CORP.EXAMPLE"


@pytest.mark.parametrize(
    ("credentials", "platform", "signs_in"),
    [
        (Credentials(), "win32", (None, None)),
        (COMPLETE, "win32", ("CORP\\svc", "Planted-Operator-1")),
        (Credentials(username="svc@corp.example", password="Planted-1"), "linux", ("svc@CORP.EXAMPLE", None)),
        (Credentials(), "linux", (None, None)),
    ],
)
def test_who_signs_in_at_a_host(
    credentials: Credentials, platform: str, signs_in: tuple[str | None, str | None]
) -> None:
    """Windows gets a ticket for a password by itself; elsewhere the ticket is there before."""
    assert identity(credentials, platform) == signs_in


def test_the_page_explains_every_number() -> None:
    """And none that no message shows."""
    page = (Path(__file__).parents[2] / "docs" / "windows.md").read_text(encoding="utf-8")
    numbers = {int(each, 16) for each in re.findall(r"^\| (0x8009\w{4}) \|", page, re.MULTILINE)}
    told = {
        status for status in range(0x80090300, 0x80090400) if "winerror.h" not in str(failure(HOST, SERVICE, status))
    }
    assert numbers == told
