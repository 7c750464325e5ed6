"""What is done to a Hyper-V host for a MigrationNetwork. Message budgets: DESIGN §5."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from hyperv_migration.model.declaration import Failure, Inputs, State
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
from hyperv_migration.model.facts import HostFacts
from hyperv_migration.model.network import (
    CLUSTER_MANAGED,
    NETWORK,
    NetworkEntry,
    difference,
    entries_of,
    network_id,
    parse_network_id,
)
from hyperv_migration.model.subnet import Subnet, parse_subnet
from hyperv_migration.operations.answers import ANSWER_LOST, another_machine, may_have_written
from hyperv_migration.operations.created import created_here, remember_created
from hyperv_migration.operations.journal import STATE_KEY, Note
from hyperv_migration.operations.ports import Call, HostPort
from hyperv_migration.operations.ready import await_service

KIND = "MigrationNetwork"


@dataclass(frozen=True, kw_only=True)
class _Work:
    """One operation on one subnet of one host."""

    port: HostPort
    facts: HostFacts
    subnet: Subnet
    call: Call
    former: Note | None = None
    """The note of an operation that was interrupted earlier, and that no state knows of."""

    @property
    def host(self) -> str:
        return self.facts.fqdn

    @property
    def id(self) -> str:
        return network_id(self.host, self.subnet)

    @property
    def target(self) -> str:
        return f"{KIND} {self.id}"


def check(news: Inputs) -> tuple[dict[str, Any], list[Failure]]:
    """Validate a program's inputs; nothing is sent."""
    return check_declared(NETWORK, news)


def diff(state: State, news: Inputs) -> Difference:
    """Compare state and program; nothing is sent."""
    return difference(state, news)


def read_inputs(state: State) -> dict[str, Any]:
    """Return the inputs as a refresh gives them back."""
    return declared_inputs(NETWORK, state)


def create(inputs: Inputs, call: Call) -> tuple[str, dict[str, Any]]:
    """Add the network, or adopt the entry found and remember its metric. Returns the id and the state."""
    port = call.targets.host(inputs["computerName"], inputs.get("profile"), call.deadline())
    with port.exclusive():
        subnet = parse_subnet(inputs["subnet"])
        work = _settled(_Work(port=port, facts=port.facts(), subnet=subnet, call=call), {})
        if created_here(KIND, work.id):
            raise Conflict(
                f"{work.host} has a MigrationNetwork {work.subnet} in this program already; declare it once."
            )
        _refuse(work, inputs)
        await_service(port, call, work.host)
        found = _only(work, _entries(port))
        try:
            state = _converge(work, inputs, _found_at_first(work, inputs, found), found)
        except RemoteFault as refused:
            # Refused at once, and yet it is there now: somebody else was faster, so it is theirs and is adopted.
            raced = None if refused.began or found is not None else _only(work, _entries(port))
            if raced is None:
                raise
            state = _converge(work, inputs, _found_at_first(work, inputs, raced), raced)
    remember_created(KIND, work.id)
    return work.id, state


def read(id: str, state: State, call: Call) -> dict[str, Any] | None:  # noqa: A002 - the engine's word
    """Read the entry again; None only if this connection sees the host's migration service and not the entry.

    A state without declared inputs is an import: `id` is host/address or host/address/prefix, and nothing counts as added.
    """
    port = _port(id, state, call)
    if not state.get("managed"):
        return _imported(id, port, call)
    work = _settled(_same_machine(port, id, call), state)
    try:
        entries = _entries(work.port)
    except NotFound:
        return None
    entry = _only(work, entries, instance_id=state.get("instanceId"))
    return None if entry is None else {**dict(state), **_observed(work, entry)}


def _imported(id: str, port: HostPort, call: Call) -> dict[str, Any] | None:  # noqa: A002
    name, subnet = parse_network_id(id)
    entries = _entries(port)
    if id.count("/") == 1:
        # Without a prefix the address says which, if only one entry has it; else it is a network of one.
        same = {entry.subnet for entry in entries if entry.subnet and entry.subnet.address == subnet.address}
        subnet = same.pop() if len(same) == 1 else subnet
    work = _Work(port=port, facts=port.facts(), subnet=subnet, call=call)
    entry = _only(work, entries)
    if entry is None:
        return None
    inputs, _ = check({"computerName": name, "subnet": str(subnet), "priority": entry.metric})
    return {**inputs, "preexisting": True, "managed": managed_names(inputs), **_observed(work, entry)}


def update(id: str, state: State, inputs: Inputs, call: Call) -> dict[str, Any]:  # noqa: A002
    """Change the metric in place, and add the entry again if somebody removed it."""
    port = call.targets.host(inputs["computerName"], inputs.get("profile"), call.deadline())
    with port.exclusive():
        work = _settled(_same_machine(port, id, call), state)
        _refuse(work, inputs)
        await_service(port, call, work.host)
        found = _only(work, _entries(port), instance_id=state.get("instanceId"))
        kept: dict[str, Any] = {"preexisting": bool(state.get("preexisting"))}
        if "priority" in inputs and kept["preexisting"]:
            # What was found stays known while the priority is managed; managed anew, it is what is found now.
            known = found.metric if found else None
            if "writtenPriority" in state:
                known = state.get("priorPriority")
            elif work.former is not None and _shows(found, work.former):
                known = work.former.found.get("priorPriority", known)
            kept |= {} if known is None else {"priorPriority": known}
        return _converge(work, inputs, _noted(work, inputs, kept, found), found, old=state)


def delete(id: str, state: State, call: Call) -> None:  # noqa: A002
    """Remove the entry this resource added; give a found one its metric back. Repeatable."""
    if created_here(KIND, id):
        call.log.warning(f"{id}: left as it is, because this program has just declared the same network anew.")
        return
    port = _port(id, state, call)
    try:
        with port.exclusive():
            work = _settled(_same_machine(port, id, call), state)
            _undo(work, state)
            call.journal.discard(work.target)
    except NotFound:
        call.log.warning(f"{id}: Hyper-V is not there any more, so there was nothing to remove.")
    except Unreachable as error:
        if not port.forget_when_unreachable:
            raise
        call.log.warning(f"{error} It was left as it is and forgotten, as onUnreachableDestroy says.")


def _port(id: str, state: State, call: Call) -> HostPort:  # noqa: A002
    name = state.get("computerName") or parse_network_id(id)[0]
    return call.targets.host(name, state.get("profile"), call.deadline())


def _same_machine(port: HostPort, id: str, call: Call) -> _Work:  # noqa: A002
    host, subnet = parse_network_id(id)
    facts = port.facts()
    if facts.fqdn != host:
        raise another_machine(facts, host)
    return _Work(port=port, facts=facts, subnet=subnet, call=call)


def _settled(work: _Work, state: State) -> _Work:
    """Remove the note of an operation that this state, which the engine has kept, knows of; keep any other in mind."""
    work.call.journal.settle(work.target, state)
    return replace(work, former=work.call.journal.recall(work.target))


def _refuse(work: _Work, inputs: Inputs) -> None:
    if work.facts.clustered and not inputs.get("allowClustered"):
        raise Conflict(
            f"{work.host} is a node of a failover cluster, whose own tools manage migration networks; nothing was "
            "written. Set allowClustered to manage it all the same."
        )
    if not work.subnet.is_private:
        work.call.log.warning(
            f"{work.host}: {work.subnet} is a public range, and migration traffic is not encrypted; use a private network."
        )


def _entries(port: HostPort) -> list[NetworkEntry]:
    """List the networks of a service that this connection has seen before: only then is an empty list empty (DESIGN §1.4).

    A service that is still starting would show none, and the entry would be added a second time.
    """
    port.prove_rights()
    return port.networks()


def _only(work: _Work, entries: list[NetworkEntry], *, instance_id: str | None = None) -> NetworkEntry | None:
    """Return the one entry of the subnet that an administrator manages; refuse to guess between several."""
    same = entries_of(entries, work.subnet)
    if foreign := [entry for entry in same if not entry.user_managed]:
        manager = "the failover cluster" if CLUSTER_MANAGED in foreign[0].tags else "another tool"
        raise Conflict(
            f"{work.host} lists {work.subnet} as managed by {manager}; it was not touched. Leave it to that tool."
        )
    if len(same) > 1:
        ours = [entry for entry in same if entry.instance_id == instance_id]
        if len(ours) == 1:
            return ours[0]
        raise Conflict(
            f"{work.host} lists {work.subnet} {len(same)} times; nothing was written. "
            "Remove all but one with Remove-VMMigrationNetwork, then run up again."
        )
    return same[0] if same else None


def _converge(
    work: _Work, inputs: Inputs, kept: dict[str, Any], found: NetworkEntry | None, *, old: State | None = None
) -> dict[str, Any]:
    priority = inputs.get("priority")
    state = {**inputs, **kept, "host": work.host, "managed": managed_names(inputs)}
    if priority is not None:
        state["writtenPriority"] = priority
    lost: MigrationError | None = None
    try:
        wrote = _apply(work, priority, found)
    except MigrationError as error:
        if not may_have_written(error):
            work.call.journal.put_back(work.target, work.former)
            raise
        # The effect is not known: the list tells. Adding twice would make two entries (hyperv-wsman.md §7, 21).
        wrote, lost = True, error
    try:
        entry = _read_back(work) if wrote else found
    except MigrationError as unread:
        raise PartiallyApplied(
            str(lost or unread), id=work.id, state=_unread(work, state, found, old or {})
        ) from unread
    if entry is not None and priority in {None, entry.metric} and not isinstance(lost, RemoteFault):
        return {**state, **_observed(work, entry)}
    if lost is not None and entry == found:
        if isinstance(lost, RemoteFault):
            work.call.journal.put_back(work.target, work.former)
        raise lost
    message = str(lost) if lost else f"{work.host} accepted {work.subnet} but does not list it so; run up again."
    raise PartiallyApplied(message, id=work.id, state={**state, **(_observed(work, entry) if entry else {})})


def _found_at_first(work: _Work, inputs: Inputs, found: NetworkEntry | None) -> dict[str, Any]:
    """Return what the state keeps of the entry that was there; an interrupted create's own entry was not."""
    if work.former is not None and found is not None and _shows(found, work.former):
        return _noted(work, inputs, dict(work.former.found), found)
    kept: dict[str, Any] = {"preexisting": found is not None}
    if found and "priority" in inputs:
        kept["priorPriority"] = found.metric
    return _noted(work, inputs, kept, found)


def _shows(found: NetworkEntry | None, note: Note) -> bool:
    """Tell whether the entry is as an interrupted operation was about to write it."""
    return found is not None and note.intended.get("priority") in {None, found.metric}


def _noted(work: _Work, inputs: Inputs, kept: dict[str, Any], found: NetworkEntry | None) -> dict[str, Any]:
    """Note what is kept if a write is due, and return it with the note's id."""
    note_id = work.former.id if work.former else None
    if found is None or inputs.get("priority", found.metric) != found.metric:
        note_id = work.call.journal.keep(work.target, found=kept, intended={"priority": inputs.get("priority")})
    return {**kept, **({STATE_KEY: note_id} if note_id else {})}


def _apply(work: _Work, priority: int | None, found: NetworkEntry | None) -> bool:
    """Write what is missing; tell whether anything was written."""
    if found is None:
        work.port.add_network(work.subnet, priority)
        return True
    if priority is not None and found.metric != priority:
        work.port.set_priority(found, priority)
        return True
    return False


def _read_back(work: _Work) -> NetworkEntry | None:
    """List the networks after a write; if that fails once, once more, as what was written must be known (DESIGN §3)."""
    try:
        return _only(work, work.port.networks())
    except MigrationError:
        return _only(work, work.port.networks())


def _unread(work: _Work, state: dict[str, Any], found: NetworkEntry | None, old: State) -> dict[str, Any]:
    """Return the state where nobody can tell what was written: what was seen last; the note stays for the next operation."""
    kept = {name: value for name, value in state.items() if name != "priority"}
    if kept.get(STATE_KEY) is not None:
        kept = {name: value for name, value in kept.items() if name not in {STATE_KEY, "writtenPriority"}}
        kept |= {"writtenPriority": old["writtenPriority"]} if "writtenPriority" in old else {}
    return {**kept, **(_observed(work, found) if found else {})}


def _observed(work: _Work, entry: NetworkEntry) -> dict[str, Any]:
    return {"host": work.host, "instanceId": entry.instance_id, "priority": entry.metric}


def _undo(work: _Work, state: State) -> None:
    try:
        entry = _only(work, _entries(work.port), instance_id=state.get("instanceId"))
    except Conflict as foreign:
        # A refusal never blocks a delete (DESIGN §1.6): what is another's now is left to it.
        work.call.log.warning(str(foreign))
        return
    if entry is None:
        return
    if state.get("preexisting") and state.get("onDestroy") != "Remove":
        _give_priority_back(work, state, entry)
        return
    lost: MigrationError | None = None
    try:
        work.port.remove_networks([entry])
    except MigrationError as error:
        # A refusal is looked at too: somebody else may have removed it first.
        if not isinstance(error, (*ANSWER_LOST, RemoteFault)):
            raise
        lost = error
        work.call.log.progress(f"{work.host}: the removal was not confirmed; reading the list again")
    if any(left.instance_id == entry.instance_id for left in work.port.networks()):
        raise lost or Conflict(f"{work.host} still lists {work.subnet} after its removal; run destroy again.")


def _give_priority_back(work: _Work, state: State, entry: NetworkEntry) -> None:
    noted = work.former.found if work.former else {}
    prior = state.get("priorPriority", noted.get("priorPriority"))
    written = {state.get("writtenPriority"), work.former.intended.get("priority") if work.former else None} - {None}
    if prior is None or not written or entry.metric == prior:
        return
    if entry.metric not in written:
        work.call.log.warning(
            f"{work.host}: the priority of {work.subnet} was changed by somebody else and is left at {entry.metric}."
        )
        return
    lost: MigrationError | None = None
    try:
        work.port.set_priority(entry, prior)
    except ANSWER_LOST as error:
        lost = error
        work.call.log.progress(f"{error} Reading the list of {work.host} again")
    networks = work.port.networks()
    # A change may renew the InstanceID (fidelity.md, instance-id): then the subnet tells.
    again = [each for each in networks if each.instance_id == entry.instance_id] or entries_of(networks, work.subnet)
    if [each.metric for each in again] != [prior]:
        raise lost or Conflict(f"{work.host} did not take back priority {prior} of {work.subnet}; run destroy again.")
