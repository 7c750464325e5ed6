"""Operations on emulated hosts without an engine: what a call needs, and what it said."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hyperv_migration.lab.hosts.host import EmulatedHost
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.scenario import Account, Host, Scenario
from hyperv_migration.model.configuration import read_configuration
from hyperv_migration.operations.created import forget_created
from hyperv_migration.operations.ports import Call
from hyperv_migration.operations.resources import RESOURCES
from hyperv_migration.wiring import WiredTargets, forget_connections

PASSWORD = "Planted-Operator-1"
URN = "urn:pulumi:test::story::pulumi-python:dynamic/hyperv-migration:{kind}::{name}"

State = dict[str, Any]


def scenario(*hosts: Host, **more: Any) -> Scenario:
    """A lab of these hosts, or of a fresh HV01, with one operator unless other accounts are given."""
    parts = {"accounts": (Account(name="operator", password=PASSWORD),), **more}
    return Scenario(hosts=hosts or (Host(name="HV01"),), **parts)


@dataclass
class Said:
    """A log that remembers."""

    warnings: list[str] = field(default_factory=list)
    progressed: list[str] = field(default_factory=list)

    def warning(self, message: str) -> None:
        """Remember a warning."""
        self.warnings.append(message)

    def progress(self, message: str) -> None:
        """Remember a step."""
        self.progressed.append(message)


class Bench:
    """One resource after the other, called as a face calls them, on the hosts of a running lab."""

    def __init__(self, lab: Lab, **configuration: Any) -> None:
        """Sign in as the operator; further configuration keys are laid over."""
        self.lab = lab
        self.said = Said()
        self.configuration = {
            "username": "LAB\\operator",
            "password": PASSWORD,
            "addresses": {host.fqdn: host.url for host in lab.hosts.values()},
            **configuration,
        }

    def host(self, name: str = "HV01") -> EmulatedHost:
        """One emulated host."""
        return self.lab.hosts[name]

    def call(self, kind: str = "MigrationHost", name: str = "it", *, timeout: float = 20.0) -> Call:
        """One call of the engine."""
        targets = WiredTargets(read_configuration(self.configuration), environment={})
        return Call(targets=targets, log=self.said, urn=URN.format(kind=kind, name=name), timeout=timeout)

    def create(self, kind: str, *, timeout: float = 20.0, **inputs: Any) -> tuple[str, State]:
        """Check and create."""
        resource = RESOURCES[kind]
        checked, failures = resource.check(inputs)
        assert failures == []
        return resource.create(checked, self.call(kind, timeout=timeout))

    def update(self, kind: str, id_: str, state: State, *, timeout: float = 20.0, **inputs: Any) -> State:
        """Check and update."""
        resource = RESOURCES[kind]
        checked, failures = resource.check(inputs)
        assert failures == []
        return resource.update(id_, state, checked, self.call(kind, timeout=timeout))

    def read(self, kind: str, id_: str, state: State) -> State | None:
        """Read again."""
        return RESOURCES[kind].read(id_, state, self.call(kind))

    def delete(self, kind: str, id_: str, state: State, *, timeout: float = 20.0) -> None:
        """Delete."""
        RESOURCES[kind].delete(id_, state, self.call(kind, timeout=timeout))

    def changed(self, kind: str, state: State, **inputs: Any) -> tuple[str, ...]:
        """What a preview would show as changed."""
        resource = RESOURCES[kind]
        checked, failures = resource.check(inputs)
        assert failures == []
        return resource.diff(state, checked).changed

    def messages(self, name: str = "HV01") -> list[str]:
        """What a host was asked since the last reset: message kinds, and methods by their names, host facts left out."""
        facts = {"Win32_ComputerSystem", "Win32_OperatingSystem", "Win32_DeviceGuard", "MSCluster_Cluster"}
        facts |= {"Msvm_VirtualSystemMigrationSettingData", "MSFT_NetAdapterRdmaSettingData", "MSFT_NetAdapter"}
        received = [one for one in self.host(name).journal.received() if one.counted]
        return [one.method or one.class_name for one in received if one.class_name not in facts]

    def new_run(self) -> None:
        """Go on as the next run of the engine does, in a new process."""
        forget_created()
        forget_connections()
        for host in self.lab.hosts.values():
            host.journal.reset()
