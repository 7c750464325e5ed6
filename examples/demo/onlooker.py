"""Reads hosts and directory with clients that others wrote: pypsrp for WS-Man, ldapsearch or ldap3 for LDAP.

Nothing of the provider is imported here. What the story claims about the targets rests on what these clients say.
"""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import ldap3
from pypsrp.wsman import NAMESPACES, WSMan

_VIRTUALIZATION = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/virtualization/v2/*"
_WQL = "http://schemas.microsoft.com/wbem/wsman/1/WQL"
_ENUMERATION = "http://schemas.xmlsoap.org/ws/2004/09/enumeration"
_ANY_NETWORK = "Microsoft:UserManagedAllNetworks"
_TRUSTED_TO_AUTH = 0x1000000
_ATTRIBUTES = ("sAMAccountName", "msDS-AllowedToDelegateTo", "userAccountControl")


@dataclass(frozen=True)
class Credentials:
    """Whom the onlooker signs in as."""

    username: str
    password: str


@dataclass(frozen=True)
class HostView:
    """A host's live-migration settings."""

    enabled: bool
    authentication: str
    performance: str
    maxima: tuple[int, int]
    networks: tuple[str, ...]
    any_network: bool

    def cells(self) -> tuple[str, ...]:
        """Give the view as cells of a table."""
        listed = ["any network"] if self.any_network else []
        return (
            "migration on" if self.enabled else "migration off",
            self.authentication,
            self.performance,
            ", ".join([*listed, *self.networks]) or "no network",
        )


@dataclass(frozen=True)
class AccountView:
    """What a computer account may delegate to."""

    delegates_to: tuple[str, ...]
    user_account_control: int

    @property
    def any_protocol(self) -> bool:
        """Whether "use any authentication protocol" is set."""
        return bool(self.user_account_control & _TRUSTED_TO_AUTH)

    def cells(self) -> list[tuple[str, str]]:
        """Give the view as cells of a table, one line for each service."""
        how = "any protocol" if self.any_protocol else "Kerberos only"
        services: dict[str, list[str]] = {}
        for name in self.delegates_to:
            service, _, host = name.partition("/")
            services.setdefault(service, []).append(host)
        lines = [f"{service}: {', '.join(hosts)}" for service, hosts in services.items()]
        return [(how if number == 0 else "", line) for number, line in enumerate(lines)] or [
            ("delegates to nobody", "")
        ]


class HostOnlooker:
    """One host, read over WinRM by pypsrp."""

    client = f"pypsrp {version('pypsrp')} over WinRM"

    def __init__(self, address: str, port: int, credentials: Credentials) -> None:
        self._wsman = WSMan(
            address,
            port=port,
            ssl=False,
            auth="ntlm",
            encryption="always",
            username=credentials.username,
            password=credentials.password,
        )

    def look(self) -> HostView:
        """Read the settings and the networks."""
        (settings,) = self._select("Msvm_VirtualSystemMigrationServiceSettingData")
        entries = self._select("Msvm_VirtualSystemMigrationNetworkSettingData")
        return HostView(
            enabled=settings["EnableVirtualSystemMigration"] == ["true"],
            authentication="Kerberos" if settings["AuthenticationType"] == ["1"] else "CredSSP",
            performance=_performance(settings),
            maxima=(
                int(settings["MaximumActiveVirtualSystemMigration"][0]),
                int(settings["MaximumActiveStorageMigration"][0]),
            ),
            networks=tuple(sorted(_named(entry) for entry in entries if not _is_any(entry))),
            any_network=any(_is_any(entry) for entry in entries),
        )

    def close(self) -> None:
        """Close the connection."""
        self._wsman.close()

    def _select(self, class_name: str) -> list[dict[str, list[str]]]:
        """Enumerate a class with WQL; every property as the list of its texts."""
        wsman = NAMESPACES["wsman"]
        request = ET.Element(f"{{{_ENUMERATION}}}Enumerate")
        ET.SubElement(request, f"{{{wsman}}}OptimizeEnumeration")
        ET.SubElement(request, f"{{{wsman}}}MaxElements").text = "100"
        ET.SubElement(request, f"{{{wsman}}}Filter", Dialect=_WQL).text = f"SELECT * FROM {class_name}"  # noqa: S608
        body = self._wsman.enumerate(_VIRTUALIZATION, request)
        return [_properties(each) for items in body.iter() if _local(items) == "Items" for each in items]


class DirectoryOnlooker:
    """The directory, read over LDAPS: by ldapsearch where it is installed, else by ldap3."""

    def __init__(self, address: str, port: int, host_name: str, ca_file: Path, credentials: Credentials) -> None:
        self._url = f"ldaps://{address}:{port}"
        self._address, self._port, self._host_name = address, port, host_name
        self._ca_file, self._credentials = ca_file, credentials
        self._base = ",".join(f"DC={label}" for label in host_name.split(".")[1:])
        self._program = shutil.which("ldapsearch")
        self.client = "ldapsearch over LDAPS" if self._program else f"ldap3 {version('ldap3')} over LDAPS"

    def look(self) -> dict[str, AccountView]:
        """Read every computer account, by its name without the dollar sign."""
        found = self._by_program(self._program) if self._program else self._by_library()
        return {
            values["sAMAccountName"][0].rstrip("$"): AccountView(
                delegates_to=tuple(sorted(values.get("msDS-AllowedToDelegateTo", ()))),
                user_account_control=int(values["userAccountControl"][0]),
            )
            for values in found
        }

    def _by_program(self, program: str) -> list[dict[str, list[str]]]:
        # A file for the password, since process arguments can be read by everybody on the machine. The lab's names are
        # not in DNS, so ldapsearch has no name to check the certificate against; it never leaves this machine.
        with tempfile.NamedTemporaryFile("w", encoding="utf-8") as password:
            password.write(self._credentials.password)
            password.flush()
            command = [
                *(program, "-LLL", "-o", "ldif-wrap=no", "-x", "-H", self._url, "-b", self._base),
                *("-D", self._credentials.username, "-y", password.name, "(objectCategory=computer)", *_ATTRIBUTES),
            ]
            environment = {**os.environ, "LDAPTLS_CACERT": str(self._ca_file), "LDAPTLS_REQCERT": "allow"}
            answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
        if answer.returncode:
            raise RuntimeError(f"ldapsearch ended with {answer.returncode}: {answer.stderr.strip()}")
        return list(_ldif(answer.stdout))

    def _by_library(self) -> list[dict[str, list[str]]]:
        tls = ldap3.Tls(validate=2, ca_certs_file=str(self._ca_file), valid_names=[self._host_name])
        server = ldap3.Server(self._address, port=self._port, use_ssl=True, tls=tls, get_info=ldap3.NONE)
        who = self._credentials
        with ldap3.Connection(server, who.username, who.password, auto_bind=True, auto_referrals=False) as connection:
            connection.search(self._base, "(objectCategory=computer)", attributes=list(_ATTRIBUTES))
            return [
                {name: [text.decode() for text in values] for name, values in item["raw_attributes"].items() if values}
                for item in connection.response or ()
                if item["type"] == "searchResEntry"
            ]


def _ldif(text: str) -> Iterator[dict[str, list[str]]]:
    """Read entries of LDIF without line breaks in values; comments and references are passed over."""
    for block in text.split("\n\n"):
        values: dict[str, list[str]] = {}
        for line in block.splitlines():
            name, separator, value = line.partition(":")
            if not separator or line.startswith(("#", "ref:")):
                continue
            decoded = base64.b64decode(value[1:]).decode() if value.startswith(":") else value.strip()
            values.setdefault(name, []).append(decoded)
        if "sAMAccountName" in values:
            yield values


def _properties(instance: ET.Element) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for element in instance:
        values.setdefault(_local(element), []).append(element.text or "")
    return values


def _performance(settings: Mapping[str, Sequence[str]]) -> str:
    """As Get-VMHost reads the two booleans: compression first."""
    if settings["EnableCompression"] == ["true"]:
        return "Compression"
    return "SMB" if settings["EnableSmbTransport"] == ["true"] else "TCPIP"


def _named(entry: Mapping[str, Sequence[str]]) -> str:
    metric = entry["Metric"][0]
    priority = f" priority {metric}" if metric != "0" else ""
    return f"{entry['SubnetNumber'][0]}/{entry['PrefixLength'][0]}{priority}"


def _is_any(entry: Mapping[str, Sequence[str]]) -> bool:
    return _ANY_NETWORK in entry.get("Tags", ())


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]
