"""Kerberos at a host: tickets are taken with the keys of its computer account, from a keytab of a real domain.

The machine's own GSSAPI does it, through the package extra [kerberos]; it is imported only where a host has a keytab.
Like Windows, the host takes a ticket for any name of its account, since the name is not looked at, only the key: so
HTTP/host by the HOST mapping too (hyperv-wsman.md §3.7).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

_KERBEROS = bytes.fromhex("06092a864886f712010202")
_MICROSOFT_KERBEROS = bytes.fromhex("06092a864882f712010202")
"""How Windows has always misspelt it, and offers it first (MS-SPNG 3.1.5.1)."""
_NTLM = bytes.fromhex("060a2b06010401823702020a")


def prefers_kerberos(token: bytes) -> bool:
    """Say whether the first token of a sign-in carries a Kerberos ticket, bare or as the first mechanism of SPNEGO."""
    places = {oid: token.find(oid) for oid in (_KERBEROS, _MICROSOFT_KERBEROS, _NTLM)}
    found = {oid: place for oid, place in places.items() if place >= 0}
    return bool(found) and min(found, key=lambda oid: found[oid]) != _NTLM


class Acceptor:
    """The keys of one host."""

    def __init__(self, keytab: str) -> None:
        """Read the keys.

        Raises:
            ValueError: The extra is not installed, or the file holds no keys.
        """
        if not Path(keytab).is_file():
            raise ValueError(f"the keytab {keytab} is not there")
        try:
            import gssapi  # noqa: PLC0415 - a host without a keytab needs no GSSAPI
            from gssapi.raw.misc import GSSError  # noqa: PLC0415
        except ImportError:
            raise ValueError(
                "a host with a keytab needs the package extra [kerberos], which is not installed"
            ) from None
        try:
            self._credentials = gssapi.Credentials(usage="accept", store={"keytab": keytab})
        except GSSError as error:
            raise ValueError(f"the keytab {keytab} cannot be used ({error.min_code})") from None

    def begin(self) -> AcceptedContext:
        """Begin a sign-in."""
        import gssapi  # noqa: PLC0415 - likewise

        return AcceptedContext(gssapi.SecurityContext(creds=self._credentials, usage="accept"))


class AcceptedContext:
    """One sign-in, and the seal of the messages that follow it."""

    def __init__(self, context: Any) -> None:
        self._context = context

    @property
    def complete(self) -> bool:
        """Whether the caller is known."""
        return bool(self._context.complete)

    @property
    def client_principal(self) -> str:
        """Who it is, as ``name@REALM``."""
        return str(self._context.initiator_name)

    def step(self, token: bytes) -> bytes | None:
        """Take a token and give the one to answer with; raises where the keys do not open it."""
        answer: bytes | None = self._context.step(token)
        # With a token for the client that says why, the library keeps a refusal back until it is asked something.
        self.complete  # noqa: B018
        return answer

    def wrap_winrm(self, data: bytes) -> tuple[bytes, bytes, int]:
        """Seal; gives header, sealed data and the length of the padding."""
        from gssapi.raw import IOV, IOVBufferType, wrap_iov  # noqa: PLC0415 - likewise

        buffers = IOV(IOVBufferType.header, data, IOVBufferType.padding, std_layout=False)
        wrap_iov(self._context, buffers, confidential=True)
        header, sealed, padding = (buffer.value or b"" for buffer in buffers)
        return header, sealed + padding, len(padding)

    def unwrap_winrm(self, header: bytes, data: bytes) -> bytes:
        """Unseal; header and data together are an ordinary token (RFC 4121 §4.2.4)."""
        opened = self._context.unwrap(header + data)
        if not opened.encrypted:
            raise ValueError("the message is signed only")
        message: bytes = opened.message
        return message
