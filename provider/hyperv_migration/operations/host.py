"""What is done to a Hyper-V host for a MigrationHost. Message budgets: DESIGN §5."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from contextlib import suppress
from typing import Any

from hyperv_migration.model.any_network import PRIOR_ENTRIES, declared_change, records_of
from hyperv_migration.model.computers import validate_host_name
from hyperv_migration.model.declaration import NO_INPUTS, Failure, Inputs, State
from hyperv_migration.model.declaration import check as check_declared
from hyperv_migration.model.difference import Difference, declared_inputs, managed_names
from hyperv_migration.model.errors import Conflict, MigrationError, NotFound, Unreachable
from hyperv_migration.model.host import ANY_NETWORK, HOST, difference, network_of_another, settings_in
from hyperv_migration.model.host_plan import (
    as_intended,
    changes,
    found_in,
    host_state,
    interrupted,
    priors,
    refusal,
    unknowns,
    with_interrupted,
    without_rdma,
)
from hyperv_migration.model.host_release import Release, dangers, left_out, released
from hyperv_migration.model.network import NetworkEntry, entries_of, named_networks, parse_network_id
from hyperv_migration.model.subnet import Subnet
from hyperv_migration.operations.answers import another_machine, require_id
from hyperv_migration.operations.claims import name_of
from hyperv_migration.operations.deadline import Deadline
from hyperv_migration.operations.host_undo import restore
from hyperv_migration.operations.host_work import KIND, Plan, Seen, Work, hand_over
from hyperv_migration.operations.host_writing import ready_to_write, see, write
from hyperv_migration.operations.journal import STATE_KEY
from hyperv_migration.operations.ports import Call, HostPort
from hyperv_migration.operations.turns import taking_turns


def check(news: Inputs, olds: Inputs = NO_INPUTS) -> tuple[dict[str, Any], list[Failure]]:
    """Validate a program's inputs beside those before; nothing is sent."""
    return check_declared(HOST, news, olds)


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
    with taking_turns(port, call, deadline):
        work = Work(port=port, facts=port.facts(), call=call, deadline=deadline)
        if others := call.run.claims.holders(KIND, work.host, except_urn=call.urn):
            raise Conflict(
                f"{work.host} has a MigrationHost in this program already, {name_of(others[0].urn)}; declare each host once, "
                "and several hosts with MigrationPair or MigrationMesh."
            )
        state = _converge(work, inputs, call.run.claims.predecessor(KIND, call.urn, work.host) or {})
    call.run.claims.hold(KIND, call.urn, work.host, state, created=True)
    return work.host, state


def read(id: str, state: State, call: Call) -> dict[str, Any] | None:  # noqa: A002 - the engine's word
    """Read the host again; None only if it answers and positively has no Hyper-V.

    A state without declared inputs is an import: `id` is then any name of the host, and no prior values are known.
    """
    work = _work(id, state, call)
    call.journal.settle(work.target, state)
    try:
        seen = see(work, with_networks=True)
    except NotFound:
        return None
    _warn(work, dangers(work.facts, seen.live, seen.entries, declared_inputs(HOST, state)))
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
    with taking_turns(port, call, deadline):
        updated = _converge(_same_machine(port, id, call, deadline), inputs, state)
    call.run.claims.hold(KIND, call.urn, id, updated)
    return updated


def delete(id: str, state: State, call: Call) -> None:  # noqa: A002
    """Put back what was found, wherever nobody has changed it since. Repeatable; a host without Hyper-V is done."""
    if heirs := call.run.claims.holders(KIND, id):
        hand_over(id, state, heirs[0], call)
        return
    deadline = call.deadline()
    port = call.targets.host(state.get("computerName", id), state.get("profile"), deadline)
    try:
        with taking_turns(port, call, deadline):
            work = _same_machine(port, id, call, deadline)
            restore(work, state)
            call.journal.discard(work.target)
    except NotFound:
        call.log.warning(f"{id}: Hyper-V is not there any more, so nothing was put back.")
    except Unreachable as error:
        if not port.forget_when_unreachable:
            raise
        call.log.warning(f"{error} It was left as it is and forgotten, as onUnreachableDestroy says.")


def _work(id: str, state: State, call: Call) -> Work:  # noqa: A002
    deadline = call.deadline()
    if not state.get("managed"):
        require_id(KIND, id, validate_host_name)
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
    if foreign := network_of_another(inputs.get("networks") or (), work.host):
        raise Conflict(
            f"{work.host}: the networks input names {foreign}, which is a network of another host; nothing was written. Pass "
            "the ids of this host's own MigrationNetwork resources."
        )
    for warning in unknowns(work.facts, declared):
        work.call.log.warning(warning)
    _warn_of_smb(work, declared)
    off = declared.get("enabled") is False and old.get("enabled") is not False
    work.call.journal.settle(work.target, old)
    before = ready_to_write(work, switching_off=off)
    live, entries = before.live, before.entries or []
    leaving = left_out(old, inputs)
    writes = changes(declared, live)
    if writes.get(ANY_NETWORK) is False:
        _require_named_network(work, inputs, entries, leaving)
    note = work.call.journal.recall(work.target)
    shown = as_intended(live, entries, note.intended) if note else live
    known = with_interrupted(old, shown, note.found, note.intended) if note else old
    release = released(known, declared, live, [entry for entry in entries if entry.subnet not in leaving])
    _warn(work, release.warnings)
    plan = Plan(
        writes={**writes, **release.writes},
        before=before,
        kept={**_kept(inputs, known, before, release), STATE_KEY: note.id if note else None},
        written_before=known.get("writtenSettings") or {},
        former=note,
        networks=declared_change(declared[ANY_NETWORK], entries) if ANY_NETWORK in writes else release.networks,
        goes_back=release.goes_back,
    )
    if plan.writes:
        # What an earlier, interrupted operation wrote is still ours if this one is interrupted too.
        noted = interrupted(shown, note.found, note.intended) if note else {}
        plan.kept[STATE_KEY] = work.call.journal.keep(
            work.target,
            found={**noted, **found_in(plan.kept)},
            intended={**{name: shown[name] for name in noted}, **writes},
        )
    seen = write(work, plan)
    if declared.get(ANY_NETWORK) and named_networks(seen.entries or []):
        _warn(work, ["its named networks are ignored while useAnyNetwork is true."])
    _warn(work, dangers(work.facts, seen.live, seen.entries, inputs))
    return plan.state(work.facts, seen)


def _kept(inputs: Inputs, known: State, before: Seen, release: Release) -> dict[str, Any]:
    """Return what the state keeps beside what is read back: what was found, and what is ensured."""
    declared = settings_in(inputs)
    found, written = known.get("priorSettings") or {}, known.get("writtenSettings") or {}
    # A released useAnyNetwork stays known until it is as it was found.
    carried = {ANY_NETWORK: written.get(ANY_NETWORK)} if release.pending else {}
    anew = ANY_NETWORK in declared and ANY_NETWORK not in found
    return {
        **inputs,
        "managed": managed_names(inputs),
        "priorSettings": priors({**declared, **carried}, before.live, found),
        PRIOR_ENTRIES: records_of(before.entries or []) if anew else known.get(PRIOR_ENTRIES),
        "writtenSettings": {**declared, **carried},
    }


def _warn(work: Work, warnings: Iterable[str]) -> None:
    for warning in warnings:
        work.call.log.warning(f"{work.host}: {warning}")


def _warn_of_smb(work: Work, declared: Mapping[str, Any]) -> None:
    """Say that SMB wants RDMA, only where it is declared and only on a positive finding; it is advice, so never a failure."""
    if declared.get("performanceOption") != "SMB":
        return
    with suppress(MigrationError):
        if work.port.rdma() is False:
            work.call.log.warning(f"{without_rdma(work.host)}.")


def _require_named_network(
    work: Work, inputs: Inputs, entries: list[NetworkEntry], leaving: AbstractSet[Subnet]
) -> None:
    """Refuse to take the any-network pair away from a host that would then listen nowhere (DESIGN §3)."""
    for network in inputs.get("networks") or ():
        _, subnet = parse_network_id(network)
        if not entries_of(entries, subnet):
            raise Conflict(
                f"{work.host} does not list {subnet}, which the networks input names, so useAnyNetwork was not "
                "switched off; nothing was written. Pass the ids of this host's own MigrationNetwork resources."
            )
    if not [entry for entry in named_networks(entries) if entry.subnet not in leaving]:
        raise Conflict(
            f"{work.host} has no named migration network, so without useAnyNetwork it would listen nowhere; nothing "
            "was written. Declare a MigrationNetwork and pass its id in the networks input, which orders the two."
        )
