"""What is wrong on this machine is told in one sentence with the setting it stands in, and no host is blamed or asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.options import Options
from hyperv_migration.lab.scenario import Account, Host
from hyperv_migration.model.errors import MissingConfiguration
from support.callers import Caller, refused
from support.hosts import Bench, scenario

INPUTS = {"computerName": "hv01.lab.test", "enabled": True}


@pytest.fixture
def https(caller: Caller) -> Iterator[Bench]:
    """HV01 over https, which takes Basic and certificates."""
    host = Host(name="HV01", scheme="https", options=Options(allow_certificate=True, allow_basic=True))
    accounts = (
        Account(name="operator", password="Pässword-1"),
        Account(name="mapped", certificate_subject="m@lab.test"),
    )
    with Lab(scenario(host, accounts=accounts)) as lab:
        yield Bench(lab, caller, winrm={"caCertFile": str(lab.ca_file)}, password="Pässword-1")


def refuses(bench: Bench, *said: str, **winrm: Any) -> None:
    """Creating ends with a sentence about this machine, before the host hears of it."""
    bench.configuration["winrm"] = {**bench.configuration.get("winrm", {}), **winrm}
    with refused(MissingConfiguration) as error:
        bench.create("MigrationHost", **INPUTS)
    assert [part for part in said if part not in str(error.value)] == []
    assert "\n" not in str(error.value)
    assert bench.host().journal.received() == []


@pytest.mark.parametrize(
    "content", [None, "", "no PEM", "folder", "-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----"]
)
def test_a_file_of_authorities_that_cannot_be_used(https: Bench, tmp_path: Path, content: str | None) -> None:
    """Not there, empty, no PEM, or PEM with nothing in it."""
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    refuses(https, f"The winrm caCertFile {file} ", caCertFile=str(file))


@pytest.mark.parametrize("broken", ["clientCertFile", "clientKeyFile"])
@pytest.mark.parametrize("content", [None, "folder", "no PEM"])
def test_a_client_certificate_that_cannot_be_used(
    https: Bench, tmp_path: Path, broken: str, content: str | None
) -> None:
    """The half that is wrong is named, or both where only together they make no sense."""
    certificate, key = https.lab.issue_client_certificate("m@lab.test")
    file = tmp_path / "broken.pem"
    if content == "folder":
        file.mkdir()
    elif content:
        file.write_text(content)
    files = {"clientCertFile": str(certificate), "clientKeyFile": str(key), broken: str(file)}
    refuses(https, f"{broken} {file}", transport="certificate", **files)


@pytest.mark.parametrize("what", ["username", "password"])
def test_basic_carries_latin_1_only(https: Bench, what: str) -> None:
    """Nobody knows in which encoding a host takes the rest, and each wrong guess counts as an attempt."""
    https.configuration[what] = "пароль"
    refuses(https, "user name" if what == "username" else "password", "winrm transport basic", transport="basic")


def test_basic_carries_what_is_in_latin_1(https: Bench) -> None:
    """As it always did."""
    https.configuration["winrm"] = {**https.configuration["winrm"], "transport": "basic"}
    assert https.create("MigrationHost", **INPUTS)[0] == "hv01.lab.test"


@pytest.mark.parametrize("value", ["Planted-1\n", "Planted-1\r\n", "Plan\nted-1"])
@pytest.mark.parametrize("variable", ["HYPERV_MIGRATION_PASSWORD", "HYPERV_MIGRATION_USERNAME"])
def test_a_line_end_in_a_variable(bench: Bench, monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    """A file's line end comes along easily, and the host would only say that the password is wrong."""
    monkeypatch.setenv(variable, value)
    refuses(bench, f"{variable} has a line end")


def test_octets_in_a_variable_that_are_no_text(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A password set in another code page."""
    monkeypatch.setenv("HYPERV_MIGRATION_PASSWORD", "p\udce4ssword")
    refuses(bench, "HYPERV_MIGRATION_PASSWORD holds octets that are no UTF-8")


@pytest.mark.parametrize("value", ["Planted-1\n", "Planted\0"])
def test_a_line_end_in_the_stack_configuration(bench: Bench, value: str) -> None:
    """As from `pulumi config set --secret … < file`."""
    bench.configuration["password"] = value
    refuses(bench, "password has a line end")


@pytest.mark.parametrize("mark", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028"])
def test_only_line_ends_end_the_password_in_a_file(bench: Bench, tmp_path: Path, mark: str) -> None:
    """What Python takes for the end of a line may stand in a password."""
    (tmp_path / "password").write_text(f"before{mark}after\r\nmore", encoding="utf-8")
    bench.configuration.pop("password")
    bench.configuration["passwordFile"] = str(tmp_path / "password")
    found = bench.call().targets.connection("hv01.lab.test", None)  # type: ignore[attr-defined]
    assert found.credentials.password == f"before{mark}after"
