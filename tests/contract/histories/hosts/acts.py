"""One operation on a host after the other, each held against the oracle, and what is known after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from contract.histories.hosts import host_acts, network_acts
from contract.histories.hosts.judgements import Allowed, Moments, at_each_moment
from contract.histories.hosts.leftovers import Leftovers
from contract.histories.hosts.oracle import Listed, Noted, NotedEntry, Owned
from contract.histories.hosts.pictures import Machine
from contract.histories.hosts.steps import HOSTS, ByHand, Fault
from contract.histories.hosts.worlds import HostWorld
from hyperv_migration.model.errors import MigrationError, PartiallyApplied
from hyperv_migration.operations.resources import RESOURCES
from support.callers import Caller, Place, next_caller

Where = tuple[str, str]
Known = Owned | Listed
_LOST = {"answer lost", "lost before", "silence"}


class RunEnded(Exception):
    """The engine's run ends here: an operation failed, or the provider was killed."""


def kind_of(where: Where) -> str:
    """Return the type of a resource by its place in the program."""
    return "MigrationHost" if where[1] == "host" else "MigrationNetwork"


@dataclass(frozen=True)
class Kept:
    """What the engine keeps of one resource; unfinished if its last operation failed half-way."""

    id: str
    state: dict[str, Any]
    inputs: dict[str, Any]
    unfinished: bool = False


@dataclass(frozen=True)
class Note:
    """What this machine has noted of an operation, and whether the engine's state knows of it."""

    of: Noted | NotedEntry
    reached: bool


@dataclass
class Act:
    """One operation: what was there before and is there after it, what happened in between, and how it ended."""

    what: str
    name: str
    before: Machine
    after: Machine
    moments: Moments
    error: MigrationError | None = None
    id: str = ""
    state: dict[str, Any] | None = None
    trouble: str = ""
    """The fault that struck before or in it."""

    @property
    def raced(self) -> bool:
        """Whether somebody acted in the middle of it."""
        return self.trouble == "race"

    @property
    def answer_lost(self) -> bool:
        """Whether a write's effect may not be known."""
        return self.trouble in _LOST

    @property
    def readable(self) -> bool:
        """Whether the host could be read again."""
        return self.trouble != "silence"


@dataclass
class Acts:
    """Everything done in one history, what the engine keeps of it, and what the oracle knows."""

    world: HostWorld
    number: int
    callers: Sequence[Caller]
    resources: dict[Where, Kept] = field(default_factory=dict)
    known: dict[Where, Known] = field(default_factory=dict)
    notes: dict[tuple[str, str], Note] = field(default_factory=dict)
    pending: list[tuple[Where, Kept, Known]] = field(default_factory=list)
    """What was replaced and is still to be deleted."""
    leftovers: Leftovers = field(default_factory=Leftovers)
    handed: set[Where] = field(default_factory=set)
    """What took over by the journal, so that its state does not tell yet."""
    _fault: Fault | None = None
    _created: set[str] = field(default_factory=set)
    _runs: int = 0
    caller: Caller = field(init=False)
    """The face of this process."""
    touched: list[Where] = field(default_factory=list)
    """What this process has created or updated, the last one last."""

    # The process

    def begin_process(self, fault: Fault | None) -> None:
        """Start as a new process does; something may go wrong in it."""
        self._fault, self._created, self.touched = fault, set(), []
        self.caller = next_caller(self.callers, self.number, self._runs)
        self.caller.configure(self.world.configuration())
        self._runs += 1
        if fault is not None:
            self.world.arm(fault)

    def end_process(self) -> None:
        """Let everything go right again."""
        if self._fault is not None:
            self.world.disarm()
        self._fault = None
        self.world.end_jobs()

    @property
    def undisturbed(self) -> bool:
        """Whether nothing was to go wrong in this process, and nothing took over from what it replaced."""
        return self._fault is None and not self.handed and not self.pending

    def administer(self, step: ByHand) -> None:
        """Let somebody else act."""
        self.world.administer(step)
        self.leftovers.administered(step)

    def answers(self, kept: Kept) -> bool:
        """Tell whether the machine that answers is the one of the state."""
        return self.world.machine(kept.state["computerName"]).fqdn == kept.id.partition("/")[0]

    # Operations

    def create(self, where: Where, inputs: dict[str, Any], *, crash: bool = False) -> None:
        """Create a resource."""
        act = self._act("create", where, None, inputs)
        self._ensured(act, where, None, inputs, crash=crash)
        self._created.add(act.id)

    def update(self, where: Where, kept: Kept, inputs: dict[str, Any], *, crash: bool = False) -> None:
        """Update a resource."""
        self._ensured(self._act("update", where, kept, inputs), where, kept, inputs, crash=crash)

    def _ensured(self, act: Act, where: Where, kept: Kept | None, inputs: dict[str, Any], *, crash: bool) -> None:
        judge = host_acts.ensured if where[1] == "host" else network_acts.ensured
        foreign = kept is not None and kept.id.partition("/")[0] != act.before.fqdn
        after = None if foreign else judge(self, act, where, kept, inputs)
        if after is None:
            # Refused: nothing was written, and the engine keeps what it had.
            assert act.error is not None, f"{act.what} of {where} should have been refused"
            assert not isinstance(act.error, PartiallyApplied), repr(act.error)
            assert act.raced or act.after.contents == act.before.contents, f"a refused {act.what} wrote"
            raise RunEnded
        if act.error is not None:
            assert act.trouble, f"{act.what} of {where} failed: {act.error!r}"
        key = (where[0], act.id or after.id)
        if act.state is None:
            assert act.raced or act.after.contents == act.before.contents, (
                f"{act.what} of {where} keeps nothing and yet wrote: {act.before.contents} {act.after.contents}"
            )
            if after.note is not None and act.answer_lost:
                # It may still be done: a job goes on, though nobody hears of it.
                self.notes[key] = Note(after.note, reached=False)
                self.leftovers.ensured(act.name, where, act.before, after.known, crash=True)
            raise RunEnded
        assert act.id == after.id
        if after.note is not None:
            self.notes[key] = Note(after.note, reached=not crash and act.state.get("journalId") is not None)
        elif key in self.notes and not crash:
            self.notes[key] = replace(self.notes[key], reached=True)
        self.leftovers.ensured(act.name, where, act.before, after.known, crash=crash)
        if crash:
            raise RunEnded
        self.known[where] = after.known
        self.handed.discard(where)
        partial = isinstance(act.error, PartiallyApplied)
        self.resources[where] = Kept(act.id, dict(act.state), inputs, unfinished=partial)
        if act.readable and not act.raced:
            self._is_true(where, act.after)
        if act.error is not None:
            raise RunEnded
        self.touched.append(where)

    def read(self, where: Where) -> None:
        """Refresh a resource."""
        kept = self.resources[where]
        act = self._act("read", where, kept, kept.inputs)
        assert act.moments == [], "a refresh wrote"
        if kept.id.partition("/")[0] != act.before.fqdn:
            assert act.error is not None, "another machine was read"
            raise RunEnded
        known = self._settled(where, kept.id)
        if where[1] != "host":
            known = network_acts.read(act, known)
        if act.error is not None:
            assert known is None, f"a refresh failed: {act.error!r}"
            raise RunEnded
        if act.state is None:
            assert isinstance(known, Listed)
            assert known.identity == "", "a resource is dropped if, and only if, it is gone"
            del self.resources[where], self.known[where]
            return
        assert known is not None
        self.known[where] = known
        self.resources[where] = replace(kept, state=act.state)
        self._is_true(where, act.after)

    def read_anew(self, where: Where, host: str, subnet: str) -> dict[str, Any] | None:
        """Import what is there; return the program's inputs, None where there is nothing."""
        kept = Kept(f"{host}/{subnet}" if subnet else host, {}, {"computerName": host})
        act = self._act("read", where, kept, kept.inputs)
        assert act.moments == [], "an import wrote"
        known: Known | None = Owned() if where[1] == "host" else network_acts.read(act, Listed(subnet))
        if act.error is not None:
            assert known is None, f"an import failed: {act.error!r}"
            raise RunEnded
        if act.state is None:
            assert isinstance(known, Listed)
            assert known.identity == "", "what is there was not imported"
            return None
        assert known is not None
        resource = RESOURCES[kind_of(where)]
        inputs, failures = self.caller.check(kind_of(where), resource.read_inputs(act.state), self.place(where))
        assert failures == []
        assert not self.caller.diff(kind_of(where), kept.id, act.state, inputs, self.place(where)), (
            "a preview after an import is not empty"
        )
        self.known[where] = known
        id_ = resource.id_of(act.state)
        if note := self.notes.get((where[0], id_)):
            # What was noted before belongs to a state that is lost; nothing of it is the import's to put back.
            self.notes[where[0], id_] = replace(note, reached=True)
            self.leftovers.excuse_note(id_, note.of)
        self.resources[where] = Kept(id_, act.state, inputs)
        self._is_true(where, act.after)
        return inputs

    def delete(self, where: Where, kept: Kept, replaced: Known | None = None) -> None:
        """Delete a resource, or what was replaced by one."""
        settled = self._settled(where, kept.id)
        known = replaced or settled
        act = self._act("delete", where, kept, kept.inputs)
        if kept.id in self._created:
            assert act.error is None, repr(act.error)
            assert act.moments == [], "what this program has just configured anew was undone"
            self._handed_over(where, kept, known)
            return
        foreign = kept.id.partition("/")[0] != act.before.fqdn
        if not foreign:
            judge = host_acts.deleted if where[1] == "host" else network_acts.deleted
            judge(self, act, where, kept, known)
        if act.error is not None or foreign:
            assert act.error is not None, "another machine was written to"
            assert foreign or act.trouble, f"a delete failed: {act.error!r}"
            assert not foreign or act.moments == [], "another machine was written to"
            if replaced is None:
                self.resources[where] = kept
            else:
                self.pending.append((where, kept, known))
            raise RunEnded
        self.leftovers.deleted(act.name, where, known, act.after, kept.state.get("onDestroy", ""))
        self.notes.pop((where[0], kept.id), None)
        if replaced is None:
            self.known.pop(where, None)
            self.handed.discard(where)

    def second_up(self, where: Where, inputs: dict[str, Any]) -> None:
        """Right after an up nothing is left to do, even if the provider is asked to."""
        kept = self.resources[where]
        kind, name, held = kind_of(where), kept.state["computerName"], (kept.id, kept.state)
        since = self.world.moment(name)
        read = self.caller.read(kind, held, self.place(where))
        again = self.caller.update(kind, held, inputs, self.place(where))
        assert self.world.history(name, since) == [], "a second up wrote"
        for state in (read, again):
            assert state is not None
            # The pair is told as it was seen; somebody else may have changed it since.
            assert _telling(state) == _telling(kept.state), "a second up changed the state"
        self.notes.pop((where[0], kept.id), None)

    def nothing_is_left(self) -> None:
        """Nothing of ours is on either host, but what is documented to stay."""
        for (_, id_), note in self.notes.items():
            # Only the next create of that resource on this machine knows of it (DESIGN §3, Failure and journal).
            self.leftovers.excuse_note(id_, note.of)
        for name in HOSTS:
            self.leftovers.check(name, self.world.machine(name), self.world.history(name, 0))

    # What the judges of each resource ask for

    def base(self, where: Where, kept: Kept | None, id_: str, fresh: Known) -> tuple[Known, Note | None]:
        """Return what is known before an operation, and the note that still counts beside it."""
        if kept is not None:
            return self._settled(where, id_), self.notes.get((where[0], id_))
        return fresh, self.notes.get((where[0], id_))

    def at_each_moment(self, act: Act, allowed: Allowed) -> None:
        """Hold every message of an operation against what it may do."""
        at_each_moment(act.what, act.before, act.moments, allowed, raced=act.raced)

    def within(self, act: Act, most: int) -> None:
        """Count the messages, where nothing went wrong; one is the proof of rights, asked once per process."""
        if self._fault is None:
            # How many answers the list of jobs takes depends on how many jobs the host remembers.
            sent = self.world.messages(act.name) - self.world.pages(act.name)
            assert sent <= most + 2, f"{act.what} took {sent} messages"

    def _settled(self, where: Where, id_: str) -> Known:
        note = self.notes.get((where[0], id_))
        if note is not None and note.reached:
            del self.notes[where[0], id_]
        return self.known.get(where, Owned())

    def _handed_over(self, where: Where, old: Kept, known: Known) -> None:
        new = self.known[where]
        self.handed.add(where)
        # By a note on this machine, as that of a killed operation: what the new one does not declare is known by it too.
        if isinstance(new, Owned) and isinstance(known, Owned):
            self.known[where] = new.handed(known)
            noted: Noted | NotedEntry = Noted(known.found, known.wrote, known.halves)
        else:
            assert isinstance(new, Listed)
            assert isinstance(known, Listed)
            self.known[where] = handed = new.handed(known)
            noted = NotedEntry(handed, None)
        self.notes[where[0], old.id] = Note(noted, reached=False)

    def _act(self, what: str, where: Where, kept: Kept | None, inputs: dict[str, Any]) -> Act:
        """Call the operation, and look at both hosts before and after it."""
        name = kept.state.get("computerName", inputs["computerName"]) if kept else inputs["computerName"]
        if what == "update":
            name = inputs["computerName"]
        others = {one: self.world.machine(one) for one in HOSTS}
        before, since, struck = self.world.machine(name), self.world.moment(name), self.world.struck()
        self.world.forget_messages(name)
        act = Act(what, name, before, before, [])
        try:
            self._carry_out(act, where, kept, inputs)
        except PartiallyApplied as half:
            act.id, act.state, act.error = half.id, half.state, half
        except MigrationError as error:
            act.error = error
        act.after, act.moments = self.world.machine(name), self.world.history(name, since)
        fault = self._fault
        if fault is not None and self.world.struck() and not (struck and fault.kind != "silence"):
            act.trouble = fault.kind
            if fault.act is not None:
                self.leftovers.administered(fault.act)
        for one, machine in others.items():
            if one != name.partition(".")[0].upper():
                assert self.world.machine(one) == machine, f"{one} was written to"
        return act

    def _carry_out(self, act: Act, where: Where, kept: Kept | None, inputs: dict[str, Any]) -> None:
        kind, place = kind_of(where), self.place(where)
        if kept is None:
            act.id, act.state = self.caller.create(kind, inputs, place)
            return
        act.id, held = kept.id, (kept.id, kept.state)
        match act.what:
            case "update":
                act.state = self.caller.update(kind, held, inputs, place)
            case "read":
                act.state = self.caller.read(kind, held, place)
            case "delete":
                self.caller.delete(kind, held, place)

    def _is_true(self, where: Where, live: Machine) -> None:
        state, known = self.resources[where].state, self.known[where]
        if isinstance(known, Owned):
            host_acts.is_true(state, live, known, handed=where in self.handed)
        else:
            network_acts.is_true(state, live, known, handed=where in self.handed)

    def place(self, where: Where) -> Place:
        """Where a resource stands."""
        return Place(stack=where[0], project=f"hosts{self.number}", name=where[1])


def _telling(state: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in state.items() if name not in {"journalId", "useAnyNetwork"}}
