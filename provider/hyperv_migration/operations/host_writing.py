"""How a plan is written to a host: in an order that always leaves a listener, read back, and told apart where it failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hyperv_migration.model.errors import (
    Conflict,
    MigrationError,
    NotFound,
    PartiallyApplied,
    RemoteFault,
)
from hyperv_migration.model.host import ANY_NETWORK
from hyperv_migration.model.network import uses_any_network
from hyperv_migration.operations.aftermath import aftermath, await_jobs
from hyperv_migration.operations.answers import ANSWER_LOST
from hyperv_migration.operations.host_work import Plan, Seen, Work
from hyperv_migration.operations.ready import networks_then, once_ready

_ACTIVE_INTERVAL = 5.0
_SECOND_WRITER = 1.0
"""How long to wait where another writer was seen, before reading once more, in seconds."""


def look(work: Work, *, with_networks: bool, switching_off: bool) -> Seen:
    """Read what a write is planned from, and wait for a service that does not show itself.

    The settings come last, behind the list, which they prove, and after what a switching off wants to know: they are
    written as a whole, so what others changed since they were read would be undone.
    """
    if work.call.journal.recall(work.target) is not None:
        # An earlier write was never seen to end: what it still does would come between this look and what is written.
        await_jobs(work.port, work.deadline)

    def settings() -> Seen:
        status = work.port.status() if switching_off else None
        return Seen(live=work.port.settings(), status=status)

    def ask() -> Seen:
        if not with_networks:
            return settings()
        entries, seen = networks_then(work.port, settings)
        return replace(seen, live={**seen.live, ANY_NETWORK: uses_any_network(entries)}, entries=entries)

    return once_ready(work.port, work.call, work.host, ask)


def ready_to_write(work: Work, *, switching_off: bool) -> Seen:
    """Look at a host that is to be written to; one that positively has no Hyper-V is refused."""
    try:
        return look(work, with_networks=True, switching_off=switching_off)
    except NotFound as error:
        raise Conflict(f"{error} Install the Hyper-V role first; nothing was written.") from error


def write(work: Work, plan: Plan) -> Seen:
    """Write, then read back; after the first write no failure goes out without the state as it is then."""
    try:
        plan = once_idle(work, plan)
    except MigrationError:
        work.call.journal.put_back(work.target, plan.former)
        raise
    try:
        sent = apply(work, plan)
        seen = _see_again(work, plan)
        if _written_by_another(plan, sent, seen):
            work.deadline.pause(_SECOND_WRITER, waiting_for=f"another writer of {work.host}")
            seen = _see_again(work, plan)
    except MigrationError as error:
        return _after_failure(work, plan, error)
    if not plan.done(seen):
        wrong = {name: value for name, value in plan.writes.items() if seen.live.get(name) != value}
        said = ", ".join(f"{name} {seen.live.get(name)!r} instead of {value!r}" for name, value in wrong.items())
        message = (
            f"{work.host} accepted the change but shows {said or 'other migration networks'}; see whether somebody else "
            "or a policy sets it."
        )
        raise PartiallyApplied(message, id=work.host, state=plan.partial_state(work.facts, seen))
    return seen


def once_idle(work: Work, plan: Plan) -> Plan:
    """Do not pull the rug from under a running migration: before switching off, wait for it to end, else fail unchanged."""
    if plan.writes.get("enabled") is not False:
        return plan
    status = plan.before.status or work.port.status()
    while status.active_migrations > 0:
        work.deadline.pause(
            _ACTIVE_INTERVAL,
            waiting_for=f"{status.active_migrations} live migrations of {work.host} to end before it is switched off",
        )
        status = work.port.status()
    return replace(plan, before=replace(plan.before, status=status))


def apply(work: Work, plan: Plan) -> Mapping[str, Any]:
    """Write in the order that never leaves the host without a listener: entries for any network come first, go last.

    Returns the settings as they were sent; none if none were.
    """
    settings = {name: value for name, value in plan.writes.items() if name != ANY_NETWORK}
    _add(work, plan)
    sent = work.port.write_settings(settings) if settings else {}
    work.port.remove_networks(plan.networks.remove)
    return sent


def _add(work: Work, plan: Plan) -> None:
    there = {entry.subnet for entry in plan.before.entries or []}
    for entry in plan.networks.add:
        try:
            work.port.add_entry(entry)
        except RemoteFault as refused:
            # Found twice, and the host takes it once: any network is allowed all the same.
            if refused.began or entry.subnet not in there:
                raise
            work.call.log.warning(f"{refused} {entry.subnet} was found more than once and is back once.")
        there.add(entry.subnet)


def see(work: Work, *, with_networks: bool) -> Seen:
    """Read a host: its settings, its list if asked, its service, so that the service is seen around the list."""

    def ask() -> Seen:
        live = work.port.settings()
        entries = work.port.networks() if with_networks else None
        if entries is not None:
            live[ANY_NETWORK] = uses_any_network(entries)
        return Seen(live=live, entries=entries, status=work.port.status())

    return once_ready(work.port, work.call, work.host, ask)


def _see_again(work: Work, plan: Plan) -> Seen:
    seen = see(work, with_networks=plan.with_networks)
    if plan.with_networks:
        return seen
    return replace(seen, live={**seen.live, ANY_NETWORK: plan.before.live[ANY_NETWORK]}, entries=plan.before.entries)


def _written_by_another(plan: Plan, sent: Mapping[str, Any], seen: Seen) -> bool:
    """Tell whether somebody else wrote settings meanwhile, who may still be about to undo ours as we may have undone his.

    He shows between our first look and what was sent, or between that and what is there now.
    """
    others = [name for name in sent if name not in plan.writes]
    return any(plan.before.live.get(name) != sent[name] for name in others) or any(
        seen.live.get(name) != value for name, value in sent.items()
    )


def _after_failure(work: Work, plan: Plan, error: MigrationError) -> Seen:
    """Find out what a failed write has done: nothing, all of it (only the answer was lost), or a part."""
    try:
        after = aftermath(work.port, work.deadline, lost=error, look=lambda: _see_again(work, plan), done=plan.done)
    except MigrationError:
        # Nobody can tell now; the state keeps what was found, so that the next up completes and a destroy restores.
        raise PartiallyApplied(str(error), id=work.host, state=plan.open_state(work.facts)) from error
    seen = after.seen
    if after.open:
        message = f"{error} It may still be running there; run up again."
        raise PartiallyApplied(message, id=work.host, state=plan.open_state(work.facts, seen)) from error
    if isinstance(error, ANSWER_LOST) and plan.done(seen):
        work.call.log.warning(f"{error} The host was read again and shows what was declared.")
        return seen
    if plan.untouched(seen):
        if not isinstance(error, ANSWER_LOST):
            work.call.journal.put_back(work.target, plan.former)
        raise error
    raise PartiallyApplied(str(error), id=work.host, state=plan.partial_state(work.facts, seen)) from error
