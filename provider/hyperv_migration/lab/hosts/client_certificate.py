"""The name in a client's certificate that a host looks its account up by (`winrm/config/service/certmapping`)."""

from __future__ import annotations

from cryptography import x509
from cryptography.x509.oid import NameOID

UPN = x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")
"""otherName of the subject alternative name: the user principal name (MS-WCCE 2.2.2.7.7.4)."""
_UTF8_STRING = 0x0C


def subject_of(der: bytes) -> str | None:
    """Give the user principal name of a certificate, else the common name of its subject."""
    certificate = x509.load_der_x509_certificate(der)
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        names = x509.SubjectAlternativeName([])
    for name in names.get_values_for_type(x509.OtherName):
        if name.type_id == UPN and name.value[:1] == bytes([_UTF8_STRING]) and name.value[1] == len(name.value) - 2:
            return name.value[2:].decode("utf-8", errors="replace")
    common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(common[0].value) if common else None


def upn(name: str) -> x509.OtherName:
    """Make the otherName that carries a user principal name of less than 128 octets."""
    octets = name.encode()
    return x509.OtherName(UPN, bytes([_UTF8_STRING, len(octets)]) + octets)
