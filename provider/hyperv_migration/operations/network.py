"""What is done to a Hyper-V host for a MigrationNetwork. Message budgets: DESIGN §5."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from hyperv_migration.model.declaration import NO_INPUTS, Failure, Inputs, State
from hyperv_migration.model.declaration import check as check_declared
from hyperv_migration.model.difference import Difference, declared_inputs, managed_names
from hyperv_migration.model.errors import (
    Conflict,
    MigrationError,
    NotFound,
    PartiallyApplied,
    RemoteFault,
    Unreachable,
)
from hyperv_migration.model.host_release import LISTENS_NOWHERE
from hyperv_migration.model.network import NETWORK, NetworkEntry, difference, entries_of, parse_network_id
from hyperv_migration.model.network_origin import Origin
from hyperv_migration.model.subnet import parse_subnet
from hyperv_migration.operations.aftermath import aftermath
from hyperv_migration.operations.answers import ANSWER_LOST, may_have_written
from hyperv_migration.operations.claims import name_of
from hyperv_migration.operations.journal import STATE_KEY
from hyperv_migration.operations.network_race import sole_entry
from hyperv_migration.operations.network_work import KIND, Work, hand_over, same_machine
from hyperv_migration.operations.ports import Call, HostPort
from hyperv_migration.operations.ready import list_networks
from hyperv_migration.operations.turns import taking_turns


def check(news: Inputs, olds: Inputs = NO_INPUTS) -> tuple[dict[str, Any], list[Failure]]:
    """Validate a program's inputs beside those before; nothing is sent."""
    return check_declared(NETWORK, news, olds)


def diff(state: State, news: Inputs) -> Difference:
    """Compare state and program; nothing is sent."""
    return difference(state, news)


def read_inputs(state: State) -> dict[str, Any]:
    """Return the inputs as a refresh gives them back."""
    return declared_inputs(NETWORK, state)


def create(inputs: Inputs, call: Call) -> tuple[str, dict[str, Any]]:
    """Add the network, or adopt the entry found and remember its metric. Returns the id and the state."""
    deadline = call.deadline()
    port = call.targets.host(inputs["computerName"], inputs.get("profile"), deadline)
    with taking_turns(port, call, deadline):
        subnet = parse_subnet(inputs["subnet"])
        work = Work(port=port, facts=port.facts(), subnet=subnet, call=call).settled({})
        if others := call.run.claims.holders(KIND, work.id, except_urn=call.urn):
            raise Conflict(
                f"{work.host} has a MigrationNetwork {work.subnet} in this program already, {name_of(others[0].urn)}; "
                "declare it once."
            )
        work.refuse(inputs)
        found = work.entry(work.entries())
        replaced = call.run.claims.predecessor(KIND, call.urn, work.id)
        if replaced is not None and found is not None and replaced.get("instanceId") == found.instance_id:
            # Another spelling of the same host: what is known of the entry stays known.
            work = work.settled(replaced)
            state = _converge(work, inputs, work.origin(Origin.of(replaced), found), found, old=replaced)
            call.run.claims.hold(KIND, call.urn, work.id, state, created=True)
            return work.id, state
        try:
            state = _converge(work, inputs, _at_first(work, found), found)
        except RemoteFault as refused:
            # Refused at once, and yet it is there now. Nothing tells whether somebody else was faster or the host did it all
            # the same, so nothing of others is risked: it counts as found.
            raced = None if refused.began or found is not None else work.entry(work.entries())
            if raced is None:
                raise
            call.log.warning(
                f"{refused} {work.subnet} is listed now all the same. It counts as somebody else's, so a destroy leaves it "
                "there; set onDestroy to Remove if nobody else has added it."
            )
            state = _converge(work, inputs, Origin(preexisting=True), raced)
    call.run.claims.hold(KIND, call.urn, work.id, state, created=True)
    return work.id, state


def read(id: str, state: State, call: Call) -> dict[str, Any] | None:  # noqa: A002 - the engine's word
    """Read the entry again; None only if this connection sees the host's migration service and not the entry.

    A state without declared inputs is an import: `id` is host/address or host/address/prefix, and nothing counts as added.
    """
    port = _port(id, state, call)
    if not state.get("managed"):
        return _imported(id, port, call)
    work = same_machine(port, id, call).settled(state)
    try:
        entries = work.entries()
    except NotFound:
        return None
    entry = work.entry(entries, instance_id=state.get("instanceId"))
    if entry is None:
        # Seen gone: whatever comes under this subnet now is not ours, so nothing may be remembered of it.
        call.journal.discard(work.target)
        return None
    return {**dict(state), **_observed(work, entry)}


def _imported(id: str, port: HostPort, call: Call) -> dict[str, Any] | None:  # noqa: A002
    name, subnet = parse_network_id(id)
    work = Work(port=port, facts=port.facts(), subnet=subnet, call=call)
    entries = work.entries()
    if id.count("/") == 1:
        # Without a prefix the address says which, if only one entry has it; else it is a network of one.
        same = {entry.subnet for entry in entries if entry.subnet and entry.subnet.address == subnet.address}
        work = replace(work, subnet=same.pop() if len(same) == 1 else subnet)
    entry = work.entry(entries)
    if entry is None:
        return None
    inputs, _ = check({"computerName": name, "subnet": str(work.subnet), "priority": entry.metric})
    kept = {"preexisting": True, "managed": managed_names(inputs), **call.journal.left_behind(work.target)}
    return {**inputs, **kept, **_observed(work, entry)}


def update(id: str, state: State, inputs: Inputs, call: Call) -> dict[str, Any]:  # noqa: A002
    """Change the metric in place, and add the entry again if somebody removed it."""
    deadline = call.deadline()
    port = call.targets.host(inputs["computerName"], inputs.get("profile"), deadline)
    with taking_turns(port, call, deadline):
        work = same_machine(port, id, call).settled(state)
        work.refuse(inputs)
        found = work.entry(work.entries(), instance_id=state.get("instanceId"))
        updated = _converge(work, inputs, work.origin(Origin.of(state), found), found, old=state)
    call.run.claims.hold(KIND, call.urn, id, updated)
    return updated


def delete(id: str, state: State, call: Call) -> None:  # noqa: A002
    """Remove the entry this resource added; give a found one its metric back. Repeatable."""
    if heirs := call.run.claims.holders(KIND, id):
        hand_over(id, state, heirs[0], call)
        return
    port = _port(id, state, call)
    try:
        with taking_turns(port, call, call.deadline()):
            work = same_machine(port, id, call).settled(state)
            left = _undo(work, state)
            call.journal.discard(work.target)
            if not left:
                _warn_of_silence(work)
    except NotFound:
        call.log.warning(f"{id}: Hyper-V is not there any more, so there was nothing to remove.")
    except Unreachable as error:
        if not port.forget_when_unreachable:
            raise
        call.log.warning(f"{error} It was left as it is and forgotten, as onUnreachableDestroy says.")


def _port(id: str, state: State, call: Call) -> HostPort:  # noqa: A002
    name = state.get("computerName") or parse_network_id(id)[0]
    return call.targets.host(name, state.get("profile"), call.deadline())


def _at_first(work: Work, found: NetworkEntry | None) -> Origin:
    """Return what a create knows of the entry it finds; one that an interrupted create of ours added was not found."""
    known = work.origin(Origin(preexisting=found is not None), found)
    if found is not None and known.prior is not None and known.written is None:
        # Noted of a resource that this one replaces: its metric is ours, and the one before it was found.
        return replace(known, written=found.metric)
    return known


def _converge(
    work: Work, inputs: Inputs, known: Origin, found: NetworkEntry | None, *, old: State | None = None
) -> dict[str, Any]:
    priority = inputs.get("priority")
    kept = work.noted(known.ensuring(found, priority), found)
    state = {**inputs, **kept, "host": work.host, "managed": managed_names(inputs)}
    lost: MigrationError | None = None
    try:
        wrote = _apply(work, priority, found)
    except MigrationError as error:
        if not may_have_written(error):
            work.put_back()
            raise
        # The effect is not known: the list tells. Adding twice would make two entries (hyperv-wsman.md §7, 21).
        wrote, lost = True, error
    try:
        entry, ours, running = _read_back(work, priority, found, lost) if wrote else (found, True, False)
    except MigrationError as unread:
        raise PartiallyApplied(
            str(lost or unread), id=work.id, state=_unread(work, state, found, old or {})
        ) from unread
    if entry is not None and not ours:
        work.call.log.warning(
            f"{work.host}: somebody else added {work.subnet} at the same moment; his entry is adopted."
        )
        work.put_back()
        return _converge(work, inputs, Origin(preexisting=True), entry, old=old)
    if entry is not None and priority in {None, entry.metric} and not isinstance(lost, RemoteFault):
        return {**state, **_observed(work, entry)}
    if lost is not None and running:
        raise PartiallyApplied(
            f"{lost} It may still be running there; run up again.",
            id=work.id,
            state=_unread(work, state, found, old or {}),
        )
    if lost is not None and entry == found:
        if isinstance(lost, RemoteFault):
            work.put_back()
        raise lost
    message = str(lost) if lost else f"{work.host} accepted {work.subnet} but does not list it so; run up again."
    raise PartiallyApplied(message, id=work.id, state={**state, **(_observed(work, entry) if entry else {})})


def _apply(work: Work, priority: int | None, found: NetworkEntry | None) -> bool:
    """Write what is missing; tell whether anything was written."""
    if found is None:
        work.port.add_network(work.subnet, priority)
        return True
    if priority is not None and found.metric != priority:
        work.port.set_priority(found, priority)
        return True
    return False


def _read_back(
    work: Work, priority: int | None, found: NetworkEntry | None, lost: MigrationError | None
) -> tuple[NetworkEntry | None, bool, bool]:
    """List the networks after a write; if that fails once, once more, as what was written must be known (DESIGN §3).

    Returns the entry, whether it is ours or was found, and whether a write whose answer was lost may still be running.
    """

    def look() -> list[NetworkEntry]:
        try:
            return work.entries()
        except MigrationError:
            return work.entries()

    def done(entries: list[NetworkEntry]) -> bool:
        same = entries_of(entries, work.subnet)
        return bool(same) if found is None else any(priority in {None, entry.metric} for entry in same)

    running = False
    if lost is None:
        entries = look()
    else:
        after = aftermath(work.port, work.call.deadline(), lost=lost, look=look, done=done)
        entries, running = after.seen, after.open
    if found is None:
        return *sole_entry(work, priority, entries), running
    return work.entry(entries, instance_id=found.instance_id), True, running


def _unread(work: Work, state: dict[str, Any], found: NetworkEntry | None, old: State) -> dict[str, Any]:
    """Return the state where nobody can tell what was written: what was seen last; the note stays for the next operation."""
    kept = {name: value for name, value in state.items() if name != "priority"}
    if kept.get(STATE_KEY) is not None:
        kept = {name: value for name, value in kept.items() if name not in {STATE_KEY, "writtenPriority"}}
        kept |= {"writtenPriority": old["writtenPriority"]} if "writtenPriority" in old else {}
    return {**kept, **(_observed(work, found) if found else {})}


def _observed(work: Work, entry: NetworkEntry) -> dict[str, Any]:
    return {"host": work.host, "instanceId": entry.instance_id, "priority": entry.metric}


def _undo(work: Work, state: State) -> list[NetworkEntry]:
    """Take back what is ours. Returns what the host lists then, its entries for any network included."""
    entries = work.entries()
    try:
        entry = work.entry(entries, instance_id=state.get("instanceId"))
    except Conflict as foreign:
        # A refusal never blocks a delete (DESIGN §1.6): what is another's now is left to it.
        work.call.log.warning(str(foreign))
        return entries
    if entry is None:
        return entries
    origin = work.origin(Origin.of(state), entry)
    if origin.preexisting and state.get("onDestroy") != "Remove":
        _give_priority_back(work, origin, entry)
        return entries
    lost: MigrationError | None = None
    try:
        work.port.remove_networks([entry])
    except MigrationError as error:
        # A refusal is looked at too: somebody else may have removed it first.
        if not isinstance(error, (*ANSWER_LOST, RemoteFault)):
            raise
        lost = error
        work.call.log.progress(f"{work.host}: the removal was not confirmed; reading the list again")

    def still_there(entries: Sequence[NetworkEntry]) -> bool:
        return any(left.instance_id == entry.instance_id for left in entries)

    # A removal that was confirmed shows that the service was there; after any other its list has to prove itself.
    entries = work.port.networks() if lost is None else _after_removal(work, lost, still_there)
    if still_there(entries):
        raise lost or Conflict(f"{work.host} still lists {work.subnet} after its removal; run destroy again.")
    return entries


def _after_removal(
    work: Work, lost: MigrationError, still_there: Callable[[Sequence[NetworkEntry]], bool]
) -> list[NetworkEntry]:
    """List what is left after a removal that was not confirmed, once nothing of it is running any more."""
    return aftermath(
        work.port,
        work.call.deadline(),
        lost=lost,
        look=lambda: list_networks(work.port, work.call, work.host, enough=still_there),
        done=lambda entries: not still_there(entries),
    ).seen


def _warn_of_silence(work: Work) -> None:
    """Say what an empty list means where live migration is on; a delete is never refused for it, nor fails."""
    with suppress(MigrationError):
        if work.port.settings().get("enabled"):
            work.call.log.warning(f"{work.host}: {work.subnet} was the last entry of its list. {LISTENS_NOWHERE}")


def _give_priority_back(work: Work, origin: Origin, entry: NetworkEntry) -> None:
    if origin.prior is None or origin.written is None or entry.metric == origin.prior:
        return
    if entry.metric != origin.written:
        work.call.log.warning(
            f"{work.host}: the priority of {work.subnet} was changed by somebody else and is left at {entry.metric}."
        )
        return
    lost: MigrationError | None = None
    try:
        work.port.set_priority(entry, origin.prior)
        networks = work.port.networks()
    except ANSWER_LOST as error:
        lost = error
        work.call.log.progress(f"{error} Reading the list of {work.host} again")
        networks = aftermath(
            work.port,
            work.call.deadline(),
            lost=error,
            look=work.entries,
            done=lambda entries: _metrics(work, entry, entries) == [origin.prior],
        ).seen
    if _metrics(work, entry, networks) != [origin.prior]:
        raise lost or Conflict(
            f"{work.host} did not take back priority {origin.prior} of {work.subnet}; run destroy again."
        )


def _metrics(work: Work, entry: NetworkEntry, entries: list[NetworkEntry]) -> list[int]:
    # A change may renew the InstanceID (fidelity.md, instance-id): then the subnet tells.
    again = [each for each in entries if each.instance_id == entry.instance_id] or entries_of(entries, work.subnet)
    return [each.metric for each in again]
