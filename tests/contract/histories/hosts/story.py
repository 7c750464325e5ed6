"""Plays a history of hosts as the engine would: what is called in which order, and what is kept of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from contract.histories.hosts.acts import Acts, Kept, RunEnded, Where, kind_of
from contract.histories.hosts.steps import (
    HOSTS,
    NETWORKS,
    SLOTS,
    STACKS,
    AnyNetwork,
    Becomes,
    Destroy,
    Fault,
    Import,
    Lists,
    Refresh,
    Replace,
    Sets,
    Step,
    Up,
)
from contract.histories.hosts.worlds import HostWorld
from support.callers import Caller


@dataclass
class HostStory:
    """One history of two hosts."""

    world: HostWorld
    number: int
    callers: Sequence[Caller]
    programs: dict[Where, dict[str, Any]] = field(default_factory=dict)
    acts: Acts = field(init=False)

    def __post_init__(self) -> None:
        self.acts = Acts(self.world, self.number, self.callers)

    def play(self, step: Step) -> None:
        """Play one step of the history; the process is a new one afterwards."""
        match step:
            case Sets() | Lists() | AnyNetwork() | Becomes():
                self.acts.administer(step)
            case Up():
                self._up(step)
            case Refresh():
                self._run(step.stack, self._refresh)
            case Replace():
                where = (step.stack, step.slot)
                self._run(step.stack, lambda _: self._replace(where, create_first=step.create_first))
            case Import():
                self._run(step.stack, lambda _: self._import(step))
            case Destroy():
                self._destroy(step.stack, step.fault)

    def end(self) -> None:
        """Destroy everything, under whichever name its machine has; then nothing of ours is there without a reason."""
        for _ in range(2):
            for stack in STACKS:
                with self._process(None):
                    self._destroy_reachable(stack)
            for name in HOSTS:
                self.world.administer(Becomes(name, "renamed"))
        left = [*self.acts.resources, *self.acts.pending]
        assert left == [], f"a destroy without trouble left {left}"
        self.acts.nothing_is_left()

    def _run(self, stack: str, work: Callable[[str], None], fault: Fault | None = None) -> None:
        with self._process(fault):
            work(stack)

    @contextmanager
    def _process(self, fault: Fault | None) -> Iterator[None]:
        self.acts.begin_process(fault)
        try:
            yield
        except RunEnded:
            pass
        finally:
            self.acts.end_process()

    # Runs of the engine

    def _up(self, step: Up) -> None:
        for slot, declared in step.declared.items():
            where = (step.stack, slot)
            if declared is None:
                self.programs.pop(where, None)
            else:
                self.programs[where] = declared
        if step.refresh:
            self._run(step.stack, self._refresh)
        self._run(step.stack, lambda stack: self._bring_up(stack, crash=step.crash), step.fault)

    def _bring_up(self, stack: str, *, crash: str) -> None:
        for slot in SLOTS:
            if (stack, slot) in self.programs:
                self._bring((stack, slot), crash=slot == crash)
        for where in self._last_first(stack):
            if where not in self.programs:
                self.acts.delete(where, self.acts.resources.pop(where))
        self._finish_replaces(stack)
        self._nothing_to_do(stack)

    def _bring(self, where: Where, *, crash: bool) -> None:
        """Create, update or replace one resource if the program differs from the state, or the last run failed."""
        inputs = self._inputs(where)
        kept = self.acts.resources.get(where)
        if kept is None:
            self.acts.create(where, inputs, crash=crash)
            return
        difference = self.acts.caller.diff(kind_of(where), kept.id, kept.state, inputs, self.acts.place(where))
        if difference.replaces:
            self._create_first(where, kept, inputs, crash=crash)
        elif difference or kept.unfinished:
            self.acts.update(where, kept, inputs, crash=crash)

    def _finish_replaces(self, stack: str) -> None:
        """Delete what was replaced, last of all; what fails is tried again in the next run."""
        for one in [one for one in self.acts.pending if one[0][0] == stack]:
            where, kept, known = one
            self.acts.pending.remove(one)
            self.acts.delete(where, kept, known)

    def _nothing_to_do(self, stack: str) -> None:
        """Right after an up nothing is left to do, for a preview and for the provider that is asked all the same."""
        for where in [where for where in self.acts.resources if where[0] == stack]:
            kept = self.acts.resources[where]
            found = self.acts.caller.diff(
                kind_of(where), kept.id, kept.state, self._inputs(where), self.acts.place(where)
            )
            assert not found, "a preview after an up shows"
        if self.acts.undisturbed and self.acts.touched:
            last = self.acts.touched[-1]
            self.acts.second_up(last, self._inputs(last))

    def _refresh(self, stack: str) -> None:
        for where in [where for where in self.acts.resources if where[0] == stack]:
            self.acts.read(where)

    def _replace(self, where: Where, *, create_first: bool) -> None:
        kept = self.acts.resources.get(where)
        if kept is None or where not in self.programs:
            return
        inputs = self._inputs(where)
        if not create_first:
            self.acts.delete(where, self.acts.resources.pop(where))
            self.acts.create(where, inputs)
            return
        self._create_first(where, kept, inputs, crash=False)
        self._finish_replaces(where[0])

    def _create_first(self, where: Where, kept: Kept, inputs: dict[str, Any], *, crash: bool) -> None:
        """Create beside what it replaces, which the engine keeps until it is deleted, even if this went only half-way."""
        known = self.acts.known[where]
        try:
            self.acts.create(where, inputs, crash=crash)
        finally:
            if self.acts.resources[where] is not kept:
                self.acts.pending.append((where, kept, known))

    def _import(self, step: Import) -> None:
        where = (step.stack, step.slot)
        if where in self.acts.resources:
            return
        inputs = self.acts.read_anew(where, f"{step.host.lower()}.lab.test", step.subnet)
        if inputs is not None:
            self.programs[where] = {**inputs, "computerName": step.host}

    def _destroy(self, stack: str, fault: Fault | None) -> None:
        def delete_all(stack: str) -> None:
            for where in self._last_first(stack):
                self.acts.delete(where, self.acts.resources.pop(where))
            self._finish_replaces(stack)

        for slot in SLOTS:
            self.programs.pop((stack, slot), None)
        self._run(stack, delete_all, fault)

    def _destroy_reachable(self, stack: str) -> None:
        for where in self._last_first(stack):
            if self.acts.answers(self.acts.resources[where]):
                self.acts.delete(where, self.acts.resources.pop(where))
        for one in [one for one in self.acts.pending if one[0][0] == stack and self.acts.answers(one[1])]:
            self.acts.pending.remove(one)
            self.acts.delete(*one)

    def _last_first(self, stack: str) -> Iterator[Where]:
        """The host goes before the networks that it comes after."""
        yield from [(stack, slot) for slot in reversed(SLOTS) if (stack, slot) in self.acts.resources]

    def _inputs(self, where: Where) -> dict[str, Any]:
        """Return a resource's inputs as the engine has them after check; a host's networks are those of its program."""
        program = dict(self.programs[where])
        if program.pop("networks", False):
            ids = [self._kept_id((where[0], slot), program["computerName"]) for slot in NETWORKS]
            program["networks"] = [id_ for id_ in ids if id_]
        program["computerName"] = f"{program['computerName'].lower()}.lab.test"
        inputs, failures = self.acts.caller.check(kind_of(where), program, self.acts.place(where))
        assert failures == []
        return inputs

    def _kept_id(self, where: Where, host: str) -> str:
        kept: Kept | None = self.acts.resources.get(where)
        same = where in self.programs and self.programs[where]["computerName"] == host
        return kept.id if kept is not None and same else ""
