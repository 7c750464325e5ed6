"""The first token of a sign-in, made by the installed pyspnego: private parts of it are used, so each minor is looked at."""

from __future__ import annotations

import struct

import pytest
from spnego.channel_bindings import GssChannelBindings

from hyperv_migration.directory.contexts import SignIn
from hyperv_migration.model.errors import MissingConfiguration
from hyperv_migration.model.settings import Credentials

KEY_EXCH, SEAL, SIGN = 0x40000000, 0x20, 0x10
BINDINGS = GssChannelBindings(application_data=b"tls-server-end-point:" + bytes(32))


def flags_of(token: bytes) -> int:
    """The flags of the NTLM message in a token of SPNEGO (MS-NLMP 2.2.1.1)."""
    at = token.index(b"NTLMSSP\0")
    kind, flags = struct.unpack_from("<II", token, at + 8)
    assert kind == 1
    return int(flags)


@pytest.mark.parametrize("tls", [False, True], ids=["sealed", "inside TLS"])
def test_a_key_is_exchanged_only_where_something_is_sealed(*, tls: bool) -> None:
    """Samba refuses the octet that pyspnego sends for a key otherwise, with data 57, after a right password."""
    credentials = Credentials(username="LAB\\operator", password="Planted-Operator-1")
    context, token = SignIn("dc1.lab.test", credentials, tls=tls, bindings=BINDINGS if tls else None).begin()
    assert token is not None
    assert not context.complete
    asked = {name for name, bit in (("key", KEY_EXCH), ("seal", SEAL), ("sign", SIGN)) if flags_of(token) & bit}
    assert asked == (set() if tls else {"key", "seal", "sign"})


def test_on_windows_a_name_alone_signs_nobody_in() -> None:
    """SSPI would take whoever runs this."""
    with pytest.raises(MissingConfiguration, match="as the account that runs pulumi"):
        SignIn("dc1.lab.test", Credentials(username="svc@lab.test"), tls=False, bindings=None, platform="win32")


def test_windows_chooses_by_itself() -> None:
    """A name and a password go to it as they are: no NTLM of our own is put before, which would ask for no key."""
    credentials = Credentials(username="LAB\\operator", password="Planted-Operator-1")
    _context, token = SignIn("dc1.lab.test", credentials, tls=True, bindings=BINDINGS, platform="win32").begin()
    assert token is not None
    assert flags_of(token) & KEY_EXCH
