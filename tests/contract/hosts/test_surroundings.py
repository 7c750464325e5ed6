"""What lies in the environment and in the home folder changes neither who signs in, nor where, nor whom we trust."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.options import Options
from hyperv_migration.lab.scenario import Account, Host
from hyperv_migration.model.errors import AuthenticationFailed
from support.callers import Caller, refused
from support.hosts import Bench, scenario
from support.listener import Listener, always

UPN = "operator@lab.test"
STRANGER = "stranger"
INPUTS = {"computerName": "hv01.lab.test", "enabled": True}


@pytest.fixture
def by_certificate(caller: Caller) -> Iterator[Bench]:
    """HV01 over https, signed in to with a client certificate; a stranger has a password there."""
    accounts = (Account(name="operator", certificate_subject=UPN), Account(name=STRANGER, password="Planted-8"))
    host = Host(name="HV01", scheme="https", options=Options(allow_certificate=True, allow_basic=True))
    with Lab(scenario(host, accounts=accounts)) as lab:
        certificate, key = lab.issue_client_certificate(UPN)
        winrm = {
            "transport": "certificate",
            "caCertFile": str(lab.ca_file),
            "clientCertFile": str(certificate),
            "clientKeyFile": str(key),
        }
        bench = Bench(lab, caller, winrm=winrm)
        bench.configuration = {"addresses": bench.configuration["addresses"], "winrm": winrm}
        yield bench


@pytest.mark.parametrize("place", ["home", "NETRC"])
def test_no_netrc_takes_the_place_of_a_certificate(
    by_certificate: Bench, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Requests signs in with what stands there for a host, where nothing else would go into the header."""
    file = tmp_path / (".netrc" if place == "home" else "elsewhere")
    file.write_text(f"default login {STRANGER} password Planted-8\n", encoding="utf-8")
    file.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    if place == "NETRC":
        monkeypatch.setenv("NETRC", str(file))
    by_certificate.create("MigrationHost", **INPUTS)
    received = by_certificate.host().journal.received()
    assert {(each.mechanism, each.account) for each in received} == {("Certificate", "operator")}


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"])
def test_no_proxy_of_the_environment_is_used(bench: Bench, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host is asked directly, whatever somebody set for a browser."""
    with Listener(always(502)) as proxy:
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        bench.create("MigrationHost", **INPUTS)
    assert proxy.connections == 0


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_no_list_of_authorities_of_the_environment_is_believed(
    by_certificate: Bench, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whom to trust is `winrm.caCertFile`; without it, a host of an authority that nobody knows is refused."""
    monkeypatch.setenv(name, by_certificate.configuration["winrm"].pop("caCertFile"))
    with refused(AuthenticationFailed, match="does not prove its name"):
        by_certificate.create("MigrationHost", **INPUTS)
    assert by_certificate.host().journal.received() == []


def test_the_keys_of_tls_are_written_nowhere(
    by_certificate: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SSLKEYLOGFILE lets whoever has the file read along."""
    file = tmp_path / "keys"
    monkeypatch.setenv("SSLKEYLOGFILE", str(file))
    by_certificate.create("MigrationHost", **INPUTS)
    assert not file.exists()


def test_the_form_of_ntlm_is_not_for_the_environment_to_choose(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """LM_COMPAT_LEVEL would send LM and NTLMv1 answers, from which a password can be computed."""
    monkeypatch.setenv("LM_COMPAT_LEVEL", "0")
    bench.create("MigrationHost", **INPUTS)
    assert "LM_COMPAT_LEVEL" not in os.environ
