"""A small domain for every test of the embedded directory, and the clients that look at it."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator

import ldap3
import pytest

from contract.embedded_directory.people import ADMIN, OPERATOR, PASSWORD, READER, Ldaps
from contract.embedded_directory.sealed_client import SealedClient
from hyperv_migration.lab.directory import Behaviour, EmbeddedDirectory
from hyperv_migration.lab.scenario import Account, Computer, Directory, Host, Scenario


@pytest.fixture
def scenario() -> Scenario:
    """Two Hyper-V hosts, a file server, one workgroup host, and three people with falling rights."""
    return Scenario(
        accounts=(
            Account(name=ADMIN, password=PASSWORD),
            Account(name=OPERATOR, password=PASSWORD, enable_delegation=False),
            Account(name=READER, password=PASSWORD, administrator=False, enable_delegation=False),
        ),
        directory=Directory(),
        computers=(Computer(name="FS01", service_principal_names=("cifs/files.lab.test",)),),
        hosts=(Host(name="HV01"), Host(name="HV02"), Host(name="WG01", domain_joined=False)),
    )


@pytest.fixture
def directory(scenario: Scenario) -> Iterator[EmbeddedDirectory]:
    """The directory, as Windows behaves."""
    with EmbeddedDirectory(scenario) as running:
        yield running


@pytest.fixture
def behaving(scenario: Scenario) -> Iterator[Callable[[Behaviour], EmbeddedDirectory]]:
    """Make directories that behave in other ways."""
    running: list[EmbeddedDirectory] = []

    def start(behaviour: Behaviour) -> EmbeddedDirectory:
        running.append(EmbeddedDirectory(scenario, behaviour=behaviour).start())
        return running[-1]

    yield start
    for each in running:
        each.close()


@pytest.fixture
def client(directory: EmbeddedDirectory) -> Iterator[SealedClient]:
    """A connection that is not signed in."""
    with SealedClient(directory.address, directory.port) as connected:
        yield connected


@pytest.fixture
def admin(client: SealedClient) -> SealedClient:
    """A sealed connection of somebody who may do everything."""
    assert client.bind(f"LAB\\{ADMIN}", PASSWORD) == 0
    return client


@pytest.fixture
def ldaps(directory: EmbeddedDirectory) -> Iterator[Ldaps]:
    """Make ldap3 connections over verified LDAPS; without a user they are the administrator's."""
    made: list[ldap3.Connection] = []

    def connect(
        user: str = f"LAB\\{ADMIN}",
        password: str = PASSWORD,
        *,
        at: EmbeddedDirectory = directory,
        information: str = ldap3.NONE,
        **more: object,
    ) -> ldap3.Connection:
        tls = ldap3.Tls(ssl.CERT_REQUIRED, ca_certs_file=str(at.ca_file), valid_names=[at.host_name])
        server = ldap3.Server(at.address, at.ldaps_port, use_ssl=True, tls=tls, get_info=information)
        made.append(
            ldap3.Connection(
                server,
                user,
                password,
                auto_referrals=False,
                check_names=False,
                receive_timeout=10,
                return_empty_attributes=False,
                **more,
            )
        )
        made[-1].bind()
        return made[-1]

    yield connect
    for connection in made:
        connection.strategy.close()
