"""What is done to the directory for a KerberosDelegation. Message budgets: DESIGN §5."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from hyperv_migration.model.account_change import AccountChange
from hyperv_migration.model.account_control import DELEGATION_BITS
from hyperv_migration.model.computers import ComputerAccount, validate_account_name
from hyperv_migration.model.declaration import NO_INPUTS, Failure, Inputs, State
from hyperv_migration.model.declaration import check as check_declared
from hyperv_migration.model.delegation import DELEGATION, difference
from hyperv_migration.model.delegation_accounts import in_vain, objections
from hyperv_migration.model.delegation_ledger import Ledger
from hyperv_migration.model.delegation_plan import Removal, plan_grant, plan_removal, widening
from hyperv_migration.model.delegation_state import Declared, Delivery, declared_names, observed, says_otherwise
from hyperv_migration.model.difference import Difference, declared_inputs
from hyperv_migration.model.errors import MigrationError, NotFound, PartiallyApplied
from hyperv_migration.model.replication import shows
from hyperv_migration.model.spn import key, keys, listed_as
from hyperv_migration.model.stamps import Verdict, as_state, stamps_of
from hyperv_migration.operations.account_writer import AccountWriter, Plan
from hyperv_migration.operations.answers import require_id
from hyperv_migration.operations.claims import parts_of
from hyperv_migration.operations.delegation_handover import KIND, hand_on, target_of
from hyperv_migration.operations.delegation_import import imported
from hyperv_migration.operations.departures import Departures
from hyperv_migration.operations.destinations import look_again, resolve
from hyperv_migration.operations.found_elsewhere import Watched, vouched_for
from hyperv_migration.operations.grant_note import GrantNote
from hyperv_migration.operations.journal import STATE_KEY
from hyperv_migration.operations.own_change import OwnChange
from hyperv_migration.operations.ports import Call, DirectoryPort
from hyperv_migration.operations.removal_note import RemovalNote
from hyperv_migration.operations.replication import Arrival, settle
from hyperv_migration.operations.tickets import purge_tickets

_STILL_IN_THE_STATE = (
    "Pulumi still has the delegation in its state. To keep the delegation instead, run pulumi up --refresh; an up without "
    "--refresh sees no difference and writes nothing."
)
"""What a failed destroy says that has written."""


def check(news: Inputs, olds: Inputs = NO_INPUTS) -> tuple[dict[str, Any], list[Failure]]:
    """Validate a program's inputs beside those before; nothing is sent."""
    return check_declared(DELEGATION, news, olds)


def diff(state: State, news: Inputs) -> Difference:
    """Compare state and program; nothing is sent."""
    return difference(state, news)


def read_inputs(state: State) -> dict[str, Any]:
    """Return the inputs as a refresh gives them back."""
    return declared_inputs(DELEGATION, state)


def _opened(source: str, given: Mapping[str, Any], call: Call) -> DirectoryPort:
    """Open the domain of a source, and say what there is to say of the way to it."""
    directory = call.targets.directory(source, given.get("profile"))
    for remark in directory.remarks():
        call.log.warning(remark)
    return directory


def create(inputs: Inputs, call: Call) -> tuple[str, dict[str, Any]]:
    """Give the source the declared delegation and keep what was found. Returns the id, its objectGUID, and the state.

    Raises NotFound or Conflict, with nothing written, where a precondition is not met; PartiallyApplied after a write.
    """
    directory = _opened(inputs["source"], inputs, call)
    source, declared = resolve(inputs, directory)
    if (replaced := call.run.claims.predecessor(KIND, call.urn, source.guid)) is not None:
        return source.guid, _regrant(directory, (source, declared), dict(replaced), call)
    note = GrantNote(target_of(source.guid, call.urn), call.journal, {}, directory)
    note.arrived(source)
    removal = RemovalNote(source.guid, call.journal, directory)
    source = _trusted(source, declared, note, removal, call)
    ledger = note.ledger(source)
    # What an interrupted create added and the program declares no longer is still there.
    unwanted = _without(ledger.added, _claimed_by_others(source.guid, call))
    writer = AccountWriter(directory, source, ledger, call.log, before_first_write=note.keep)
    with note.only_if_written(writer):
        state = _grant(writer, declared, unwanted, note, call)
    removal.over()
    Departures(source.guid, call).begun_anew(state["addedServicePrincipalNames"])
    return source.guid, state


def _trusted(
    source: ComputerAccount, declared: Declared, note: GrantNote, removal: RemovalNote, call: Call
) -> ComputerAccount:
    """Return the account of a create's source once what it shows is not what a destroy has taken away elsewhere.

    1. This machine knows by which write the last destroy ended: that has arrived.
    2. It knows none: what is found there already is the same on the domain controllers that matter.
    """
    here, known = removal.await_here(source, call)
    if here is None:
        raise NotFound(f"{source.distinguished_name} was deleted meanwhile; nothing was written. Run up again.")
    if known:
        return here
    ledger = note.ledger(here)
    others = call.run.claims.holders(KIND, source.guid, except_urn=call.urn)
    claimed = parts_of(others)
    # What this resource or another one of the run has set is no find, and may be on its way.
    bits = 0 if others or ledger.transition_written is not None else DELEGATION_BITS
    watched = Watched(names=keys(declared.names) - keys(ledger.added) - claimed, bits=bits)
    return vouched_for(removal.directory, here, watched, declared.inputs["waitForReplication"], call)


def read(id: str, state: State, call: Call) -> dict[str, Any] | None:  # noqa: A002 - the engine's word
    """Read the source's account again; None only if the directory positively has no account of this objectGUID.

    A state without an account is an import: `id` is then any name of the source, and nothing counts as added.
    """
    if not state.get("sourceGuid"):
        require_id(KIND, id, validate_account_name)
    directory = _opened(state.get("source", id), state, call)
    if not state.get("sourceGuid"):
        found = imported(id, directory)
        return {**found, **call.journal.left_behind(target_of(found["sourceGuid"], call.urn))}
    note = GrantNote(target_of(id, call.urn), call.journal, state, directory)
    live = directory.computer(id)
    ledger = None if live is None else note.ledger(live, Ledger.of(state)).seen(live)
    writes: dict[str, Any] = {}
    if live is None or ledger is None or says_otherwise(observed(state, live, ledger), state):
        own = OwnChange(state=state, directory=directory)
        verdict = own.verdict(live)
        if verdict.late:
            own.tell_late(verdict, call)
            return dict(state)
        if verdict is Verdict.UNKNOWN:
            own.tell_unknown(call)
            ledger = Ledger.of(state)
        if live is None or ledger is None:
            return dict(state) if verdict is Verdict.UNKNOWN else None
        if verdict.believed:
            writes = as_state(live.stamps)
    else:
        OwnChange(state=state, directory=directory).tell_if_behind(live, call)
    accounts, renamed = look_again(state, live, ledger, directory, call.log)
    fresh = observed({**state, **writes, "destinationAccounts": accounts}, live, ledger, renamed)
    if note.id is not None:
        fresh[STATE_KEY] = note.id
    if note.tickets_are_old:
        fresh["newTicketNeeded"] = True
    return {**fresh, **_still_pending(fresh, live, directory)}


def update(id: str, state: State, inputs: Inputs, call: Call) -> dict[str, Any]:  # noqa: A002
    """Bring the source to the newly declared delegation; entries no longer declared go if this resource added them."""
    directory = _opened(inputs["source"], inputs, call)
    return _regrant(directory, resolve(inputs, directory, guid=id, state=state), state, call)


def _regrant(
    directory: DirectoryPort, resolved: tuple[ComputerAccount, Declared], state: State, call: Call
) -> dict[str, Any]:
    """Go on from what is known of the source: an update, or a replace that turned out to be of the same account."""
    found, declared = resolved
    source, _ = OwnChange(state=state, directory=directory).await_here(found, call)
    if source is None:
        raise NotFound(
            f"{found.distinguished_name} was deleted meanwhile; nothing was written. Refresh, and run up again."
        )
    note = GrantNote(target_of(source.guid, call.urn), call.journal, state, directory)
    note.arrived(source)
    ledger = note.ledger(source, Ledger.of(state))
    removable = _removable(declared.inputs, state, ledger, source)
    unwanted = _without(removable, _claimed_by_others(source.guid, call))
    writer = AccountWriter(directory, source, ledger.seen(source), call.log, before_first_write=note.keep)
    with note.only_if_written(writer):
        return _grant(writer, declared, unwanted, note, call)


def delete(id: str, state: State, call: Call) -> None:  # noqa: A002
    """Take back what this resource added, and the two bits where nothing of others depends on them. Repeatable.

    Needs no name looked up, so a retired destination cannot block it; a source that is gone is done.
    """
    directory = _opened(state.get("source", id), state, call)
    note = GrantNote(target_of(id, call.urn), call.journal, state, directory)
    source = OwnChange(state=state, directory=directory).await_for_removal(directory.computer(id), call)
    departures = Departures(id, call)
    if source is None:
        note.over()
        departures.over()
        call.log.progress(f"The account {state.get('source', id)} is gone, and its delegation with it.")
        return
    heirs = call.run.claims.holders(KIND, id)
    # After a replace that created first, the note is the new resource's.
    replaced = any(heir.urn == call.urn for heir in heirs)
    if not replaced:
        note.arrived(source)
    ledger = Ledger.of(state) if replaced else note.ledger(source, Ledger.of(state))
    removable = _removable(state, state, ledger, source)
    claimed = parts_of(heirs)
    unwanted = _without(removable, claimed)
    hand_on(ledger, heirs, source, state, call)
    writer = AccountWriter(directory, source, ledger, call.log)

    def removal(live: ComputerAccount) -> Removal:
        found, known = source.allowed_to_delegate_to, departures.known_to(ledger)
        return plan_removal(live, unwanted, known, shared_with_new=bool(claimed), found=found)

    try:
        with departures.leaving(ledger, writer):
            writer.bring_to(lambda live: removal(live).change)
            if not replaced:
                note.over()
            _await_undone(writer, removal, unwanted, state, call)
    except NotFound:
        note.over()
        departures.over()
        call.log.progress(f"The account {source.distinguished_name} was deleted meanwhile, and its delegation with it.")
        return
    except MigrationError as error:
        if writer.wrote or not removal(writer.account).change:
            error.add(_STILL_IN_THE_STATE)
        raise
    # Of the account as it is now: others may have come or gone while this was written and waited for.
    left = removal(writer.account)
    _warn_of_the_account(left, call)
    if left.as_found:
        departures.over(ledger)


def _warn_of_the_account(left: Removal, call: Call) -> None:
    """Say what stays once in a run, however many delegations go; the count of entries differs from one to the next."""
    for warning in left.warnings:
        if call.run.first(warning.partition(" as long as ")[0]):
            call.log.warning(warning)


def _await_undone(
    writer: AccountWriter,
    removal: Callable[[ComputerAccount], Removal],
    removed: tuple[str, ...],
    state: State,
    call: Call,
) -> None:
    """Wait for the other domain controllers to have an undo, purge tickets, and note by which write it ended."""
    arrival = Arrival()
    # Also where an earlier attempt wrote, and ended before the others had it: they may still grant.
    if writer.wrote or removed:
        which = state.get("waitForReplication", "HostSite")
        arrival = settle(writer, lambda live: removal(live).change, which, call)
        if arrival.failure is not None:
            raise arrival.failure
        if not arrival.lagging:
            purge_tickets(writer.account, state, call)
    if writer.wrote or removed or writer.ledger.wrote_bits:
        RemovalNote(writer.account.guid, call.journal, writer.directory).keep(writer, removed, arrival.arrived, state)


def _claimed_by_others(guid: str, call: Call) -> frozenset[str]:
    """Return the entries that the program's other resources declare on the same account."""
    return parts_of(call.run.claims.holders(KIND, guid, except_urn=call.urn))


def _removable(options: Inputs, state: State, ledger: Ledger, live: ComputerAccount) -> tuple[str, ...]:
    """Return the values this resource may remove: those it added, and on request every declared entry in any spelling.

    Also those that are there no more, which other domain controllers may still have.
    """
    declared = keys(declared_names(state)) if options.get("onDestroy") == "RemoveDeclared" else frozenset()
    found = (name for name in live.allowed_to_delegate_to if key(name) in declared)
    return tuple(dict.fromkeys([*ledger.added, *listed_as(ledger.added, live.allowed_to_delegate_to), *found]))


def _without(names: Iterable[str], claimed: frozenset[str]) -> tuple[str, ...]:
    """Return the names that no other resource of this run declares."""
    return tuple(name for name in names if key(name) not in claimed)


def _grant(
    writer: AccountWriter, declared: Declared, unwanted: Iterable[str], note: GrantNote, call: Call
) -> dict[str, Any]:
    inputs = declared.inputs
    gone = tuple(unwanted)
    known = writer.ledger
    against = objections(
        declared.destinations, writer.account, allow_domain_controller=bool(inputs.get("allowDomainController"))
    )

    def plan(live: ComputerAccount) -> AccountChange:
        return plan_grant(
            live,
            declared.names,
            gone,
            protocol_transition=inputs["protocolTransition"],
            replace_unconstrained=inputs["replaceUnconstrained"],
            objections=against,
            ledger=known,
        )

    plan(writer.account)
    for objection in against:
        call.log.warning(f"{objection.reason}. Its entries are there already and stay. {objection.remedy}")
    _tell_of_source(writer, declared, gone, call)
    delivery = _last_delivery(writer, note)
    try:
        writer.bring_to(plan)
        due = writer.wrote or note.resumed
        delivery, failure = _deliver(writer, plan, inputs, call, last=delivery, due=due)
    except Exception as error:
        if not writer.wrote:
            raise
        # Whatever went wrong, what was written must stay known (DESIGN §3, Failure).
        with suppress(MigrationError):
            writer.reread()
        failure = error
        delivery = replace(
            delivery,
            domain_controller=writer.domain_controller,
            replicated_to=(writer.domain_controller,),
            new_ticket_needed=True,
        )
    result = {**observed(declared.as_state(), writer.account, writer.ledger), **delivery.as_state()}
    result |= as_state(writer.writes(stamps_of(note.state)))
    if note.id is not None:
        result[STATE_KEY] = note.id
    call.run.claims.hold(KIND, call.urn, writer.account.guid, result, parts=keys(declared.names))
    if failure is not None:
        raise PartiallyApplied(str(failure), id=writer.account.guid, state=result) from failure
    return result


def _tell_of_source(writer: AccountWriter, declared: Declared, gone: Iterable[str], call: Call) -> None:
    """Say, before the first write, what is true of the whole account; once in a run, however many delegations it has."""
    live = writer.account
    if (useless := in_vain(live)) and call.run.first(f"in vain {live.guid}"):
        call.log.warning(useless)
    if not declared.inputs["protocolTransition"]:
        return
    claimed = _claimed_by_others(live.guid, call)
    warning = widening(live, declared.names, gone, ledger=writer.ledger, claimed=claimed)
    if warning and call.run.first(f"widening {live.guid}"):
        call.log.warning(warning)


def _last_delivery(writer: AccountWriter, note: GrantNote) -> Delivery:
    state = note.state
    return Delivery(
        domain_controller=state.get("domainController") or writer.domain_controller,
        replicated_to=tuple(state.get("replicatedTo") or ()),
        pending=tuple(state.get("pendingReplication") or ()),
        new_ticket_needed=bool(state.get("newTicketNeeded")) or note.tickets_are_old,
    )


def _deliver(  # noqa: PLR0913 - the parts of one delivery
    writer: AccountWriter, plan: Plan, inputs: Inputs, call: Call, *, last: Delivery, due: bool
) -> tuple[Delivery, Exception | None]:
    """Wait for the other domain controllers and purge tickets, if there is a change to be delivered at all.

    `due` says that there is one of this run, or of a killed one that it goes on with.
    """
    if not due and not last.pending:
        return last, None
    arrival: Arrival = settle(writer, plan, inputs["waitForReplication"], call)
    needed = writer.wrote or last.new_ticket_needed
    # Not before the change is there: a ticket asked anew from a domain controller that lags would be an old one.
    if needed and arrival.failure is None and not arrival.lagging:
        needed = not purge_tickets(writer.account, inputs, call)
    delivery = Delivery(
        domain_controller=writer.domain_controller,
        replicated_to=(writer.domain_controller, *arrival.arrived),
        pending=arrival.lagging,
        new_ticket_needed=needed,
    )
    return delivery, arrival.failure


def _still_pending(state: State, live: ComputerAccount, directory: DirectoryPort) -> dict[str, Any]:
    """Ask again the domain controllers that lagged at the last change; usually there are none and nothing is sent."""
    pending = list(state.get("pendingReplication") or ())
    if not pending:
        return {}
    names = declared_names(state)
    arrived = [name for name in pending if shows(directory.ask_replica(name, live.guid).account, live, names)]
    return {
        "pendingReplication": [name for name in pending if name not in arrived],
        "replicatedTo": [*(state.get("replicatedTo") or ()), *arrived],
    }
