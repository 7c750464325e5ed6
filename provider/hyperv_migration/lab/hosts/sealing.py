"""Message encryption as WinRM does it: one sealed part between two multipart borders (hyperv-wsman.md §4.3, §11)."""

from __future__ import annotations

import re
import struct
from typing import Protocol

SPNEGO = "application/HTTP-SPNEGO-session-encrypted"
BOUNDARY = "Encrypted Boundary"
CONTENT_TYPE = f'multipart/encrypted;protocol="{SPNEGO}";boundary="{BOUNDARY}"'
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


def is_sealed(content_type: str) -> bool:
    """Say whether a Content-Type announces a sealed message."""
    return content_type.strip().lower().startswith("multipart/encrypted")


def seal(context: SealingContext, message: bytes) -> bytes:
    """Make the body of a sealed answer.

    Each line of the parts' headers begins with a TAB; without it pywinrm takes the line for sealed data (§11).
    """
    header, data, padding = context.wrap_winrm(message)
    border = f"--{BOUNDARY}\r\n".encode()
    return b"".join(
        (
            border,
            f"\tContent-Type: {SPNEGO}\r\n".encode(),
            f"\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length={len(message) + padding}\r\n".encode(),
            border,
            _OCTETS,
            struct.pack("<I", len(header)),
            header,
            data,
            f"--{BOUNDARY}--\r\n".encode(),
        )
    )


def unseal(context: SealingContext, content_type: str, body: bytes) -> bytes:
    """Give the clear message of a sealed request.

    Raises:
        SealBroken: The parts are not as they should be, or the seal does not hold.
    """
    if SPNEGO.lower() not in content_type.lower():
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
