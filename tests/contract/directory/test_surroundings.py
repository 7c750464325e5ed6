"""What lies around on this machine changes nothing for the directory, and what is wrong here is told by its setting."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from contract.directory.domains import Embedded
from hyperv_migration.directory.port import Directory
from hyperv_migration.lab.directory import EmbeddedDirectory
from hyperv_migration.model.errors import AuthenticationFailed, MigrationError, MissingConfiguration
from hyperv_migration.model.settings import Connection


def refusal_of(connection: Connection) -> MigrationError:
    """Return the error that a first question ends with."""
    with pytest.raises(MigrationError) as refused:
        Directory(connection).find_computers(["HV01"])
    return refused.value


@pytest.mark.parametrize("transport", ["ldaps", "starttls"])
def test_authorities_of_the_environment_are_not_believed(
    embedded: EmbeddedDirectory, transport: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python's own default takes SSL_CERT_FILE; whoever sets it would be given the password."""
    known = Embedded(embedded).connection(transport=transport, bind="simple")
    monkeypatch.setenv("SSL_CERT_FILE", str(known.directory.ca_cert_file))
    unnamed = replace(known, directory=replace(known.directory, ca_cert_file=None))
    assert type(refusal_of(unnamed)) is AuthenticationFailed


def test_the_keys_of_tls_to_a_domain_controller_are_written_nowhere(
    embedded: EmbeddedDirectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python's own default writes them where SSLKEYLOGFILE says."""
    file = tmp_path / "keys"
    monkeypatch.setenv("SSLKEYLOGFILE", str(file))
    known = Embedded(embedded).connection(transport="ldaps", bind="simple")
    assert Directory(known).find_computers(["HV01"])["HV01"]
    assert not file.exists()


@pytest.mark.parametrize(
    "content", [None, b"", b"not PEM", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
@pytest.mark.parametrize("transport", ["ldaps", "starttls"])
def test_a_file_without_authorities_is_told_by_its_setting(
    embedded: EmbeddedDirectory, tmp_path: Path, transport: str, content: bytes | None
) -> None:
    """The domain controller has nothing to do with it, and is not asked."""
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(content)
    known = Embedded(embedded).connection(transport=transport, bind="simple")
    error = refusal_of(replace(known, directory=replace(known.directory, ca_cert_file=str(file))))
    assert (type(error), f"The directory caCertFile {file} " in str(error)) == (MissingConfiguration, True)
    assert embedded.journal.counts() == {}
