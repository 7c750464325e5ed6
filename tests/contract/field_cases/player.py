"""Plays a case: a starting state, a program in several steps, and after each step the end state and the writes it cost.

The cases are data (`*_cases.py`), each with the number it has in the project's field notes and the source it comes from.
A write is a method invoked on a host or a modify sent to the directory, counted where it arrives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.scenario import Computer, Host
from support.hosts import Bench, State

MIGRATION_SERVICE = "Microsoft Virtual System Migration Service"
HV01 = "hv01.lab.test"

Program = Mapping[str, Any]
"""The inputs of one resource, its kind under `kind`."""


def host(**inputs: Any) -> Program:
    """A MigrationHost for HV01."""
    return {"kind": "MigrationHost", "computerName": HV01, **inputs}


def network(subnet: str, **inputs: Any) -> Program:
    """A MigrationNetwork of HV01."""
    return {"kind": "MigrationNetwork", "computerName": HV01, "subnet": subnet, **inputs}


def delegation(*destinations: str, **inputs: Any) -> Program:
    """A KerberosDelegation of HV01."""
    return {"kind": "KerberosDelegation", "source": HV01, "destinations": list(destinations), **inputs}


def entries(*names: str, services: tuple[str, ...] = ("cifs", MIGRATION_SERVICE)) -> set[str]:
    """What a delegation to these computers lists."""
    return {
        f"{service}/{form}" for service in services for name in names for form in (name, f"{name.lower()}.lab.test")
    }


@dataclass(frozen=True, kw_only=True)
class Step:
    """One command of the engine, or something that happens at the target meanwhile.

    What is None or empty is not compared.
    """

    do: str
    """preview, up, refresh or destroy; hand: somebody else changes something."""
    program: Program | None = None
    """What the program declares from now on."""
    by_hand: Callable[[Lab], object] | None = None
    writes: int = 0
    settings: Mapping[str, bool | int] = field(default_factory=dict)
    """Settings of HV01 by their CIM names."""
    networks: tuple[str, ...] | None = None
    """The whole list of HV01, each as address/prefix and metric."""
    delegation: tuple[set[str], int] | None = None
    """The whole list of HV01's account, and userAccountControl."""
    state: Mapping[str, Any] = field(default_factory=dict)
    changed: tuple[str, ...] | None = None
    """The properties a preview shows as changed."""
    fails: str = ""
    """A part of the message it fails with."""
    warns: str = ""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One case of the field notes."""

    number: str
    source: str
    says: str
    steps: tuple[Step, ...]
    host: Host = field(default_factory=lambda: Host(name="HV01"))
    computers: tuple[Computer, ...] = ()

    def __str__(self) -> str:
        return f"{self.number} {self.says}"


class Player:
    """Plays the steps of one case as the engine would."""

    def __init__(self, bench: Bench) -> None:
        """Begin with nothing in the state."""
        self.bench = bench
        self.program: Program = {}
        self.id = ""
        self.state: State | None = None
        self.differs = False
        self.changed: tuple[str, ...] | None = ()
        """By name, where the face tells names."""

    def play(self, step: Step) -> None:
        """Do one step and compare what it left."""
        self.program = step.program or self.program
        before = self._writes()
        failure = self._failure(step)
        assert step.fails in failure if step.fails else failure == ""
        self._compare(step, self._writes() - before)

    def _failure(self, step: Step) -> str:
        try:
            {"preview": self._preview, "up": self._up, "refresh": self._refresh, "destroy": self._destroy}.get(
                step.do, lambda: step.by_hand and step.by_hand(self.bench.lab)
            )()
        except Exception as error:  # noqa: BLE001 - what a case says of any failure is its sentence
            return str(error)
        return ""

    @property
    def _kind(self) -> str:
        return str(self.program["kind"])

    @property
    def _inputs(self) -> State:
        given = {name: value for name, value in self.program.items() if name != "kind"}
        checked, failures = self.bench.ready().check(self._kind, given)
        if failures:
            raise ValueError("; ".join(failures))
        return checked

    def _preview(self) -> None:
        inputs = self._inputs
        if self.state is None:
            self.differs, self.changed = True, tuple(inputs)
        else:
            found = self.bench.ready().diff(self._kind, self.id, self.state, inputs)
            self.differs, self.changed = bool(found), found.names

    def _up(self) -> None:
        self._preview()
        self.bench.new_run()
        if self.state is None:
            self.id, self.state = self.bench.ready().create(self._kind, self._inputs)
        elif self.differs:
            self.state = self.bench.ready().update(self._kind, (self.id, self.state), self._inputs)

    def _refresh(self) -> None:
        if self.state is not None:
            self.state = self.bench.read(self._kind, self.id, self.state)

    def _destroy(self) -> None:
        if self.state is not None:
            self.bench.new_run()
            self.bench.delete(self._kind, self.id, self.state)
            self.state = None

    def _writes(self) -> int:
        lab = self.bench.lab
        done = [change for each in lab.hosts.values() for change in each.history if "administrator" not in change.by]
        sent = lab.directory.journal.operations("modify") if lab.directory is not None else []
        return len(done) + len(sent)

    def _compare(self, step: Step, writes: int) -> None:
        lab = self.bench.lab
        assert writes == step.writes
        target = lab.hosts["HV01"]
        assert {name: target.settings[name] for name in step.settings} == dict(step.settings)
        if step.networks is not None:
            listed = tuple(f"{each.subnet_number}/{each.prefix_length} {each.metric}" for each in target.networks)
            assert listed == step.networks
        if step.delegation is not None:
            assert lab.directory is not None
            account = lab.directory.administrator.read("HV01")
            live = (set(account["msDS-AllowedToDelegateTo"]), int(account["userAccountControl"]))
            assert live == step.delegation
        if step.state:
            assert self.state is not None
            assert {name: self.state.get(name) for name in step.state} == dict(step.state)
        if step.changed is not None:
            assert self.differs == bool(step.changed)
            assert self.changed in {None, step.changed}
        assert step.warns == "" or any(step.warns in warning for warning in self.bench.said.warnings)
