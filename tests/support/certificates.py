"""A throwaway authority and the server certificates it signs, for targets that speak TLS."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LIFETIME = timedelta(days=3650)


def issue(folder: Path, dns_name: str) -> None:
    """Write `ca.pem`, `cert.pem` and `key.pem` of a new authority and one server into the folder."""
    authority_key, server_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = _signed(
        x509.BasicConstraints(ca=True, path_length=0), "Test authority", authority_key, "Test authority", authority_key
    )
    server = _signed(
        x509.SubjectAlternativeName([x509.DNSName(dns_name)]), dns_name, server_key, "Test authority", authority_key
    )
    for name, certificate in (("ca.pem", authority), ("cert.pem", server)):
        (folder / name).write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key = folder / "key.pem"
    key.touch(mode=0o600)
    key.write_bytes(
        server_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


def _signed(
    extension: x509.ExtensionType,
    subject: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    issuer_key: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    now = datetime.now(UTC)
    critical = isinstance(extension, x509.BasicConstraints)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + LIFETIME)
        .add_extension(extension, critical=critical)
        .sign(issuer_key, hashes.SHA256())
    )
