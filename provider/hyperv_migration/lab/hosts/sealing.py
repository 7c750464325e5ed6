"""Message encryption as WinRM does it: one sealed part between two multipart borders (hyperv-wsman.md §4.3, §11)."""

from __future__ import annotations

import re
import struct
from typing import Protocol

SPNEGO = "application/HTTP-SPNEGO-session-encrypted"
KERBEROS = "application/HTTP-Kerberos-session-encrypted"
"""Where the Authorization header said Kerberos and not Negotiate (MS-WSMV 2.2.9.1)."""
BOUNDARY = "Encrypted Boundary"
_OCTETS = b"\tContent-Type: application/octet-stream\r\n"
_LENGTH = re.compile(rb"OriginalContent:\s*type=[^;]*;charset=([^;\s]+);Length=(\d+)", re.IGNORECASE)


class SealingContext(Protocol):
    """The part of a pyspnego context that is needed here."""

    def wrap_winrm(self, data: bytes) -> tuple[bytes, bytes, int]:
        """Seal; gives header, sealed data and the length of the padding."""

    def unwrap_winrm(self, header: bytes, data: bytes) -> bytes:
        """Unseal."""


class SealBroken(Exception):
    """The message is not sealed as it should be."""


def is_sealed(announced: str) -> bool:
    """Say whether a Content-Type announces a sealed message."""
    return announced.strip().lower().startswith("multipart/encrypted")


def content_type(protocol: str) -> str:
    """Give the Content-Type of a sealed message."""
    return f'multipart/encrypted;protocol="{protocol}";boundary="{BOUNDARY}"'


def seal(context: SealingContext, message: bytes, protocol: str = SPNEGO) -> bytes:
    """Make the body of a sealed answer.

    Each line of the parts' headers begins with a TAB; without it pywinrm takes the line for sealed data (§11).
    """
    header, data, padding = context.wrap_winrm(message)
    border = f"--{BOUNDARY}\r\n".encode()
    return b"".join(
        (
            border,
            f"\tContent-Type: {protocol}\r\n".encode(),
            f"\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length={len(message) + padding}\r\n".encode(),
            border,
            _OCTETS,
            struct.pack("<I", len(header)),
            header,
            data,
            f"--{BOUNDARY}--\r\n".encode(),
        )
    )


def unseal(context: SealingContext, announced: str, body: bytes, protocol: str = SPNEGO) -> bytes:
    """Give the clear message of a sealed request.

    Raises:
        SealBroken: The parts are not as they should be, or the seal does not hold.
    """
    if protocol.lower() not in announced.lower():
        raise SealBroken("the protocol is not the one that was signed in with")
    parts = body.split(f"--{BOUNDARY}\r\n".encode(), 2)
    end = f"--{BOUNDARY}--\r\n".encode()
    if len(parts) != 3 or parts[0] or not parts[2].endswith(end):  # noqa: PLR2004 - nothing, a header and the data
        raise SealBroken("the message is not in two parts")
    length = _LENGTH.search(parts[1])
    sealed = parts[2][: -len(end)]
    if length is None or not sealed.lstrip(b"\t ").startswith(_OCTETS.lstrip()):
        raise SealBroken("a part lacks its header")
    sealed = sealed.partition(b"\r\n")[2]
    size = struct.unpack_from("<I", sealed)[0] if len(sealed) > struct.calcsize("<I") else len(sealed)
    start = struct.calcsize("<I")
    try:
        message = context.unwrap_winrm(sealed[start : start + size], sealed[start + size :])
    except Exception as error:  # pyspnego raises several kinds, and struct.error for what is cut short
        raise SealBroken("the seal does not hold") from error
    if len(message) != int(length[2]):
        raise SealBroken("the clear length is not the one announced")
    return message
