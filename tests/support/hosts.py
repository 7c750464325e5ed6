"""Operations on emulated hosts without an engine: what a call needs, and what it said."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from hyperv_migration.lab.hosts.host import EmulatedHost
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.scenario import Account, Host, Scenario
from hyperv_migration.operations.ports import Call
from support.callers import Caller, Place, Straight
from support.said import Said

PASSWORD = "Planted-Operator-1"
URN = "urn:pulumi:test::story::pulumi-python:dynamic/hyperv-migration:{kind}::{name}"

State = dict[str, Any]


def scenario(*hosts: Host, **more: Any) -> Scenario:
    """A lab of these hosts, or of a fresh HV01, with one operator unless other accounts are given."""
    parts = {"accounts": (Account(name="operator", password=PASSWORD),), **more}
    return Scenario(hosts=hosts or (Host(name="HV01"),), **parts)


class Bench:
    """One resource after the other, called as a face calls them, on the hosts of a running lab."""

    def __init__(self, lab: Lab, caller: Caller | None = None, **configuration: Any) -> None:
        """Sign in as the operator; further configuration keys are laid over. Without a caller, past the faces."""
        self.lab = lab
        self.caller = caller or Straight()
        self.configuration = {
            "username": "LAB\\operator",
            "password": PASSWORD,
            "addresses": {host.fqdn: host.url for host in lab.hosts.values()},
            **configuration,
        }
        self._handed_over: dict[str, Any] = {}
        self.caller.said = Said()

    @property
    def said(self) -> Said:
        """What was said since the bench was made."""
        return self.caller.said

    @said.setter
    def said(self, said: Said) -> None:
        self.caller.said = said

    def ready(self) -> Caller:
        """The way to the operations, with the configuration as it is now."""
        if self._handed_over != self.configuration:
            self.caller.configure(self.configuration)
            self._handed_over = deepcopy(self.configuration)
        return self.caller

    def host(self, name: str = "HV01") -> EmulatedHost:
        """One emulated host."""
        return self.lab.hosts[name]

    def call(self, kind: str = "MigrationHost", name: str = "it", *, timeout: float = 20.0) -> Call:
        """One call of the engine, as the operations get it."""
        straight = Straight(self.said)
        straight.configure(self.configuration)
        return straight.call(kind, Place(name=name, timeout=timeout))

    def checked(self, kind: str, inputs: Mapping[str, Any]) -> State:
        """Inputs as the engine has them after check."""
        checked, failures = self.ready().check(kind, inputs)
        assert failures == []
        return checked

    def create(self, kind: str, *, timeout: float = 20.0, **inputs: Any) -> tuple[str, State]:
        """Check and create."""
        return self.ready().create(kind, self.checked(kind, inputs), place=Place(timeout=timeout))

    def update(self, kind: str, id_: str, state: State, *, timeout: float = 20.0, **inputs: Any) -> State:
        """Check and update."""
        return self.ready().update(kind, (id_, state), self.checked(kind, inputs), place=Place(timeout=timeout))

    def read(self, kind: str, id_: str, state: State) -> State | None:
        """Read again."""
        return self.ready().read(kind, (id_, state))

    def delete(self, kind: str, id_: str, state: State, *, timeout: float = 20.0) -> None:
        """Delete."""
        self.ready().delete(kind, (id_, state), place=Place(timeout=timeout))

    def changed(self, kind: str, state: State, **inputs: Any) -> tuple[str, ...]:
        """What a preview would show as changed; by the operation's own word where the face only says that something is."""
        checked = self.checked(kind, inputs)
        found = self.ready().diff(kind, "", state, checked)
        names = Straight().diff(kind, "", state, checked).names if found.names is None else found.names
        assert bool(names) == bool(found)
        return names or ()

    def messages(self, name: str = "HV01") -> list[str]:
        """What a host was asked since the last reset: message kinds, and methods by their names, host facts left out."""
        facts = {"Win32_ComputerSystem", "Win32_OperatingSystem", "Win32_DeviceGuard", "MSCluster_Cluster"}
        facts |= {"Msvm_VirtualSystemMigrationSettingData", "MSFT_NetAdapterRdmaSettingData", "MSFT_NetAdapter"}
        received = [one for one in self.host(name).journal.received() if one.counted]
        return [one.method or one.class_name for one in received if one.class_name not in facts]

    def new_run(self) -> None:
        """Go on as the next run of the engine does, in a new process."""
        self._handed_over = {}
        for host in self.lab.hosts.values():
            host.journal.reset()
