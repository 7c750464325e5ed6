"""Plays a history as the engine would, and holds every operation against the oracle."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from contract.histories import oracle
from contract.histories.departures import Departures
from contract.histories.judgements import as_expected, nothing_foreign, only_touched, state_is_true, within_budget
from contract.histories.kept import Gone, Kept, RunEnded, Where
from contract.histories.oracle import Destination, Note, Owned, Provenance
from contract.histories.pictures import Account, Picture, named, written
from contract.histories.steps import (
    SLOTS,
    STACKS,
    Destroy,
    Fault,
    Flips,
    Lists,
    Refresh,
    Reissues,
    Replace,
    Step,
    Up,
)
from contract.histories.worlds import World
from hyperv_migration.model.errors import MigrationError, PartiallyApplied
from support.callers import Caller, Place, next_caller

KIND = "KerberosDelegation"


@dataclass
class Story:
    """One history: the engine's state, what the oracle knows, and who put which entry there."""

    world: World
    number: int
    callers: Sequence[Caller]
    resources: dict[Where, Kept] = field(default_factory=dict)
    programs: dict[Where, dict[str, Any]] = field(default_factory=dict)
    owned: dict[Where, Owned] = field(default_factory=dict)
    notes: dict[tuple[Where, str], Note] = field(default_factory=dict)
    provenance: Provenance = field(default_factory=Provenance)
    departures: Departures = field(default_factory=Departures)
    _claims: dict[str, dict[Where, frozenset[str]]] = field(default_factory=dict)
    _fault: Fault | None = None
    _race_counted: bool = False
    _runs: int = 0
    _caller: Caller = field(init=False)

    def begin(self) -> None:
        """Take what is there as somebody else's."""
        self.provenance.administered({}, self.world.picture(), {})

    def play(self, step: Step) -> None:
        """Play one step of the history; the process is a new one afterwards."""
        match step:
            case Lists() | Flips() | Reissues():
                before = self.world.picture()
                self.world.administer(step)
                self._administered(before, self.world.picture())
            case Up():
                self._up(step)
            case Refresh():
                self._run(step.stack, self._refresh)
            case Replace():
                self._run(step.stack, lambda stack: self._replace((stack, step.slot), create_first=step.create_first))
            case Destroy():
                self._destroy(step.stack, step.fault)

    def end(self) -> None:
        """Destroy both stacks; then nothing of ours is there, but what is documented to stay."""
        for stack in STACKS:
            self._destroy(stack, None)
        assert self.resources == {}, f"a destroy without trouble left {sorted(self.resources)}"
        for (_, guid), note in self.notes.items():
            # Only the next create of that resource on this machine knows of it (DESIGN §3, Failure and journal).
            self.provenance.leave(guid, note.done.own)
        for guid, account in self.world.picture().items():
            ours = self.provenance.ours(guid, account)
            assert not ours, f"{account.name}: left behind by nobody's leave: {sorted(ours)}"

    def _run(self, stack: str, work: Callable[[str], None], fault: Fault | None = None) -> None:
        self._caller = next_caller(self.callers, self.number, self._runs)
        self._caller.configure(self.world.configuration())
        self._runs += 1
        self._claims, self._fault, self._race_counted = {}, fault, False
        self.departures.next_run()
        if fault is not None:
            self.world.arm(fault)
        try:
            work(stack)
        except RunEnded:
            pass
        finally:
            self.world.disarm()
            self._fault = None

    def _up(self, step: Up) -> None:
        where = (step.stack, step.slot)
        if step.declared is None:
            self.programs.pop(where, None)
        else:
            self.programs[where] = step.declared
        if step.refresh:
            self._run(step.stack, self._refresh)
        self._run(step.stack, lambda stack: self._bring_up(stack, crash=step.crash), step.fault)

    def _bring_up(self, stack: str, *, crash: bool) -> None:
        last: Where | None = None
        for where in ((stack, slot) for slot in SLOTS):
            if where in self.programs and self._bring(where, crash=crash):
                last = where
        for where in reversed([(stack, slot) for slot in SLOTS]):
            if where in self.resources and where not in self.programs:
                self._delete(where, self.resources.pop(where))
                last = None
        if last is not None and self._fault is None:
            self._second_up(last)

    def _bring(self, where: Where, *, crash: bool) -> bool:
        """Create, update or replace one resource if the program differs from the state."""
        inputs, failures = self._caller.check(KIND, self.programs[where], self._place(where))
        assert failures == []
        kept = self.resources.get(where)
        if kept is None:
            self._create(where, inputs, crash=crash)
            return True
        difference = self._caller.diff(KIND, kept.id, kept.state, inputs, self._place(where))
        if difference.replaces:
            self._delete(where, self.resources.pop(where))
            self._create(where, inputs, crash=crash)
        elif difference:
            self._update(where, kept, inputs, crash=crash)
        else:
            assert not self.owned[where].renamed, f"{where}: what a refresh found renamed is no difference"
            # What a run leaves as it is declares its entries all the same: nobody else of the program takes them away.
            self._claims.setdefault(kept.id, {})[where] = self.owned[where].declared
        return bool(difference)

    def _refresh(self, stack: str) -> None:
        for where in [where for where in self.resources if where[0] == stack]:
            kept = self.resources[where]
            before, asked = self.world.picture(), self.world.messages()
            state = self._caller.read(KIND, (kept.id, kept.state), self._place(where))
            within_budget("read", asked, self.world.messages())
            assert not written(before, self.world.picture()), "a refresh wrote"
            live = before.get(kept.id)
            assert (state is None) == (live is None), "a resource is dropped if, and only if, its account is gone"
            if state is None or live is None:
                self._forget(where)
                del self.resources[where]
                continue
            self.owned[where] = self._settled(where, live).seen(live).looked_again(live, before)
            if (note := self.notes.get((where, kept.id))) is not None:
                self.notes[where, kept.id] = replace(note, reached_the_state=True)
            self.resources[where] = replace(kept, state=state)
            self._is_true(where, live)

    def _replace(self, where: Where, *, create_first: bool) -> None:
        kept = self.resources.get(where)
        if kept is None:
            return
        inputs, _ = self._caller.check(KIND, self.programs[where], self._place(where))
        note = self.notes.get((where, kept.id))
        if not create_first:
            self._delete(where, self.resources.pop(where))
            self._create(where, inputs)
        elif note is None or note.sure:
            # The engine gives the new resource's state to its URN at once, and deletes the old one last.
            owned = self.owned[where]
            self._create(where, inputs)
            new = self.owned[where]
            fresh = self.notes.get((where, kept.id))
            picture = self.world.picture()
            self._delete(where, kept, owned)
            self.owned[where] = new
            if fresh is not None and fresh != note:
                self.notes[where, kept.id] = fresh
            if (live := picture.get(kept.id)) is not None:
                self._hand_on(owned, where, live)

    def _destroy(self, stack: str, fault: Fault | None) -> None:
        def delete_all(stack: str) -> None:
            for where in reversed([(stack, slot) for slot in SLOTS]):
                self.programs.pop(where, None)
                if where in self.resources:
                    self._delete(where, self.resources.pop(where))

        self._run(stack, delete_all, fault)

    # Operations

    def _create(self, where: Where, inputs: dict[str, Any], *, crash: bool = False) -> None:
        picture = self.world.picture()
        guid = named(picture, inputs["source"])
        base = None
        if guid is not None:
            note = self.notes.get((where, guid))
            base = note.resumed(picture[guid], new=True) if note else Owned(guid, picture[guid])
        self._grant("create", where, (picture, guid), base, inputs, crash=crash)

    def _update(self, where: Where, kept: Kept, inputs: dict[str, Any], *, crash: bool) -> None:
        picture = self.world.picture()
        guid = kept.id if kept.id in picture else None
        base = self._settled(where, picture[kept.id]) if guid else self.owned[where]
        self._grant("update", where, (picture, guid), base, inputs, crash=crash)

    def _grant(  # noqa: PLR0913 - the parts of one grant
        self,
        what: str,
        where: Where,
        target: tuple[Picture, str | None],
        base: Owned | None,
        inputs: dict[str, Any],
        *,
        crash: bool,
    ) -> None:
        first, guid = target
        asked, place = self.world.messages(), self._place(where)
        kept, error, partial = self.resources.get(where), None, False
        try:
            if what == "create":
                id_, state = self._caller.create(KIND, inputs, place)
            else:
                assert kept is not None
                id_, state = kept.id, self._caller.update(KIND, (kept.id, kept.state), inputs, place)
        except PartiallyApplied as half:
            id_, state, error, partial = half.id, half.state, half, True
        except MigrationError as refusal:
            error = refusal
        picture, raced = self._after_race(first)
        after = self.world.picture()
        known = base if what == "update" else None
        found = oracle.resolved(first, inputs, known.destinations if known else ())
        wanted = oracle.wanted(found)
        gone = oracle.unwanted(base, wanted, inputs if known else None) - self._claimed(guid or "", except_=where)
        only_touched(picture, after, guid)
        live, now = picture.get(guid or "", Gone), after.get(guid or "", Gone)
        should_refuse = guid is None or oracle.refused(live, base or Owned("", live), inputs, found, gone)
        if error is None:
            assert raced or not should_refuse, f"{what} of {where} should have been refused"
            expected = oracle.after_grant(live, inputs, wanted, gone)
            as_expected(what, live, now, expected, late=raced and self._adds_late())
            if self._fault is None:
                within_budget(what, asked, self.world.messages())
        else:
            assert should_refuse or self._fault is not None, f"{what} of {where} failed: {error!r}"
            nothing_foreign(self.provenance, base, live, now, wanted, gone)
        if guid is None or base is None or (error is not None and not partial):
            assert now == live, f"{what} failed, keeps nothing, and yet wrote to {live.name}"
            raise RunEnded
        assert id_ == guid
        if what == "create" and error is None:
            self.departures.begun_anew(where, guid, base.granted(found, live, now).own)
        self._entered(what, where, base, found, (live, now), reached_the_state=not crash)
        if crash:
            # What was known before the crash is what the engine still has.
            raise RunEnded
        self.resources[where] = Kept(id_, dict(state), inputs)
        self._is_true(where, now)
        if partial:
            raise RunEnded
        assert not self._caller.diff(KIND, id_, state, inputs, self._place(where)), "a preview after an up is not empty"

    def _entered(  # noqa: PLR0913 - what a grant leaves behind
        self,
        what: str,
        where: Where,
        base: Owned,
        found: Sequence[Destination | None],
        looks: tuple[Account, Account],
        *,
        reached_the_state: bool,
    ) -> None:
        guid, (live, now) = base.guid, looks
        done = base.granted(found, live, now)
        self.provenance.operated(guid, live, now)
        if live != now or self._fault is not None:
            known = base if what == "update" or base.own else None
            self.notes[where, guid] = Note(
                known, done, live, now, reached_the_state=reached_the_state, sure=self._fault is None
            )
        elif (where, guid) in self.notes and reached_the_state:
            self.notes[where, guid] = replace(self.notes[where, guid], reached_the_state=True)
        if reached_the_state:
            self.owned[where] = done
        self._claims.setdefault(guid, {})[where] = done.declared

    def _delete(self, where: Where, kept: Kept, owned: Owned | None = None) -> None:
        first, asked = self.world.picture(), self.world.messages()
        live = first.get(kept.id)
        if owned is None:
            owned = self.owned[where] if live is None else self._settled(where, live)
        claimed = self._claimed(kept.id)
        try:
            self._caller.delete(KIND, (kept.id, kept.state), self._place(where))
        except MigrationError as error:
            assert self._fault is not None, f"a delete failed: {error!r}"
            self._interrupted_delete(where, kept, owned, first)
            raise RunEnded from error
        picture, raced = self._after_race(first)
        after = self.world.picture()
        only_touched(picture, after, kept.id)
        live = picture.get(kept.id)
        if live is None:
            self.departures.gone(where, kept.id)
        else:
            looks, late = (first[kept.id], live, after[kept.id]), raced and self._adds_late()
            self.departures.removed(where, owned, looks, on_destroy=kept.on_destroy, claimed=claimed, late=late)
            nothing_foreign(self.provenance, owned, live, after[kept.id], frozenset(), owned.removable(kept.on_destroy))
            self.provenance.operated(kept.id, live, after[kept.id])
            for heir in self.owned.keys() & (self._claims.get(kept.id, {}).keys() - {where}):
                self._hand_on(owned, heir, live)
        if self._fault is None:
            within_budget("delete", asked, self.world.messages())
        self._forget(where)

    def _hand_on(self, gone: Owned, heir: Where, live: Account) -> None:
        """What another resource declares too is that one's from now on; this machine's note is where it finds that."""
        if (note := oracle.handed(gone, self.owned[heir], self.notes.get((heir, gone.guid)), live)) is not None:
            self.notes[heir, gone.guid] = note

    def _interrupted_delete(self, where: Where, kept: Kept, owned: Owned, first: Picture) -> None:
        """A delete that failed keeps the resource; what it did so far was its to do."""
        picture, _ = self._after_race(first)
        after = self.world.picture()
        only_touched(picture, after, kept.id)
        if kept.id in picture:
            live, now = picture[kept.id], after[kept.id]
            self.departures.failed(where, owned, (first[kept.id], live, now))
            nothing_foreign(self.provenance, owned, live, now, frozenset(), owned.removable(kept.on_destroy))
            self.provenance.operated(kept.id, live, now)
        self.resources[where], self.owned[where] = kept, owned

    def _second_up(self, where: Where) -> None:
        """Right after an up nothing is left to do, even if the provider is asked to."""
        kept, before = self.resources[where], self.world.picture()
        held, place = (kept.id, kept.state), self._place(where)
        assert self._caller.read(KIND, held, place) == kept.state, "a refresh right after an up shows a change"
        again = self._caller.update(KIND, held, kept.inputs, place)
        assert not written(before, self.world.picture()), "a second up wrote"
        assert again == kept.state, "a second up changed the state"
        self.notes.pop((where, kept.id), None)

    # What is asked of every operation

    def _adds_late(self) -> bool:
        """The list has no compare-and-swap: an entry added in the very moment of a write may not count for the bits yet."""
        return self._fault is not None and isinstance(self._fault.act, Lists) and self._fault.act.add

    def _is_true(self, where: Where, live: Account) -> None:
        state_is_true(self.resources[where].state, self.owned[where], live)

    # What the oracle knows

    def _settled(self, where: Where, live: Account) -> Owned:
        """Return what is known of a resource when a call comes with its state: the note is settled or made use of."""
        owned, guid = self.owned[where], self.owned[where].guid
        note = self.notes.get((where, guid))
        if note is None:
            return owned
        if note.reached_the_state:
            del self.notes[where, guid]
            return owned
        return replace(note.resumed(live, new=False), destinations=owned.destinations, renamed=owned.renamed)

    def _forget(self, where: Where) -> None:
        owned = self.owned.pop(where)
        self.notes.pop((where, owned.guid), None)

    def _claimed(self, guid: str, *, except_: Where | None = None) -> frozenset[str]:
        claims = self._claims.get(guid, {})
        return frozenset[str]().union(*(parts for where, parts in claims.items() if where != except_))

    def _administered(self, before: Picture, after: Picture) -> None:
        claims: dict[str, frozenset[str]] = {}
        for owned in (*self.owned.values(), *(note.done for note in self.notes.values())):
            claims[owned.guid] = claims.get(owned.guid, frozenset()) | owned.own
        self.provenance.administered(before, after, claims)

    def _after_race(self, first: Picture) -> tuple[Picture, bool]:
        """Return what an operation found, with what an administrator did in the middle of it counted as found."""
        fault = self._fault
        if fault is None or fault.act is None or self._race_counted or not self.world.struck():
            return first, False
        self._race_counted = True
        guid = named(first, fault.act.host) or ""
        raced = {**first, guid: fault.act.on(first[guid])}
        self._administered(first, raced)
        return raced, True

    def _place(self, where: Where) -> Place:
        return Place(stack=where[0], project=f"history{self.number}", name=str(where[1]))
