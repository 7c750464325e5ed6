"""KerberosDelegation on a real domain without an engine: called as a face calls it, through the real wiring."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hyperv_migration.directory.computers import disconnect
from hyperv_migration.operations import delegation
from support.callers import Caller, Place, Straight
from support.said import Said
from support.samba import Domain
from support.samba_accounts import CONTROLLER

KIND = "KerberosDelegation"
PATIENT = Place(timeout=0.0)
"""Waits as long as the configuration says."""
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
    """One resource after the other; what was said is kept. Without a caller, past the faces."""

    def __init__(
        self,
        configuration: Mapping[str, Any],
        environment: Mapping[str, str] | None = None,
        caller: Caller | None = None,
    ) -> None:
        self.configuration = dict(configuration)
        self.environment = dict(environment or {})
        self.caller = caller or Straight(environment=self.environment)
        self.caller.said = Said()

    @property
    def said(self) -> Said:
        """What was said since the bench was made."""
        return self.caller.said

    def ready(self) -> Caller:
        """The way to the operations, with the configuration as it is now."""
        self.caller.configure(self.configuration)
        return self.caller

    def create(self, **inputs: Any) -> tuple[str, State]:
        """Check and create; HV01 to HV02 unless said otherwise."""
        return self.ready().create(KIND, checked(**inputs), place=PATIENT)

    def update(self, id_: str, state: State, **inputs: Any) -> State:
        """Check and update."""
        return self.ready().update(KIND, (id_, state), checked(**inputs), place=PATIENT)

    def read(self, id_: str, state: State) -> State | None:
        """Read again."""
        return self.ready().read(KIND, (id_, state))

    def delete(self, id_: str, state: State) -> None:
        """Delete, as the next run of the engine does."""
        new_run()
        self.ready().delete(KIND, (id_, state), place=PATIENT)


def checked(**inputs: Any) -> dict[str, Any]:
    """Inputs as the engine hands them over after a check."""
    given = {"source": "HV01", "destinations": ["HV02"], **inputs}
    news, failures = delegation.check(given)
    assert failures == []
    return news


def new_run() -> None:
    """Forget what a process knows."""
    disconnect()
