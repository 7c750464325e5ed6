"""Waiting until the domain controllers that matter have a change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from hyperv_migration.model.computers import ComputerAccount
from hyperv_migration.model.errors import Cancelled, Conflict, MigrationError, TimedOut
from hyperv_migration.model.replication import fulfils
from hyperv_migration.operations.account_writer import ROUNDS, AccountWriter, Plan
from hyperv_migration.operations.deadline import Deadline
from hyperv_migration.operations.ports import Call, DirectoryPort, Log

_FIRST_INTERVAL = 0.25
_LONGEST_INTERVAL = 5.0


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """Where a change has arrived, where it has not yet, and where nobody could say."""

    arrived: tuple[str, ...] = ()
    lagging: tuple[str, ...] = ()
    overtaken: bool = False
    """The change is no longer on the domain controller it was written to, so nobody else can get it."""
    failure: MigrationError | None = None
    """Why the wait ended with some lagging: out of time, or cancelled."""


def partners(directory: DirectoryPort, account: ComputerAccount, which: str) -> list[str]:
    """Return the other writable domain controllers that must have the change: HostSite, AllWritable or None."""
    if which == "None":
        return []
    every = _others(directory, None)
    if which == "AllWritable" or not every:
        return every
    site = directory.site_of(account)
    # A site without a writable domain controller of its own is served by any of them.
    return every if site is None or not directory.replicas(site) else _others(directory, site)


def _others(directory: DirectoryPort, site: str | None) -> list[str]:
    written = directory.domain_controller.casefold()
    return [name for name in directory.replicas(site) if name.casefold() != written]


def await_arrival(
    writer: AccountWriter, plan: Plan, waiting: Iterable[str], *, deadline: Deadline, log: Log
) -> Arrival:
    """Ask each domain controller by its own name until the plan has nothing to do there; never raises for one that lags.

    What is waited for is what this resource wants, not the account as it wrote it, which others may have changed since.
    One that does not answer is told in a warning and not waited for: it may have been dead for long
    (active-directory.md, 58). The one written to is read again each time, as what lags may have won meanwhile.
    """
    directory, written = writer.directory, writer.account
    arrived: list[str] = []
    lagging = list(waiting)
    interval = _FIRST_INTERVAL
    while lagging:
        for name in tuple(lagging):
            answer = directory.ask_replica(name, written.guid)
            if answer.unreachable is not None:
                log.warning(
                    f"{name} could not be asked whether it has the change of {written.short_name}: {answer.unreachable} "
                    "Hosts that use it see the change only after it has replicated."
                )
                lagging.remove(name)
            elif fulfils(answer.account, plan):
                lagging.remove(name)
                arrived.append(name)
        if waiting:
            writer.reread()
        if plan(writer.account):
            return Arrival(arrived=tuple(arrived), lagging=tuple(lagging), overtaken=True)
        if not lagging:
            break
        try:
            deadline.pause(interval, waiting_for=f"the change of {written.short_name} to reach {', '.join(lagging)}")
        except TimedOut:
            failure: MigrationError = TimedOut(
                f"The change of {written.short_name} is written to {directory.domain_controller}, but after "
                f"{deadline.seconds:.0f} s it has not reached {', '.join(lagging)}; check replication with "
                "repadmin /showrepl and run the same command again, or raise directory.replicationTimeout."
            )
            return Arrival(arrived=tuple(arrived), lagging=tuple(lagging), failure=failure)
        except Cancelled as stopped:
            failure = Cancelled(
                f"{stopped} It is written to {directory.domain_controller}; run the same command again to wait for the rest."
            )
            return Arrival(arrived=tuple(arrived), lagging=tuple(lagging), failure=failure)
        interval = min(2 * interval, _LONGEST_INTERVAL)
    return Arrival(arrived=tuple(arrived))


def settle(writer: AccountWriter, plan: Plan, which: str, call: Call) -> Arrival:
    """Wait for the other domain controllers and make the change again if another one takes it away meanwhile.

    The list replicates as one value and the last writer wins it, so a change made elsewhere can replace ours on every
    domain controller without a conflict (active-directory.md, 12).
    """
    deadline = call.deadline(writer.directory.replication_timeout)
    others = partners(writer.directory, writer.account, which)
    for _ in range(ROUNDS):
        arrival = await_arrival(writer, plan, others, deadline=deadline, log=call.log)
        if not arrival.overtaken:
            return arrival
        call.log.warning(
            f"{writer.account.short_name}: a change made on another domain controller replaced this one; writing it once "
            "more."
        )
        writer.bring_to(plan)
    return replace(
        arrival,
        failure=Conflict(
            f"Changes made on other domain controllers replaced the delegation of {writer.account.short_name} {ROUNDS} "
            "times; find out what writes to it there, then run again."
        ),
    )
