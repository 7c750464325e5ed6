"""The emulated hosts that histories are played on: reset, looked at and administered past every client of ours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from contract.histories.hosts.pictures import ANY, CLUSTER, Machine, as_cim, entry_of, machine
from contract.histories.hosts.steps import HOSTS, TAGS, AnyNetwork, Becomes, Beginning, ByHand, Fault, Lists, Sets
from hyperv_migration.lab.hosts.host import EmulatedHost
from hyperv_migration.lab.hosts.injection import Event, FaultKind, Faults
from hyperv_migration.lab.hosts.injection import Fault as Ordered
from hyperv_migration.lab.hosts.state import Change, HostState
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.scenario import Host
from support.hosts import PASSWORD

_ORDERS: dict[str, dict[str, Any]] = {
    "answer lost": {"kind": "reset-after", "when": {"operation": "Invoke"}},
    "silence": {"kind": "reset-after", "when": {"operation": "Invoke"}},
    "lost before": {"kind": "reset-before", "when": {"operation": "Invoke"}},
    "refused": {"kind": "return-value", "code": 32775, "when": {"operation": "Invoke"}},
    "failed job": {"kind": "job", "code": 32775, "when": {"operation": "Invoke"}},
    "half-done job": {"kind": "job", "code": 32775, "applied": True, "when": {"operation": "Invoke"}},
    "unreadable": {"kind": "http-status", "when": {"operation": "Enumerate", "namespace": "root/virtualization/v2"}},
}
_FACTS = {"Win32_ComputerSystem", "Win32_OperatingSystem", "Win32_DeviceGuard", "MSCluster_Cluster"}
_FACTS |= {"Msvm_VirtualSystemMigrationSettingData"}
_PAIR = (("0.0.0.0", 0), ("::", 0))


class Overtaken(Faults):
    """The faults of a host, and somebody who acts right before a method call: the latest that anybody can."""

    def __init__(self) -> None:
        super().__init__()
        self.act: Callable[[], object] | None = None
        self.calls_first = 0
        self.happened = False
        self.last_word: Ordered | None = None
        """After this fault nobody answers any more."""

    def take(self, event: Event) -> Ordered | None:
        """Let the other one act first."""
        if event.operation == "Invoke" and self.act is not None and not self.happened:
            self.calls_first -= 1
            if self.calls_first < 0:
                self.happened = True
                self.act()
        struck = super().take(event)
        if struck is not None and struck is self.last_word:
            self.order(Ordered(FaultKind.REFUSE_CONNECTION, times=999))
        return struck


@dataclass
class HostWorld:
    """Two hosts of one lab; every history has them as new."""

    lab: Lab = field(repr=False)
    _armed: Ordered | None = field(default=None, repr=False)

    def begin(self, beginning: Beginning) -> None:
        """Install both anew and let the first steps happen, which nobody remembers."""
        for name in HOSTS:
            host = self.host(name)
            host.options, host.jobs_by_default = beginning.options, beginning.jobs
            host._jobs._options = beginning.options
            host.faults, host.fqdn = Overtaken(), f"{name.lower()}.lab.test"
            host.end_jobs()
            self._install(host)
        for step in beginning.steps:
            self.administer(step)
        for name in HOSTS:
            self.host(name)._state.history.clear()

    def host(self, name: str) -> EmulatedHost:
        """One of the hosts, by the name under which it is addressed."""
        return self.lab.hosts[name.partition(".")[0].upper()]

    def machine(self, name: str) -> Machine:
        """Look at a host."""
        host = self.host(name)
        return machine(host.fqdn, host.snapshot)

    def history(self, name: str, since: int) -> list[tuple[Change, Machine]]:
        """Return what happened to a host, with how it was after each change."""
        host = self.host(name)
        return [(change, machine(host.fqdn, change.snapshot)) for change in host.history[since:]]

    def moment(self, name: str) -> int:
        """Mark this moment in a host's history."""
        return len(self.host(name).history)

    def administer(self, step: ByHand) -> None:
        """Let somebody else do something by hand, as far as it can be done."""
        host = self.host(step.host)
        match step:
            case Sets():
                host.change(**as_cim(step.name, step.value))
            case AnyNetwork():
                self._pair(host, present=step.present)
            case Lists():
                self._list(host, step)
            case Becomes():
                self._become(host, step.what)

    def arm(self, fault: Fault) -> None:
        """Let something go wrong on HV01 from now on."""
        host = self.host("HV01")
        faults = host.faults
        assert isinstance(faults, Overtaken)
        if fault.act is not None:
            act = fault.act
            faults.calls_first, faults.happened = fault.nth, False
            faults.act = lambda: self.administer(act)
            return
        order = dict(_ORDERS[fault.kind])
        when = {**order.pop("when"), "after": fault.nth}
        self._armed = host.inject(order.pop("kind"), when=when, **order)
        if fault.kind == "silence":
            faults.last_word = self._armed

    def struck(self) -> bool:
        """Tell whether it has."""
        faults = self.host("HV01").faults
        return (self._armed is not None and self._armed.struck > 0) or (
            isinstance(faults, Overtaken) and faults.happened
        )

    def disarm(self) -> None:
        """Let everything go right again."""
        faults = self.host("HV01").faults
        assert isinstance(faults, Overtaken)
        faults.clear()
        faults.act, faults.happened, faults.last_word, self._armed = None, False, None, None

    def end_jobs(self) -> None:
        """Let every job end that nobody waits for any more."""
        for name in HOSTS:
            self.host(name).end_jobs()

    def forget_messages(self, name: str) -> None:
        """Count from here on."""
        self.host(name).journal.reset()

    def messages(self, name: str) -> int:
        """Count what DESIGN §5 counts, with what is asked once per process left out."""
        received = [one for one in self.host(name).journal.received() if one.counted]
        return len([one for one in received if one.class_name not in _FACTS])

    def pages(self, name: str) -> int:
        """Count the further answers of lists that are longer than one; no list of settings or networks here is."""
        return len([one for one in self.host(name).journal.received() if one.kind == "Pull"])

    def configuration(self) -> dict[str, Any]:
        """Return what a stack configures to reach both."""
        return {
            "username": "LAB\\operator",
            "password": PASSWORD,
            "addresses": {f"{name.lower()}.lab.test": self.host(name).url for name in HOSTS},
            "winrm": {"readyTimeout": 1},
        }

    def _install(self, host: EmulatedHost) -> None:
        host._state = HostState.of(Host(name=host.name), "lab.test")

    def _pair(self, host: EmulatedHost, *, present: bool) -> None:
        there = [entry for entry in host.networks if entry.prefix_length == 0]
        if not present:
            for entry in there:
                host.remove_network(entry.instance_id)
            return
        for number, prefix in _PAIR:
            if number not in {entry.subnet_number.replace("::0", "::") for entry in there}:
                host.add_network(number, prefix, tags=(ANY,))

    def _list(self, host: EmulatedHost, step: Lists) -> None:
        there = [one for one in host.networks if entry_of(one).subnet == step.subnet]
        number, _, prefix = step.subnet.partition("/")
        if step.what in {"adds again", "clusters too"} or (step.what in TAGS and not there):
            host.add_network(number, int(prefix), metric=step.metric, tags=TAGS[step.what])
        elif step.what == "removes" and there:
            host.remove_network(there[0].instance_id)
        elif step.what == "ranks" and there:
            host.change_network(there[0].instance_id, metric=step.metric)
        elif step.what == "takes over" and there:
            host.change_network(there[0].instance_id, tags=(CLUSTER,))

    def _become(self, host: EmulatedHost, what: str) -> None:
        if what == "renamed":
            own = f"{host.name.lower()}.lab.test"
            host.fqdn = own if host.fqdn != own else f"{host.name.lower()}r.lab.test"
        elif what == "installed anew":
            self._install(host)
        else:
            host.change_facts(clustered=what == "joins a cluster")
