"""A certificate authority to throw away, and the certificate of the domain controller's TLS."""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from hyperv_migration.lab.hosts.client_certificate import upn

_LIFETIME = timedelta(days=30)
_SKEW = timedelta(hours=1)


class CertificateAuthority(Protocol):
    """What the directory needs of an authority that the whole lab may share."""

    @property
    def ca_file(self) -> Path:
        """The authority's own certificate, as PEM."""

    def issue(self, *names: str) -> tuple[Path, Path]:
        """Make a server certificate for DNS names, the first one its subject; gives certificate and key file."""


class ThrowAwayAuthority:
    """An authority that lives in a temporary folder; `close` removes it with everything it issued."""

    def __init__(self, name: str = "Lab throw-away CA") -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="hyperv-migration-lab-ca-")
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = (
            self._begin(self._subject, self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.ca_file = self._write("ca.pem", certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, *names: str) -> tuple[Path, Path]:
        """Make a server certificate for DNS names, the first one its subject; gives certificate and key file."""
        return self._issue(names[0], ExtendedKeyUsageOID.SERVER_AUTH, [x509.DNSName(name) for name in names])

    def issue_client(self, subject: str) -> tuple[Path, Path]:
        """Make a client certificate for a user principal name; gives certificate and key file."""
        return self._issue(subject, ExtendedKeyUsageOID.CLIENT_AUTH, [upn(subject)])

    def _issue(
        self, subject: str, usage: x509.ObjectIdentifier, names: Sequence[x509.GeneralName]
    ) -> tuple[Path, Path]:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            self._begin(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]), key.public_key())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return (
            self._write(f"{subject}.pem", certificate.public_bytes(serialization.Encoding.PEM)),
            self._write(f"{subject}.key", secret),
        )

    def close(self) -> None:
        """Remove everything."""
        self._folder.cleanup()

    def _begin(self, subject: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._subject)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _SKEW)
            .not_valid_after(now + _LIFETIME)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )

    def _write(self, name: str, octets: bytes) -> Path:
        path = Path(self._folder.name) / name
        path.touch(mode=0o600)
        path.write_bytes(octets)
        return path


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """Make the server's side of TLS, 1.2 or later."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    return context
