"""Why Windows itself could not begin a sign-in: the numbers of SSPI (winerror.h, SEC_E_…), as pyspnego hands them on."""

from __future__ import annotations

from hyperv_migration.model.errors import AuthenticationFailed, MigrationError, MissingConfiguration, SignInRefused

_UNSIGNED = 0xFFFFFFFF
_FIRST, _LAST = 0x80090300, 0x800903FF
"""Where SSPI's numbers lie; a socket's or a file's are far from it."""

_NO_CREDENTIALS = 0x8009030E
_LOGON_DENIED = 0x8009030C
_MEANINGS = {
    _NO_CREDENTIALS: (
        "Windows has no ticket here. Run pulumi as an account of the domain, which `whoami` and `klist` show, or configure a "
        "user name and a password"
    ),
    _LOGON_DENIED: "the domain has refused this user name and password, or the account is locked, disabled or expired",
    0x80090303: (
        "the domain knows no service {service}. Name it by its FQDN, since Kerberos takes no alias and no address, and see that "
        "its account has this name or the HOST one (setspn -L)"
    ),
    0x80090311: "no domain controller answers. Check DNS and the firewall (port 88) with `nltest /dsgetdc:DOMAIN`",
    0x80090322: "its ticket was made for another account. The name {service} is registered for several (setspn -X)",
    0x80090324: (
        "the clocks differ by more than Kerberos allows, which is 5 minutes. Set this machine's clock by the domain's "
        "(w32tm /resync)"
    ),
    0x80090342: "the domain and this machine have no encryption type in common. Allow AES for the account",
}
_AS_KERBEROS = {_LOGON_DENIED: 24, 0x80090303: 7, 0x80090311: 156, 0x80090324: 37, 0x80090342: 14, _NO_CREDENTIALS: 195}
"""What the KDC or MIT's library would have said, for decisions that rest on it."""


def security_status(error: BaseException) -> int | None:
    """Return SSPI's number, where pyspnego's exception carries one; None for any other failure."""
    code = getattr(getattr(error, "base_error", None), "winerror", None)
    if not isinstance(code, int):
        return None
    number = code & _UNSIGNED
    return number if _FIRST <= number <= _LAST else None


def as_kerberos(status: int) -> int | None:
    """Return the number of Kerberos that means the same, as a distance from its base; None if there is none."""
    return _AS_KERBEROS.get(status)


def failure(target: str, service: str, status: int) -> MigrationError:
    """Return our error for a sign-in that SSPI could not begin; nothing was sent to the target."""
    kinds = {_NO_CREDENTIALS: MissingConfiguration, _LOGON_DENIED: SignInRefused}
    meaning = _MEANINGS.get(status, "look the number up (winerror.h), and see what `klist get {service}` says")
    return kinds.get(status, AuthenticationFailed)(
        f"{target} cannot be signed in to (SSPI 0x{status:08X}): {meaning.format(service=service)}."
    )
