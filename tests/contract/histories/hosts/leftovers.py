"""What may be left on a host in the end for a reason that is documented, and that nothing else is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from contract.histories.hosts.judgements import Moments
from contract.histories.hosts.oracle import Listed, Noted, NotedEntry, Owned
from contract.histories.hosts.pictures import USE_ANY, Entry, Machine
from contract.histories.hosts.steps import AnyNetwork, Becomes, ByHand, Sets
from hyperv_migration.lab.hosts.state import ADMINISTRATOR

Where = tuple[str, str]


def _short(name: str) -> str:
    return name.partition(".")[0].upper().removesuffix("R")


@dataclass
class Leftovers:
    """Per host: how each setting was when one stack first managed it, and what is excused from coming back."""

    found: dict[tuple[str, str], Any] = field(default_factory=dict)
    claimed: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    known: dict[tuple[str, Where], frozenset[str]] = field(default_factory=dict)
    excused: set[tuple[str, str]] = field(default_factory=set)

    def excuse(self, host: str, what: str) -> None:
        """Let a setting, or what is on a subnet, stay."""
        self.excused.add((_short(host), what))

    def administered(self, step: ByHand) -> None:
        """Somebody else's value is to stay, which the oracle has told of each operation already."""
        match step:
            case Sets():
                self.excuse(step.host, step.name)
            case AnyNetwork():
                self.excuse(step.host, USE_ANY)
            case Becomes() if step.what == "installed anew":
                for key in list(self.claimed):
                    if key[0] == _short(step.host):
                        self.excused.add(key)

    def ensured(self, host: str, where: Where, before: Machine, known: Owned | Listed, *, crash: bool) -> None:
        """Enter what a stack manages now; what it has released stays."""
        if not isinstance(known, Owned):
            return
        short, names = _short(host), frozenset(known.found)
        for name in names:
            self.claimed.setdefault((short, name), set()).add(where[0])
            self.found.setdefault((short, name), before.everything[name])
        if not crash:
            for name in self.known.get((short, where), frozenset()) - names:
                self.excuse(short, name)
            self.known[short, where] = names

    def deleted(self, host: str, where: Where, known: Owned | Listed, after: Machine, on_destroy: str) -> None:
        """Enter that a stack manages nothing any more."""
        del known, after
        self.known.pop((_short(host), where), None)
        if on_destroy == "Disable":
            self.excuse(host, "enabled")

    def resumed(self, host: str, note: Noted, live: Machine) -> None:
        """What a killed operation wrote and can be seen no more is anybody's."""
        for name in note.wrote.keys() - note.shown(live).keys():
            self.excuse(host, name)

    def resumed_entry(self, host: str, note: NotedEntry, entry: Entry | None) -> None:
        """Likewise."""
        if entry is not None and note.wrote not in {None, entry.metric}:
            self.excuse(host, note.done.subnet)

    def released(self, host: str, names: Iterable[str]) -> None:
        """What the program declares no longer stays as it is."""
        for name in names:
            self.excuse(host, name)

    def excuse_note(self, id_: str, note: Noted | NotedEntry) -> None:
        """What a killed operation wrote, and what nobody has asked after since, stays."""
        host = id_.partition("/")[0]
        for what in note.wrote if isinstance(note, Noted) else (note.done.subnet,):
            self.excuse(host, what)

    def check(self, name: str, live: Machine, history: Moments) -> None:
        """Hold what is there against it."""
        added = {
            change.after["instance_id"]
            for change, _ in history
            if change.what == "network added" and change.by != ADMINISTRATOR
        }
        for entry in live.named:
            ours = entry.identity in added and entry.of_a_user
            assert not ours or (name, entry.subnet) in self.excused, f"{name}: left behind by nobody's leave: {entry}"
        for (host, setting), stacks in self.claimed.items():
            if host == name and len(stacks) == 1 and (name, setting) not in self.excused:
                now, was = live.everything[setting], self.found[host, setting]
                assert now == was, f"{name}: {setting} is left at {now!r}, and was {was!r}"
        assert len(live.halves) != 1 or (name, USE_ANY) in self.excused, f"{name}: half an any-network pair is left"
