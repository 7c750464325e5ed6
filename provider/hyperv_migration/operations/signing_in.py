"""What signing in to a host and to a domain controller have in common: the library, and the tie to a TLS connection."""

from __future__ import annotations

import hashlib
import importlib.util
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spnego.channel_bindings import GssChannelBindings


def kerberos_installed() -> bool:
    """Tell whether this machine can sign in with Kerberos at all; pyspnego brings sspilib on Windows by itself."""
    return any(importlib.util.find_spec(name) is not None for name in ("gssapi", "sspilib"))


def channel_bindings(certificate: bytes | None) -> GssChannelBindings | None:
    """Return what ties a sign-in to a connection whose other end showed this certificate, as DER; None without one.

    RFC 5929, tls-server-end-point.
    """
    # Only here, because it takes a moment and only a sign-in inside TLS needs it.
    from cryptography import x509  # noqa: PLC0415
    from spnego.channel_bindings import GssChannelBindings  # noqa: PLC0415

    if certificate is None:
        return None
    algorithm = x509.load_der_x509_certificate(certificate).signature_hash_algorithm
    name = algorithm.name if algorithm is not None else "sha256"
    digest = hashlib.new("sha256" if name in {"md5", "sha1"} else name, certificate).digest()
    return GssChannelBindings(application_data=b"tls-server-end-point:" + digest)
