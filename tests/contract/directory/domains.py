"""The two directories the same suite runs against, behind one face: the embedded one and a real Samba domain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from hyperv_migration.directory.port import Directory
from hyperv_migration.lab.directory import EmbeddedDirectory
from hyperv_migration.lab.directory.certificates import ThrowAwayAuthority
from hyperv_migration.lab.scenario import Account, Computer, Host, Scenario
from hyperv_migration.lab.scenario import Directory as Place
from hyperv_migration.model.errors import Unreachable
from hyperv_migration.model.settings import Connection, Credentials, DirectorySettings
from hyperv_migration.operations.deadline import Deadline
from hyperv_migration.operations.ports import Call, DirectoryPort, HostPort
from hyperv_migration.operations.run import Run
from support import samba
from support.said import Said
from support.samba_accounts import FILE_SERVERS, HOSTS, computer_dn
from support.samba_bench import configuration_of as samba_configuration

PASSWORD = "Planted-Operator-1"
MEMBER = 0x1000
TRANSITION = 0x1001000


class Domain(Protocol):
    """A domain lab.test with HV01, HV02 and FS01, and an operator who may do everything."""

    def connection(self, *, transport: str = ..., bind: str = ..., user: str = ...) -> Connection:
        """How to reach it."""
        ...

    def configuration(self) -> dict[str, Any]:
        """The provider's configuration for it, without the password."""
        ...

    def delegation(self, host: str) -> tuple[set[str], int]:
        """The list and userAccountControl, read past LDAP."""
        ...

    def set_delegation(self, host: str, services: list[str], control: int) -> None:
        """Write both past LDAP."""
        ...

    def rename(self, host: str, name: str) -> None:
        """Give a machine another name: sAMAccountName, dNSHostName and service principal names of its account."""
        ...


def _connection(place: str, ca_file: str, transport: str, bind: str, user: str) -> Connection:
    return Connection(
        credentials=Credentials(username=f"LAB\\{user}", password=f"Planted-{user.capitalize()}-1"),
        directory=DirectorySettings(
            domain="lab.test",
            domain_controllers=("dc1.lab.test",),
            transport=transport,
            bind=bind,
            ca_cert_file=ca_file,
            connect_timeout=5,
            operation_timeout=10,
            replication_timeout=5,
        ),
        addresses=(("dc1.lab.test", place),),
    )


@dataclass
class Embedded:
    """The embedded directory as one of the two."""

    directory: EmbeddedDirectory

    def connection(self, *, transport: str = "sealed", bind: str = "negotiate", user: str = "operator") -> Connection:
        """How to reach it."""
        port = self.directory.ldaps_port if transport == "ldaps" else self.directory.port
        return _connection(f"{self.directory.address}:{port}", str(self.directory.ca_file), transport, bind, user)

    def configuration(self) -> dict[str, Any]:
        """The provider's configuration for it, without the password."""
        return {name: value for name, value in configuration_of(self.directory).items() if name != "password"}

    def delegation(self, host: str) -> tuple[set[str], int]:
        """The list and userAccountControl, read past LDAP."""
        found = self.directory.administrator.read(host)
        return set(found["msDS-AllowedToDelegateTo"]), found["userAccountControl"]

    def set_delegation(self, host: str, services: list[str], control: int) -> None:
        """Write both past LDAP."""
        self.directory.administrator.set_delegation(host, services)
        self.directory.administrator.set_user_account_control(host, control)

    def rename(self, host: str, name: str) -> None:
        """Give a machine another name, and its object too."""
        self.directory.administrator.rename_computer(host, name)


def configuration_of(directory: EmbeddedDirectory, **options: Any) -> dict[str, Any]:
    """The provider's configuration for an embedded directory."""
    waits = {"connectTimeout": 5, "operationTimeout": 10, "replicationTimeout": 5}
    port = directory.ldaps_port if options.get("transport") == "ldaps" else directory.port
    return {
        "username": "LAB\\operator",
        "password": PASSWORD,
        "directory": {
            "domain": "lab.test",
            "domainControllers": ["dc1.lab.test"],
            "caCertFile": str(directory.ca_file),
            **waits,
            **options,
        },
        "addresses": {"dc1.lab.test": f"{directory.address}:{port}"},
    }


@dataclass
class Samba:
    """A Samba domain as the other one."""

    domain: samba.Domain
    objects: dict[str, str] = field(default_factory=dict)
    """The objects of machines that were renamed, which keep their names."""

    def connection(self, *, transport: str = "sealed", bind: str = "negotiate", user: str = "operator") -> Connection:
        """How to reach it."""
        port = 636 if transport == "ldaps" else 389
        return _connection(f"{self.domain.address}:{port}", str(self.domain.ca_file), transport, bind, user)

    def configuration(self) -> dict[str, Any]:
        """The provider's configuration for it, without the password."""
        return samba_configuration(self.domain)

    def delegation(self, host: str) -> tuple[set[str], int]:
        """The list and userAccountControl, read from Samba's database."""
        return self.domain.delegation(host)

    def set_delegation(self, host: str, services: list[str], control: int) -> None:
        """Write both with Samba's own tools."""
        if services:
            self.domain.set_delegation(host, services, control)
        else:
            self.domain.modify(
                f"dn: {computer_dn(host)}\nchangetype: modify\nreplace: msDS-AllowedToDelegateTo\n-\n"
                f"replace: userAccountControl\nuserAccountControl: {control}\n-\n"
            )

    def rename(self, host: str, name: str) -> None:
        """Give a machine another name; its object keeps its own."""
        dn = self.objects[name] = self.objects.pop(host, computer_dn(host))
        names = {host.casefold(): name, f"{host}.lab.test".casefold(): f"{name.lower()}.lab.test"}
        parted = [each.partition("/") for each in self.domain.attributes(dn)["servicePrincipalName"]]
        renamed = {f"{service}/{names.get(of.casefold(), of)}" for service, _, of in parted}
        rows = "".join(f"servicePrincipalName: {each}\n" for each in sorted(renamed))
        self.domain.modify(
            f"dn: {dn}\nchangetype: modify\nreplace: sAMAccountName\nsAMAccountName: {name}$\n-\n"
            f"replace: dNSHostName\ndNSHostName: {name.lower()}.lab.test\n-\nreplace: servicePrincipalName\n{rows}-\n"
        )


def scenario(extra_hosts: Sequence[str] = ()) -> Scenario:
    """The same accounts as the Samba domain's, and more hosts where a test wants many."""
    return Scenario(
        accounts=(
            Account(name="operator", password=PASSWORD),
            Account(name="bob", password="Planted-Bob-1", enable_delegation=False),
        ),
        directory=Place(),
        computers=tuple(Computer(name=name) for name in FILE_SERVERS),
        hosts=tuple(Host(name=name) for name in (*HOSTS, *extra_hosts)),
    )


def announce_second(first: EmbeddedDirectory) -> None:
    """Put the second controller into the first one's configuration; LDAP lets nobody write such objects by hand."""
    controller = first._controller
    population, database = controller.population, controller.database
    server = population.site.child("CN", "Servers").child("CN", "DC2")
    for name, class_name, attribute, value in (
        (server, "server", "dNSHostName", "dc2.lab.test"),
        (server.child("CN", "NTDS Settings"), "nTDSDSA", "msDS-hasMasterNCs", "DC=lab,DC=test"),
    ):
        entry = population.new(name, class_name)
        entry.put(attribute, value)
        database.add(entry, "test")


class HostsOnly:
    """An authority whose certificates name the host alone, as the templates of member servers do."""

    def __init__(self, authority: ThrowAwayAuthority, *names: str) -> None:
        self._authority, self._names = authority, names

    @property
    def ca_file(self) -> Path:
        """The authority's own certificate."""
        return self._authority.ca_file

    def issue(self, *names: str) -> tuple[Path, Path]:
        """Leave the domain out."""
        return self._authority.issue(*(self._names or names[:1]))


@dataclass
class OneDomain:
    """Opens the domain for every name; no host answers."""

    connection: Connection

    def host(self, computer_name: str, profile: str | None, deadline: Deadline | None = None) -> HostPort:
        """Find nobody."""
        del profile, deadline
        raise Unreachable(f"{computer_name} does not answer.")

    def directory(self, source: str, profile: str | None) -> DirectoryPort:
        """Return the real port."""
        del source, profile
        return Directory(self.connection, "lab.test")


def call_to(connection: Connection, *, urn: str = "one") -> tuple[Call, Said]:
    """Return a call of the engine on the real directory port, and what its log hears."""
    heard = Said()
    return Call(targets=OneDomain(connection), log=heard, urn=urn), heard


def next_run(call: Call) -> Call:
    """The same call in the next run of the engine, which knows nothing of the last one."""
    return replace(call, run=Run())
