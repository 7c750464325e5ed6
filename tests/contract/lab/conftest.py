"""Labs for the tests of the emulated hosts: started on demand, stopped at the end of each test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Protocol

import pytest

from contract.lab.client import PASSWORD, Client
from hyperv_migration.lab.hosts.host import EmulatedHost
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.options import Options
from hyperv_migration.lab.scenario import Account, Host, Scenario

ACCOUNTS = (
    Account(name="operator", password=PASSWORD),
    Account(name="second", password=PASSWORD),
    Account(
        name="hyperv", password=PASSWORD, administrator=False, remote_management_user=True, hyperv_administrator=True
    ),
    Account(name="reader", password=PASSWORD, administrator=False, remote_management_user=True, reads_cimv2=True),
    Account(name="nobody", password=PASSWORD, administrator=False),
)


class StartHost(Protocol):
    """Starts a lab of one host."""

    def __call__(self, options: Options | None = None, **host: Any) -> EmulatedHost:
        """Give the host, called HV01 unless said otherwise."""


class Connect(Protocol):
    """Opens a client of a host."""

    def __call__(self, host: EmulatedHost, **client: Any) -> Client:
        """Give the client; it is closed at the end of the test."""


@pytest.fixture
def start_host() -> Iterator[StartHost]:
    """Start labs of one host each."""
    with ExitStack() as stack:

        def start(options: Options | None = None, **host: Any) -> EmulatedHost:
            one = Host(**{"name": "HV01", **host}, options=options or Options())
            lab = stack.enter_context(Lab(Scenario(accounts=ACCOUNTS, hosts=(one,))))
            return lab.hosts[one.name.upper()]

        yield start


@pytest.fixture
def host(start_host: StartHost) -> EmulatedHost:
    """A fresh HV01."""
    return start_host()


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Open clients."""
    with ExitStack() as stack:

        def open_client(host: EmulatedHost, **client: Any) -> Client:
            opened = Client(host, **client)
            stack.callback(opened.close)
            return opened

        yield open_client


@pytest.fixture
def client(host: EmulatedHost, connect: Connect) -> Client:
    """A client of the fresh HV01, signed in as its administrator."""
    return connect(host)
