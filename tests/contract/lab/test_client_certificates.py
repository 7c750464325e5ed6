"""Emulated hosts take client certificates over https, tried with clients that others wrote."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from pypsrp.exceptions import AuthenticationError
from requests.exceptions import RequestException
from winrm.exceptions import InvalidCredentialsError
from winrm.transport import Transport

from contract.lab.client import SERVICE_SETTING, Client
from contract.lab.conftest import Connect
from hyperv_migration.lab.directory.certificates import ThrowAwayAuthority
from hyperv_migration.lab.hosts.client_certificate import subject_of
from hyperv_migration.lab.hosts.host import EmulatedHost
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.options import Options
from hyperv_migration.lab.scenario import Account, Host, Scenario

SETTINGS = f"SELECT * FROM {SERVICE_SETTING}"
UPN = "operator@lab.test"
IDENTIFY = (
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
    'xmlns:i="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"><s:Header/><s:Body><i:Identify/>'
    "</s:Body></s:Envelope>"
)
Pair = tuple[Path, Path]


@pytest.fixture
def lab() -> Iterator[Lab]:
    """HV01 takes certificates, HV02 does not; one account is mapped, and nobody has a password."""
    hosts = (
        Host(name="HV01", scheme="https", options=Options(allow_certificate=True)),
        Host(name="HV02", scheme="https"),
    )
    with Lab(Scenario(accounts=(Account(name="operator", certificate_subject=UPN),), hosts=hosts)) as lab:
        yield lab


@pytest.fixture
def open_client(connect: Connect) -> Connect:
    """Open pypsrp clients with a certificate."""

    def with_certificate(host: EmulatedHost, **given: Pair) -> Client:
        certificate, key = given["pair"]
        more = {"certificate_pem": str(certificate), "certificate_key_pem": str(key)}
        return connect(host, username=None, password=None, auth="certificate", encryption="never", more=more)

    return with_certificate


def test_mapped_certificate_signs_in(lab: Lab, open_client: Connect) -> None:
    """Its user principal name stands for the account."""
    host = lab.hosts["HV01"]
    assert len(open_client(host, pair=lab.issue_client_certificate(UPN)).query(SETTINGS)) == 1
    assert {(each.mechanism, each.account) for each in host.journal.received()} == {("Certificate", "operator")}


def test_pywinrm_signs_in(lab: Lab) -> None:
    """The transport below our own, unmodified."""
    assert b"Microsoft Corporation" in _identify(lab.hosts["HV01"], lab.issue_client_certificate(UPN))


def test_certificate_that_is_not_mapped_is_refused(lab: Lab, open_client: Connect) -> None:
    """The authority vouches for it, and nobody here is called so."""
    with pytest.raises(AuthenticationError):
        open_client(lab.hosts["HV01"], pair=lab.issue_client_certificate("stranger@lab.test")).query(SETTINGS)


def test_certificate_of_another_authority_ends_the_handshake(lab: Lab) -> None:
    """Whatever name it carries."""
    authority = ThrowAwayAuthority("Another")
    try:
        with pytest.raises(RequestException, match="UNKNOWN_CA"):
            _identify(lab.hosts["HV01"], authority.issue_client(UPN))
    finally:
        authority.close()
    assert lab.hosts["HV01"].journal.counts()["messages"] == 0


def test_certificates_are_off_by_default(lab: Lab) -> None:
    """Auth/Certificate is false (hyperv-wsman.md §3.7), so none is asked for."""
    with pytest.raises(InvalidCredentialsError):
        _identify(lab.hosts["HV02"], lab.issue_client_certificate(UPN))


def test_subject_is_the_upn_else_the_common_name(lab: Lab) -> None:
    """As the Subject of a certificate mapping."""
    client, server = (
        x509.load_pem_x509_certificate(file.read_bytes())
        for file in (lab.issue_client_certificate(UPN)[0], lab._authority.issue("hv09.lab.test")[0])
    )
    assert [subject_of(_der(each)) for each in (client, server)] == [UPN, "hv09.lab.test"]


def _der(certificate: x509.Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415

    return certificate.public_bytes(Encoding.DER)


def _identify(host: EmulatedHost, pair: Pair) -> bytes:
    transport = Transport(
        endpoint=host.url, auth_method="certificate", cert_pem=str(pair[0]), cert_key_pem=str(pair[1]),
        server_cert_validation="ignore", proxy=None,
    )  # fmt: skip
    try:
        return transport.send_message(IDENTIFY)
    finally:
        transport.close_session()
