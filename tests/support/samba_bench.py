"""KerberosDelegation on a real domain without an engine: called as a face calls it, through the real wiring."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hyperv_migration.directory.computers import disconnect
from hyperv_migration.model.configuration import read_configuration
from hyperv_migration.operations import delegation
from hyperv_migration.operations.created import forget_created
from hyperv_migration.operations.ports import Call
from hyperv_migration.wiring import WiredTargets, forget_connections
from support.hosts import URN, Said
from support.samba import Domain
from support.samba_accounts import CONTROLLER

State = dict[str, Any]


def configuration_of(domain: Domain, user: str = "operator", **directory: Any) -> dict[str, Any]:
    """The provider's configuration for a domain: everything but the password, with short waits."""
    return {
        "username": f"LAB\\{user}",
        "directory": {
            "domain": domain.dns_name,
            "domainControllers": [CONTROLLER],
            "connectTimeout": 5,
            "operationTimeout": 10,
            "replicationTimeout": 10,
            **directory,
        },
        "addresses": {CONTROLLER: domain.address},
    }


class Bench:
    """One resource after the other; what was said is kept."""

    def __init__(self, configuration: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> None:
        self.configuration = dict(configuration)
        self.environment = dict(environment or {})
        self.said = Said()

    def call(self, *, timeout: float = 0.0, name: str = "it") -> Call:
        """One call of the engine."""
        targets = WiredTargets(read_configuration(self.configuration), environment=self.environment)
        return Call(
            targets=targets, log=self.said, urn=URN.format(kind="KerberosDelegation", name=name), timeout=timeout
        )

    def create(self, **inputs: Any) -> tuple[str, State]:
        """Check and create; HV01 to HV02 unless said otherwise."""
        return delegation.create(checked(**inputs), self.call())

    def update(self, id_: str, state: State, **inputs: Any) -> State:
        """Check and update."""
        return delegation.update(id_, state, checked(**inputs), self.call())

    def read(self, id_: str, state: State) -> State | None:
        """Read again."""
        return delegation.read(id_, state, self.call())

    def delete(self, id_: str, state: State) -> None:
        """Delete, as the next run of the engine does."""
        new_run()
        delegation.delete(id_, state, self.call())


def checked(**inputs: Any) -> dict[str, Any]:
    """Inputs as the engine hands them over after a check."""
    given = {"source": "HV01", "destinations": ["HV02"], **inputs}
    news, failures = delegation.check(given)
    assert failures == []
    return news


def new_run() -> None:
    """Forget what a process knows."""
    forget_created()
    forget_connections()
    disconnect()
