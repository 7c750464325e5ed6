"""Into hosts over https with a client certificate, from the engine to the host's mapping; no password anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from acceptance.conftest import Labs
from hyperv_migration.lab.directory.certificates import ThrowAwayAuthority
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.options import Options
from hyperv_migration.lab.scenario import Account, Host
from hyperv_migration.model.configuration import read_configuration
from hyperv_migration.model.errors import (
    AuthenticationFailed,
    InvalidInput,
    MigrationError,
    MissingConfiguration,
)
from hyperv_migration.operations.deadline import Deadline
from hyperv_migration.wiring import WiredTargets
from pulumi_hyperv_migration import MigrationHost
from support.engine import Stack

HOST = "hv01.lab.test"
UPN = "operator@lab.test"
Pair = tuple[Path, Path]


@pytest.fixture
def lab(lab_of: Labs) -> Lab:
    """HV01 takes certificates of the lab's authority, and one is mapped to the operator, who has no password."""
    return lab_of(
        Host(name="HV01", scheme="https", options=Options(allow_certificate=True)),
        accounts=(Account(name="operator", certificate_subject=UPN),),
        directory=None,
        computers=(),
    )


@pytest.fixture
def foreign() -> Iterator[Pair]:
    """A certificate with the right name, of an authority that the host does not know."""
    authority = ThrowAwayAuthority("Another")
    yield authority.issue_client(UPN)
    authority.close()


def configured(lab: Lab, pair: Pair | None, **winrm: Any) -> dict[str, Any]:
    """The provider's configuration as a user writes it."""
    files = {} if pair is None else {"clientCertFile": str(pair[0]), "clientKeyFile": str(pair[1])}
    return {
        "winrm": {"transport": "certificate", "caCertFile": str(lab.ca_file), **files, **winrm},
        "addresses": {HOST: lab.hosts["HV01"].url},
    }


def refused(configuration: dict[str, Any]) -> MigrationError:
    """What reading the host ends with."""
    with pytest.raises(MigrationError) as error:
        WiredTargets(read_configuration(configuration), environment={}).host(HOST, None, Deadline(20)).facts()
    return error.value


def one_host() -> None:
    """Declare a limit."""
    MigrationHost("host", computer_name=HOST, maximum_virtual_machine_migrations=4)


@pytest.mark.engine
def test_from_up_to_destroy_with_a_certificate(engine: Path, lab: Lab, tmp_path: Path) -> None:
    """Every message is the operator's, who never had a password."""
    assert engine.is_dir()
    host = lab.hosts["HV01"]
    found = host.settings
    stack = Stack(tmp_path / "stack", one_host)
    keys = configured(lab, lab.issue_client_certificate(UPN))
    stack.configure({f"hyperv-migration:{name}": value for name, value in keys.items()})
    stack.up()
    assert host.settings["MaximumActiveVirtualSystemMigration"] == 4
    assert stack.is_settled()
    stack.destroy()
    assert host.settings == found
    assert {(each.mechanism, each.account) for each in host.journal.received()} == {("Certificate", "operator")}


def test_certificate_that_is_not_mapped(lab: Lab) -> None:
    """The host trusts it and knows nobody of this name."""
    error = refused(configured(lab, lab.issue_client_certificate("stranger@lab.test")))
    assert (type(error), str(error)) == (
        AuthenticationFailed,
        (
            "hv01.lab.test refuses the sign-in with certificate (HTTP 401, it offers Negotiate); check that WinRM takes "
            "certificates there (Auth/Certificate), trusts the authority of this one, and maps its user principal name to a "
            "local account."
        ),
    )


def test_certificate_of_another_authority(lab: Lab, foreign: Pair) -> None:
    """TLS ends at once, and the message names the certificate."""
    error = refused(configured(lab, foreign))
    assert type(error) is AuthenticationFailed
    assert "cannot agree on TLS" in str(error)
    assert "the client certificate" in str(error)
    assert lab.hosts["HV01"].journal.counts()["messages"] == 0


def test_no_certificate(lab: Lab) -> None:
    """Nothing is sent without one."""
    error = refused(configured(lab, None))
    assert (type(error), str(error)) == (
        MissingConfiguration,
        (
            "hv01.lab.test is signed in to with a certificate, and winrm clientCertFile is not configured; set both "
            "clientCertFile and clientKeyFile to PEM files."
        ),
    )


def test_certificate_without_its_key(lab: Lab, tmp_path: Path) -> None:
    """A path that leads nowhere is named."""
    certificate, _ = lab.issue_client_certificate(UPN)
    error = refused(configured(lab, (certificate, tmp_path / "gone.key")))
    assert (type(error), str(error)) == (
        MissingConfiguration,
        f"The winrm clientKeyFile {tmp_path / 'gone.key'} is not there; check its path.",
    )


@pytest.mark.parametrize("key", ["another", "locked", "no PEM"])
def test_key_that_cannot_be_used(lab: Lab, tmp_path: Path, key: str) -> None:
    """Of another certificate, with a passphrase, or no key at all: found before anything is sent, and without a question."""
    certificate, own = lab.issue_client_certificate(UPN)
    file = {"another": lab.issue_client_certificate("stranger@lab.test")[1]}.get(key, tmp_path / "key.pem")
    if key == "no PEM":
        file.write_text("not PEM")
    if key == "locked":
        secret = load_pem_private_key(own.read_bytes(), None)
        file.write_bytes(secret.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"planted")))
    error = refused(configured(lab, (certificate, file)))
    assert type(error) is MissingConfiguration
    assert "both must be PEM, belong together and have no passphrase" in str(error)
    assert lab.hosts["HV01"].journal.counts().get("authentication", 0) == 0


def test_certificate_never_goes_over_http(lab: Lab) -> None:
    """A certificate encrypts nothing by itself."""
    keys = configured(lab, lab.issue_client_certificate(UPN))
    keys["addresses"] = {HOST: lab.hosts["HV01"].url.replace("https", "http")}
    error = refused(keys)
    assert (type(error), "does not encrypt; use https" in str(error)) == (InvalidInput, True)
