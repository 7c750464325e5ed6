"""Whom TLS trusts on Windows: the certificates of its stores, as `ssl.enum_certificates` gives them."""

from __future__ import annotations

import ssl
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

from hyperv_migration.lab.directory.certificates import ThrowAwayAuthority
from hyperv_migration.operations.local_files import bare_tls_context, trust_stored

SERVERS, CLIENTS = ssl.Purpose.SERVER_AUTH.oid, ssl.Purpose.CLIENT_AUTH.oid


@pytest.fixture
def authority() -> Iterator[bytes]:
    """The certificate of an authority, as a store holds it."""
    made = ThrowAwayAuthority()
    yield ssl.PEM_cert_to_DER_cert(Path(made.ca_file).read_text(encoding="ascii"))
    made.close()


@pytest.mark.parametrize(
    ("encoding", "purposes", "trusted"),
    [
        ("x509_asn", True, 1),
        ("x509_asn", frozenset({SERVERS, CLIENTS}), 1),
        ("x509_asn", frozenset({CLIENTS}), 0),
        ("x509_asn", frozenset[str](), 0),
        ("x509_asn", False, 0),
        ("pkcs_7_asn", True, 0),
    ],
)
def test_what_is_meant_for_servers_is_trusted(
    authority: bytes, encoding: str, purposes: Collection[str] | bool, trusted: int
) -> None:
    """An authority counts for what its store says it is for, in the form that OpenSSL reads."""
    context = bare_tls_context()
    trust_stored(context, [(authority, encoding, purposes)])
    assert trusted == context.cert_store_stats()["x509_ca"]


def test_a_certificate_that_cannot_be_read_leaves_the_others(authority: bytes) -> None:
    """What some program has put into the store does not cut off every domain controller."""
    context = bare_tls_context()
    trust_stored(context, [(b"\x30\x03\x02\x01", "x509_asn", True), (authority, "x509_asn", True)])
    assert context.cert_store_stats()["x509_ca"] == 1
