"""Two hosts that are ready for each other, each test a new process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from hyperv_migration.directory.computers import disconnect
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.scenario import Directory, Host, Network, Replica
from support.hosts import scenario

MakePair = Callable[..., Lab]
SUBNET = Network(subnet_number="192.168.10.0", prefix_length=24)
SERVICES = ("cifs", "Microsoft Virtual System Migration Service")
HV01 = Host(name="HV01", listener_addresses=("192.168.10.11",), networks=(SUBNET,), user_account_control=0x1001000)
HV02 = replace(HV01, name="HV02", listener_addresses=("192.168.10.12",))


def entries(name: str) -> tuple[str, ...]:
    """What a delegation to a host lists."""
    return tuple(f"{service}/{host}" for service in SERVICES for host in (name, f"{name.lower()}.lab.test"))


@pytest.fixture(autouse=True)
def new_process() -> Iterator[None]:
    """Begin and end each test as a new process does."""
    yield
    disconnect()


@pytest.fixture
def pair_of() -> Iterator[MakePair]:
    """Start a lab of two hosts that are ready, each but for what is given."""
    with ExitStack() as stack:

        def start(one: Host = HV01, other: Host = HV02, *more: Host, replica: bool = False) -> Lab:
            hosts = (
                replace(one, allowed_to_delegate_to=entries("HV02")),
                replace(other, allowed_to_delegate_to=entries("HV01")),
                *more,
            )
            directory = Directory(replica=Replica() if replica else None)
            lab = stack.enter_context(Lab(scenario(*hosts, directory=directory)))
            for host in lab.hosts.values():
                host.change(EnableVirtualSystemMigration=True, AuthenticationType=1)
            return lab

        yield start
