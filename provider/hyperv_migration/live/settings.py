"""What the person at the keyboard said, by environment variables; the questions are put with nothing else."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hyperv_migration.model.computers import validate_host_name
from hyperv_migration.model.configuration import read_configuration
from hyperv_migration.model.errors import InvalidInput, MissingConfiguration
from hyperv_migration.model.settings import Connection
from hyperv_migration.wiring import WiredTargets

_LIVE = "HYPERV_MIGRATION_LIVE_"

VARIABLES: Mapping[str, str] = {
    f"{_LIVE}HOST": "DNS name of the Hyper-V host to ask; required",
    f"{_LIVE}ADDRESS": "its address, address:port or URL, where DNS does not know it",
    "HYPERV_MIGRATION_USERNAME": r"who signs in, as DOMAIN\user or user@domain; none with a Kerberos ticket",
    "HYPERV_MIGRATION_PASSWORD": "the password; asked for at the keyboard if neither it nor a file is given",
    f"{_LIVE}PASSWORD_FILE": "a file whose first line is the password",
    f"{_LIVE}TRANSPORT": "kerberos, ntlm, certificate, credssp or basic; else as a ticket is at hand",
    f"{_LIVE}SCHEME": "http (sealed messages) or https",
    f"{_LIVE}PORT": "port of WinRM, if not 5985 or 5986",
    f"{_LIVE}CA_FILE": "PEM file of the authorities that sign the certificates",
    f"{_LIVE}CLIENT_CERT_FILE": "PEM file of a client certificate",
    f"{_LIVE}CLIENT_KEY_FILE": "PEM file of its key",
    f"{_LIVE}RIGHTS": "hyperv-administrators, if the account is only in that group and in Remote Management Users",
    f"{_LIVE}WRITE": "1 allows writes that are put back; anything else is read-only",
    f"{_LIVE}DOMAIN": "DNS name of the domain, to ask the directory as well",
    f"{_LIVE}DOMAIN_CONTROLLER": "name of a domain controller, if the domain's own name does not lead to one",
    f"{_LIVE}DOMAIN_CONTROLLER_ADDRESS": "its address or address:port, where DNS does not know it",
    f"{_LIVE}DIRECTORY_TRANSPORT": "sealed, ldaps or starttls",
    f"{_LIVE}COMPUTER": "name of a throw-away computer account for the directory's writes",
    f"{_LIVE}OUTPUT": "folder for the report and the recording; ./live if unset",
}
"""Every variable and its meaning; `hyperv-migration live --help` and docs/live.md show them."""

HYPERV_ADMINISTRATORS = "hyperv-administrators"


def describe(parser: argparse.ArgumentParser) -> None:
    """Describe the variables; the command takes no arguments, which a shell would keep in its history."""
    width = max(len(name) for name in VARIABLES)
    rows = "\n".join(f"  {name:<{width}}  {meaning}" for name, meaning in VARIABLES.items())
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = f"environment variables:\n{rows}\n\nexit status: 0 asked, 1 no answer, 2 not set up, 3 not put back"


@dataclass(frozen=True, kw_only=True)
class LiveSettings:
    """What to ask, where, and whether writes are allowed."""

    host: str
    write: bool
    domain: str | None
    computer: str | None
    rights: str
    output: Path
    configuration: Mapping[str, Any] = field(repr=False)
    environment: Mapping[str, str] = field(repr=False)

    def host_connection(self) -> Connection:
        """Return how the host is reached."""
        return self._targets().connection(self.host, None)

    def domain_connection(self) -> Connection:
        """Return how the domain is reached."""
        return self._targets().connection(self.domain or "", None)

    def _targets(self) -> WiredTargets:
        return WiredTargets(read_configuration(self.configuration), self.environment, of_stack=False)


def read_settings(environment: Mapping[str, str]) -> LiveSettings:
    """Read the variables; raises MissingConfiguration without a host, InvalidInput for a variable nobody knows."""
    if unknown := sorted(name for name in environment if name.startswith(_LIVE) and name not in VARIABLES):
        # A misspelt one must not be taken for unset: HYPERV_MIGRATION_LIVE_WIRTE=0, say.
        raise InvalidInput(f"There is no variable {unknown[0]}; see hyperv-migration live --help.")

    def given(name: str) -> str | None:
        return environment.get(f"{_LIVE}{name}", "").strip() or None

    host = given("HOST")
    if host is None:
        raise MissingConfiguration(
            f"No host is named; set {_LIVE}HOST to the DNS name of a Hyper-V host, and see hyperv-migration live --help."
        )
    validate_host_name(host)
    rights = given("RIGHTS") or ""
    if rights not in {"", HYPERV_ADMINISTRATORS}:
        raise InvalidInput(f"{_LIVE}RIGHTS is {HYPERV_ADMINISTRATORS} or unset.")
    winrm = {
        "transport": given("TRANSPORT"),
        "scheme": given("SCHEME"),
        "port": given("PORT"),
        "caCertFile": given("CA_FILE"),
        "clientCertFile": given("CLIENT_CERT_FILE"),
        "clientKeyFile": given("CLIENT_KEY_FILE"),
    }
    controller = given("DOMAIN_CONTROLLER")
    directory = {
        "domain": given("DOMAIN"),
        "domainControllers": [controller] if controller else None,
        "transport": given("DIRECTORY_TRANSPORT"),
        "caCertFile": given("CA_FILE"),
    }
    addresses = {host: given("ADDRESS"), controller: given("DOMAIN_CONTROLLER_ADDRESS")}
    return LiveSettings(
        host=host,
        write=given("WRITE") == "1",
        domain=given("DOMAIN"),
        computer=given("COMPUTER"),
        rights=rights,
        output=Path(given("OUTPUT") or "live"),
        configuration={
            "passwordFile": given("PASSWORD_FILE"),
            "winrm": _set(winrm),
            "directory": _set(directory),
            "addresses": {name: address for name, address in addresses.items() if name and address},
        },
        environment=environment,
    )


def _set(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}
