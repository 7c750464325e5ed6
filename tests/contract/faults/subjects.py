"""The three resources as the table strikes them: how they are called, what their target shows, what a state claims of it.

What a target shows is read past the provider, from the emulated host's or the directory's own memory.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from contract.directory.domains import MEMBER, TRANSITION, Embedded, configuration_of
from contract.directory.domains import scenario as domain_of
from hyperv_migration.directory.computers import disconnect
from hyperv_migration.lab.directory import EmbeddedDirectory
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.scenario import Host, Network
from support.callers import Caller
from support.hosts import Bench, scenario

State = dict[str, Any]
Held = tuple[str, State]
"""What the engine keeps of a resource: its id and its state."""

PATIENCE = 1
"""Seconds a target may take for one answer where it is to be too slow."""
_AMPLE = 15
"""… and where it is not, however busy the machine is."""
SLOW = {"delay", "dc-frozen"}
"""The rows whose faults take time."""
_SETTINGS = {
    "enabled": "EnableVirtualSystemMigration",
    "maximumVirtualMachineMigrations": "MaximumActiveVirtualSystemMigration",
    "maximumStorageMigrations": "MaximumActiveStorageMigration",
}
_ANY = {("0.0.0.0", 0), ("::", 0)}


class Subject(ABC):
    """One resource on a running target."""

    kind: str
    says: str
    """The target's name, as every sentence must say it."""
    declared: dict[str, Any]
    redeclared: dict[str, Any]

    caller: Caller
    """How its operations are called."""

    @abstractmethod
    def picture(self) -> Any:
        """Everything of the target that anybody could lose."""

    @abstractmethod
    def live(self) -> dict[str, Any]:
        """What a true state would claim of the target now."""

    @abstractmethod
    def claims(self, state: State) -> dict[str, Any]:
        """What a state claims of the target."""

    @abstractmethod
    def received(self) -> list[str]:
        """What the target was asked since the run began; "write" for what changes it."""

    @abstractmethod
    def next_process(self) -> None:
        """Go on in a new process and a new run."""

    @abstractmethod
    def hoped(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """What the target shows once it is as declared."""

    def could_be(self, kept: Mapping[str, Any], before: Mapping[str, Any], hoped: Mapping[str, Any]) -> bool:
        """Whether a state kept without a look claims only what was there before, or may have been written."""
        return all(value in (before[name], hoped[name]) for name, value in kept.items())

    def checked(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Inputs as the engine has them after check."""
        checked, failures = self.caller.check(self.kind, inputs)
        assert failures == []
        return checked

    def create(self, inputs: Mapping[str, Any]) -> Held:
        """Create."""
        return self.caller.create(self.kind, self.checked(inputs))

    def update(self, held: Held, inputs: Mapping[str, Any]) -> Held:
        """Update."""
        return held[0], self.caller.update(self.kind, held, self.checked(inputs))

    def read(self, held: Held) -> State | None:
        """Read again."""
        return self.caller.read(self.kind, held)

    def delete(self, held: Held) -> None:
        """Delete."""
        self.caller.delete(self.kind, held)


class OnHost(Subject):
    """A resource on HV01, which has settings, a network and an entry of its own before we come."""

    says = "hv01.lab.test"

    def __init__(self, lab: Lab, caller: Caller, patience: int) -> None:
        self.bench = Bench(lab, caller, winrm={"operationTimeout": patience, "readyTimeout": PATIENCE})
        self.caller = self.bench.ready()
        self.host = self.bench.host()
        self.host.change(MaximumActiveVirtualSystemMigration=9)

    def picture(self) -> Any:
        """Settings and networks; the identity of an entry that came back is a new one."""
        networks = {(one.subnet_number, one.prefix_length, one.metric, one.tags) for one in self.host.networks}
        return dict(self.host.settings), networks, len(self.host.networks)

    def received(self) -> list[str]:
        """Each request; methods are writes."""
        return ["write" if one.kind == "Invoke" else one.class_name for one in self.host.journal.received()]

    def next_process(self) -> None:
        """A new process, and an empty journal of the target."""
        self.bench.new_run()
        self.bench.ready()


class HostSubject(OnHost):
    """MigrationHost: several properties, and the any-network pair, so that an operation writes more than once."""

    kind = "MigrationHost"

    def __init__(self, lab: Lab, caller: Caller, patience: int) -> None:
        super().__init__(lab, caller, patience)
        common = {"computerName": "hv01.lab.test", "enabled": True, "authenticationType": "Kerberos"}
        self.declared = {**common, "useAnyNetwork": True}
        self.redeclared = {
            **common,
            "useAnyNetwork": False,
            "maximumVirtualMachineMigrations": 4,
            "performanceOption": "SMB",
        }

    def live(self) -> dict[str, Any]:
        """The settings, from the instance's own properties."""
        settings = self.host.settings
        found: dict[str, Any] = {name: settings[cim] for name, cim in _SETTINGS.items()}
        found["authenticationType"] = ("CredSSP", "Kerberos")[int(settings["AuthenticationType"])]
        copied = (settings["EnableCompression"], settings["EnableSmbTransport"])
        found["performanceOption"] = {(True, False): "Compression", (False, True): "SMB"}.get(copied, "TCPIP")
        found["useAnyNetwork"] = {(one.subnet_number, one.prefix_length) for one in self.host.networks} >= _ANY
        return found

    def claims(self, state: State) -> dict[str, Any]:
        """The settings in a state."""
        return {name: state.get(name) for name in self.live()}

    def hoped(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The declared settings over those that are there."""
        live = self.live()
        return {**live, **{name: value for name, value in inputs.items() if name in live}}


class NetworkSubject(OnHost):
    """MigrationNetwork: 192.168.10.0/24, which may have been there before with metric 7."""

    kind = "MigrationNetwork"

    def __init__(self, lab: Lab, caller: Caller, patience: int) -> None:
        super().__init__(lab, caller, patience)
        common = {"computerName": "hv01.lab.test", "subnet": "192.168.10.0/24"}
        self.declared = {**common, "priority": 15}
        self.redeclared = {**common, "priority": 5}

    def live(self) -> dict[str, Any]:
        """The metric of the entry; nothing where there is none."""
        found = [one.metric for one in self.host.networks if one.subnet_number == "192.168.10.0"]
        return {"metrics": found}

    def claims(self, state: State) -> dict[str, Any]:
        """The metric in a state that has seen the entry."""
        return {"metrics": [state["priority"]] if "instanceId" in state else []}

    def hoped(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Exactly one entry, with the declared metric."""
        return {"metrics": [inputs["priority"]]}


class DelegationSubject(Subject):
    """KerberosDelegation: HV01 delegates to somebody else already, to one of our entries in another spelling too."""

    kind = "KerberosDelegation"
    says = "dc1.lab.test"

    def __init__(self, directory: EmbeddedDirectory, caller: Caller, patience: int) -> None:
        self.directory, self.caller = directory, caller
        Embedded(directory).set_delegation("HV01", ["http/web", "CIFS/hv02"], MEMBER)
        self.configuration = configuration_of(
            directory, transport="ldaps", bind="simple", operationTimeout=patience, replicationTimeout=PATIENCE
        )
        caller.configure(self.configuration)
        self.declared = {"source": "HV01", "destinations": ["HV02"]}
        self.redeclared = {"source": "HV01", "destinations": ["HV02", "FS01"], "services": ["cifs"]}

    def picture(self) -> Any:
        """The list and userAccountControl of every account."""
        read = self.directory.administrator.read
        names = ("HV01", "HV02", "FS01")
        return {
            name: (frozenset(found["msDS-AllowedToDelegateTo"]), found["userAccountControl"])
            for name in names
            if (found := read(name))
        }

    def live(self) -> dict[str, Any]:
        """Which of the entries that were ever declared are listed, and the bit."""
        listed, control = Embedded(self.directory).delegation("HV01")
        ours = {one.casefold() for one in listed if not one.startswith("http/")}
        return {"entries": ours, "transition": bool(control & TRANSITION & ~MEMBER)}

    def claims(self, state: State) -> dict[str, Any]:
        """What the state says is listed, and the bit."""
        names = {one.casefold() for one in state["servicePrincipalNames"]}
        # What an update has just released is no more declared; if it is still there, the ledger knows it.
        return {
            "entries": names | {one.casefold() for one in state["addedServicePrincipalNames"]},
            "transition": state["protocolTransition"],
        }

    def hoped(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Exactly the declared entries beside the foreign one, and the bit."""
        cifs = {f"cifs/{name}{tail}" for name in ("hv02", "fs01") for tail in ("", ".lab.test")}
        service = "microsoft virtual system migration service"
        both = {"cifs/hv02", "cifs/hv02.lab.test", f"{service}/hv02", f"{service}/hv02.lab.test"}
        return {"entries": cifs if "services" in inputs else both, "transition": True}

    def could_be(self, kept: Mapping[str, Any], before: Mapping[str, Any], hoped: Mapping[str, Any]) -> bool:
        """Likewise, entry by entry."""
        entries = kept["entries"] <= before["entries"] | hoped["entries"]
        return entries and kept["transition"] in (before["transition"], hoped["transition"])

    def received(self) -> list[str]:
        """Each operation; modifies are writes."""
        return ["write" if one.kind == "modify" else one.kind for one in self.directory.journal.operations()]

    def next_process(self) -> None:
        """A new process, and an empty journal of the target."""
        disconnect()
        self.caller.configure(self.configuration)
        self.directory.journal.reset()


def variants(resource: str) -> tuple[str, ...]:
    """How a resource's target may be found."""
    return ("added", "adopted") if resource == "MigrationNetwork" else ("found",)


@contextmanager
def subject_of(resource: str, variant: str, caller: Caller, row: str = "") -> Iterator[Subject]:
    """Start a target of its own, strike-free, in a new process; patient with it unless the row is one of the slow ones."""
    patience = PATIENCE if row in SLOW else _AMPLE
    if resource == "KerberosDelegation":
        with EmbeddedDirectory(domain_of()) as directory:
            try:
                yield DelegationSubject(directory, caller, patience)
            finally:
                directory.faults.clear()
                disconnect()
        return
    there = [Network(subnet_number="192.168.77.0", prefix_length=24, metric=3)]
    if variant == "adopted":
        there.append(Network(subnet_number="192.168.10.0", prefix_length=24, metric=7))
    with Lab(scenario(Host(name="HV01", networks=tuple(there)))) as lab:
        subject = (HostSubject if resource == "MigrationHost" else NetworkSubject)(lab, caller, patience)
        try:
            yield subject
        finally:
            subject.next_process()
