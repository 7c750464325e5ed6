"""What is done to a Hyper-V host for a MigrationHost. Message budgets: DESIGN §5."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from hyperv_migration.model.declaration import Failure, Inputs, State
from hyperv_migration.model.declaration import check as check_declared
from hyperv_migration.model.difference import Difference, declared_inputs, managed_names
from hyperv_migration.model.errors import (
    Conflict,
    MigrationError,
    NotFound,
    NotReady,
    PartiallyApplied,
    TimedOut,
    Unreachable,
)
from hyperv_migration.model.facts import MigrationServiceStatus
from hyperv_migration.model.host import ANY_NETWORK, HOST, difference, settings_in
from hyperv_migration.model.host_plan import (
    changes,
    host_state,
    interrupted,
    priors,
    refusal,
    restoration,
    unknowns,
    with_interrupted,
    without_rdma,
)
from hyperv_migration.model.network import (
    NetworkEntry,
    entries_of,
    named_networks,
    parse_network_id,
    uses_any_network,
)
from hyperv_migration.operations.answers import ANSWER_LOST, another_machine
from hyperv_migration.operations.deadline import Deadline
from hyperv_migration.operations.host_work import KIND, Plan, Seen, Work, hand_over
from hyperv_migration.operations.journal import STATE_KEY, Note
from hyperv_migration.operations.ports import Call, HostPort

_READY_INTERVAL = 2.0
_ACTIVE_INTERVAL = 5.0


def check(news: Inputs) -> tuple[dict[str, Any], list[Failure]]:
    """Validate a program's inputs; nothing is sent."""
    return check_declared(HOST, news)


def diff(state: State, news: Inputs) -> Difference:
    """Compare state and program; nothing is sent."""
    return difference(state, news)


def read_inputs(state: State) -> dict[str, Any]:
    """Return the inputs as a refresh gives them back."""
    return declared_inputs(HOST, state)


def create(inputs: Inputs, call: Call) -> tuple[str, dict[str, Any]]:
    """Bring a host to the declared settings and keep what was found. Returns the id, the host's FQDN, and the state.

    Raises Conflict where a precondition is positively not met; PartiallyApplied once something was written.
    """
    deadline = call.deadline()
    port = call.targets.host(inputs["computerName"], inputs.get("profile"), deadline)
    with port.exclusive():
        work = Work(port=port, facts=port.facts(), call=call, deadline=deadline)
        if call.run.created(KIND, work.host):
            raise Conflict(
                f"{work.host} has a MigrationHost in this program already; declare each host once, "
                "and several hosts with MigrationPair or MigrationMesh."
            )
        state = _converge(work, inputs, {})
    call.run.remember_created(KIND, work.host)
    return work.host, state


def read(id: str, state: State, call: Call) -> dict[str, Any] | None:  # noqa: A002 - the engine's word
    """Read the host again; None only if it answers and positively has no Hyper-V.

    A state without declared inputs is an import: `id` is then any name of the host, and no prior values are known.
    """
    work = _work(id, state, call)
    call.journal.settle(work.target, state)
    try:
        seen = _see(work.port, with_networks=True)
    except NotFound:
        return None
    if not state.get("managed"):
        inputs, _ = check({"computerName": id, **settings_in(seen.live)})
        kept = {**inputs, "managed": managed_names(inputs), "priorSettings": {}, "writtenSettings": {}}
        kept |= call.journal.left_behind(work.target)
        return host_state(kept, work.facts, seen.live, seen.status)
    return {**dict(state), **host_state({}, work.facts, seen.live, seen.status)}


def update(id: str, state: State, inputs: Inputs, call: Call) -> dict[str, Any]:  # noqa: A002
    """Bring the host to the newly declared settings; what was found at first stays known, released settings go."""
    deadline = call.deadline()
    port = call.targets.host(inputs["computerName"], inputs.get("profile"), deadline)
    with port.exclusive():
        return _converge(_same_machine(port, id, call, deadline), inputs, state)


def delete(id: str, state: State, call: Call) -> None:  # noqa: A002
    """Put back what was found, wherever nobody has changed it since. Repeatable; a host without Hyper-V is done."""
    if call.run.created(KIND, id):
        hand_over(id, state, call)
        call.log.warning(f"{id}: left as it is, because this program has just configured the same host anew.")
        return
    deadline = call.deadline()
    port = call.targets.host(state.get("computerName", id), state.get("profile"), deadline)
    try:
        with port.exclusive():
            work = _same_machine(port, id, call, deadline)
            _restore(work, state)
            call.journal.discard(work.target)
    except NotFound:
        call.log.warning(f"{id}: Hyper-V is not there any more, so nothing was put back.")
    except Unreachable as error:
        if not port.forget_when_unreachable:
            raise
        call.log.warning(f"{error} It was left as it is and forgotten, as onUnreachableDestroy says.")


def _work(id: str, state: State, call: Call) -> Work:  # noqa: A002
    deadline = call.deadline()
    port = call.targets.host(state.get("computerName", id), state.get("profile"), deadline)
    expected = id if state.get("managed") else port.facts().fqdn
    return _same_machine(port, expected, call, deadline)


def _same_machine(port: HostPort, id: str, call: Call, deadline: Deadline) -> Work:  # noqa: A002
    """Make sure that who answers is who the state is about."""
    facts = port.facts()
    if facts.fqdn != id:
        raise another_machine(facts, id)
    return Work(port=port, facts=facts, call=call, deadline=deadline)


def _converge(work: Work, inputs: Inputs, old: State) -> dict[str, Any]:
    declared = settings_in(inputs)
    if reason := refusal(work.facts, declared, inputs):
        raise Conflict(f"{reason}; nothing was written.")
    for warning in unknowns(work.facts, declared):
        work.call.log.warning(warning)
    _warn_of_smb(work, declared)
    live, entries = _ready_settings(work, declared, old)
    live[ANY_NETWORK] = bool(old.get(ANY_NETWORK)) if entries is None else uses_any_network(entries)
    writes = changes(declared, live)
    if writes.get(ANY_NETWORK) is False:
        _require_named_network(work, inputs, entries or [])
    work.call.journal.settle(work.target, old)
    note = work.call.journal.recall(work.target)
    known = with_interrupted(old, live, note.found, note.intended) if note else old
    prior = priors(declared, live, known.get("priorSettings") or {})
    written = known.get("writtenSettings") or {}
    kept = {
        **inputs,
        "managed": managed_names(inputs),
        "priorSettings": prior,
        "writtenSettings": declared,
        STATE_KEY: note.id if note else None,
    }
    if writes:
        # What an earlier, interrupted operation wrote is still ours if this one is interrupted too.
        noted = interrupted(live, note.found, note.intended) if note else {}
        intended = {**{name: live[name] for name in noted}, **writes}
        kept[STATE_KEY] = work.call.journal.keep(work.target, found={**noted, **prior}, intended=intended)
    before = Seen(live=live, entries=entries)
    plan = Plan(writes=writes, before=before, kept=kept, written_before=written, former=note)
    seen = _write(work, plan)
    if declared.get(ANY_NETWORK) and seen.entries and named_networks(seen.entries):
        work.call.log.warning(f"{work.host}: its named networks are ignored while useAnyNetwork is true.")
    return plan.state(work.facts, seen)


def _warn_of_smb(work: Work, declared: Mapping[str, Any]) -> None:
    """Say that SMB wants RDMA, only where it is declared and only on a positive finding; it is advice, so never a failure."""
    if declared.get("performanceOption") != "SMB":
        return
    with suppress(MigrationError):
        if work.port.rdma() is False:
            work.call.log.warning(f"{without_rdma(work.host)}.")


def _entries_if_needed(port: HostPort, declared: Mapping[str, Any], old: State) -> list[NetworkEntry] | None:
    """Ask for the networks at create, and in an update only if the any-network setting may change or is managed anew."""
    known = old.get(ANY_NETWORK)
    anew = ANY_NETWORK in declared and ANY_NETWORK not in (old.get("managed") or ())
    return _believable(port) if known is None or anew or declared.get(ANY_NETWORK, known) != known else None


def _believable(port: HostPort) -> list[NetworkEntry]:
    """List the networks of a service that has shown itself before: that of one still starting is empty, and wrong."""
    port.prove_rights()
    return port.networks()


def _write(work: Work, plan: Plan) -> Seen:
    """Write, then read back; after the first write no failure goes out without the state as it is then."""
    try:
        plan = _once_idle(work, plan)
    except MigrationError:
        work.call.journal.put_back(work.target, plan.former)
        raise
    try:
        _apply(work.port, plan)
        seen = _see_again(work.port, plan)
    except MigrationError as error:
        return _after_failure(work, plan, error)
    if not plan.done(seen):
        wrong = {name: value for name, value in plan.writes.items() if seen.live.get(name) != value}
        said = ", ".join(f"{name} {seen.live.get(name)!r} instead of {value!r}" for name, value in wrong.items())
        message = f"{work.host} accepted the change but shows {said}; see whether somebody else or a policy sets it."
        raise PartiallyApplied(message, id=work.host, state=plan.partial_state(work.facts, seen))
    return seen


def _once_idle(work: Work, plan: Plan) -> Plan:
    """Do not pull the rug from under a running migration: before switching off, wait for it to end, else fail unchanged."""
    if plan.writes.get("enabled") is not False:
        return plan
    waited = False
    while (status := work.port.status()).active_migrations > 0:
        waited = True
        active = status.active_migrations
        work.deadline.pause(
            _ACTIVE_INTERVAL, waiting_for=f"{active} live migrations of {work.host} to end before it is switched off"
        )
    if waited:
        work.port.settings()  # the whole instance is written, so it must not be as old as the wait was long
    # The list holds the host's usable addresses, enabled or not (hyperv-wsman.md §1.2): no need to ask twice.
    return replace(plan, before=replace(plan.before, status=status))


def _apply(port: HostPort, plan: Plan) -> None:
    """Write in the order that never leaves the host without a listener: the any-network pair comes first, goes last."""
    entries = plan.before.entries or []
    settings = {name: value for name, value in plan.writes.items() if name != ANY_NETWORK}
    if plan.writes.get(ANY_NETWORK) is True:
        port.add_any_network(entries)
        if settings:
            port.settings()  # likewise: two calls were made since
    if settings:
        port.write_settings(plan.before.live, settings)
    if plan.writes.get(ANY_NETWORK) is False:
        port.remove_networks([entry for entry in entries if entry.is_any])


def _after_failure(work: Work, plan: Plan, error: MigrationError) -> Seen:
    """Find out what a failed write has done: nothing, all of it (only the answer was lost), or a part."""
    try:
        seen = _see_again(work.port, plan)
    except MigrationError:
        # Nobody can tell now; the state keeps what was found, so that the next up completes and a destroy restores.
        raise PartiallyApplied(str(error), id=work.host, state=plan.unread_state(work.facts)) from error
    if isinstance(error, ANSWER_LOST) and plan.done(seen):
        work.call.log.warning(f"{error} The host was read again and shows what was declared.")
        return seen
    if plan.untouched(seen):
        if not isinstance(error, ANSWER_LOST):
            work.call.journal.put_back(work.target, plan.former)
        raise error
    raise PartiallyApplied(str(error), id=work.host, state=plan.partial_state(work.facts, seen)) from error


def _see(port: HostPort, *, with_networks: bool, status: MigrationServiceStatus | None = None) -> Seen:
    live = port.settings()
    entries = port.networks() if with_networks else None
    if entries is not None:
        live[ANY_NETWORK] = uses_any_network(entries)
    return Seen(live=live, entries=entries, status=status or port.status())


def _see_again(port: HostPort, plan: Plan) -> Seen:
    seen = _see(port, with_networks=plan.with_networks, status=plan.before.status)
    if plan.with_networks:
        return seen
    return replace(seen, live={**seen.live, ANY_NETWORK: plan.before.live[ANY_NETWORK]}, entries=plan.before.entries)


def _ready_settings(
    work: Work, declared: Mapping[str, Any], old: State
) -> tuple[dict[str, Any], list[NetworkEntry] | None]:
    """Read networks and settings, waiting up to readyTimeout for a migration service that is still starting.

    The settings come last: they are written as a whole, so what others changed since they were read is undone.
    """
    ready = Deadline(work.port.ready_timeout, cancelled=work.call.cancelled, progress=work.call.log.progress)
    while True:
        try:
            entries = _entries_if_needed(work.port, declared, old)
            return work.port.settings(), entries
        except NotFound as error:
            raise Conflict(f"{error} Install the Hyper-V role first; nothing was written.") from error
        except NotReady as error:
            try:
                ready.pause(_READY_INTERVAL, waiting_for=f"the migration service of {work.host}")
            except TimedOut:
                raise error from None


def _require_named_network(work: Work, inputs: Inputs, entries: list[NetworkEntry]) -> None:
    """Refuse to take the any-network pair away from a host that would then listen nowhere (DESIGN §3)."""
    for network in inputs.get("networks") or ():
        _, subnet = parse_network_id(network)
        if not entries_of(entries, subnet):
            raise Conflict(
                f"{work.host} does not list {subnet}, which the networks input names, so useAnyNetwork was not "
                "switched off; nothing was written. Pass the ids of this host's own MigrationNetwork resources."
            )
    if not named_networks(entries):
        raise Conflict(
            f"{work.host} has no named migration network, so without useAnyNetwork it would listen nowhere; nothing "
            "was written. Declare a MigrationNetwork and pass its id in the networks input, which orders the two."
        )


def _restore(work: Work, state: State) -> None:
    work.call.journal.settle(work.target, state)
    note = work.call.journal.recall(work.target) or Note(id="", found={}, intended={})
    with_networks = ANY_NETWORK in {**note.found, **(state.get("priorSettings") or {})}
    entries = _believable(work.port) if with_networks else None
    live = work.port.settings()
    if entries is not None:
        ours = True in {note.intended.get(ANY_NETWORK), (state.get("writtenSettings") or {}).get(ANY_NETWORK)}
        # Half a pair is not "any network", but where we were adding it, it is ours to remove.
        live[ANY_NETWORK] = uses_any_network(entries) or (ours and any(entry.is_any for entry in entries))
    state = with_interrupted(state, live, note.found, note.intended)
    undo = restoration(state, live)
    for name in undo.left:
        work.call.log.warning(
            f"{work.host}: {name} was changed to {live.get(name)!r} by somebody else and is left so; "
            f"it was {state['priorSettings'][name]!r} before this resource."
        )
    if not undo.writes:
        return
    lost: MigrationError | None = None
    plan = _once_idle(work, Plan(writes=undo.writes, before=Seen(live=live, entries=entries), kept={}))
    try:
        _apply(work.port, plan)
    except ANSWER_LOST as error:
        lost = error
        work.call.log.progress(f"{error} Reading {work.host} again")
    after = work.port.settings()
    if plan.with_networks:
        after[ANY_NETWORK] = uses_any_network(work.port.networks())
    if wrong := [name for name, value in undo.writes.items() if after.get(name) != value]:
        raise lost or Conflict(
            f"{work.host} did not take back {', '.join(wrong)}; run destroy again, or set it by hand."
        )
