"""Waiting until the domain controllers that matter have a change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hyperv_migration.model.computers import ComputerAccount
from hyperv_migration.model.errors import MigrationError, TimedOut
from hyperv_migration.model.replication import shows
from hyperv_migration.operations.account_writer import AccountWriter, Plan
from hyperv_migration.operations.deadline import Deadline
from hyperv_migration.operations.ports import Call, DirectoryPort, Log

_FIRST_INTERVAL = 0.25
_LONGEST_INTERVAL = 5.0


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """Where a change has arrived, where it has not yet, and where nobody could say."""

    arrived: tuple[str, ...] = ()
    lagging: tuple[str, ...] = ()
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
    writer: AccountWriter, names: Iterable[str], waiting: Iterable[str], deadline: Deadline, log: Log
) -> Arrival:
    """Ask each domain controller by its own name until all show the change; never raises for one that lags or is gone.

    One that does not answer is told in a warning and not waited for: it may have been dead for long
    (active-directory.md, 58).
    """
    directory, written = writer.directory, writer.account
    watched = tuple(names)
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
            elif shows(answer.account, written, watched):
                lagging.remove(name)
                arrived.append(name)
        if not lagging:
            break
        log.progress(f"{written.short_name}: waiting for the change to reach {', '.join(lagging)}")
        try:
            deadline.pause(interval, waiting_for=f"replication to {', '.join(lagging)}")
        except TimedOut:
            failure: MigrationError = TimedOut(
                f"The change of {written.short_name} is written to {directory.domain_controller}, but after "
                f"{deadline.seconds:.0f} s it has not reached {', '.join(lagging)}; check replication with "
                "repadmin /showrepl and run up again, or raise directory.replicationTimeout."
            )
            return Arrival(arrived=tuple(arrived), lagging=tuple(lagging), failure=failure)
        except MigrationError as error:
            return Arrival(arrived=tuple(arrived), lagging=tuple(lagging), failure=error)
        interval = min(2 * interval, _LONGEST_INTERVAL)
    return Arrival(arrived=tuple(arrived))


def settle(writer: AccountWriter, plan: Plan, names: Iterable[str], which: str, call: Call) -> Arrival:
    """Wait for the other domain controllers, then look again at the one written to: the last writer wins the list.

    The list replicates as one value, so a change made elsewhere meanwhile can take ours away without a conflict
    (active-directory.md, 12); it is repaired once.
    """
    watched = tuple(names)
    deadline = call.deadline(writer.directory.replication_timeout)
    others = partners(writer.directory, writer.account, which)
    arrival = await_arrival(writer, watched, others, deadline, call.log)
    if not others or arrival.failure is not None:
        return arrival
    writer.reread()
    if not plan(writer.account):
        return arrival
    call.log.warning(
        f"{writer.account.short_name}: a change made on another domain controller replaced this one; writing it once more."
    )
    writer.bring_to(plan)
    return await_arrival(writer, watched, others, deadline, call.log)
