"""Waiting until the domain controllers that matter have a change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from hyperv_migration.model.computers import ComputerAccount
from hyperv_migration.model.errors import Cancelled, Conflict, MigrationError, TimedOut
from hyperv_migration.model.replication import fulfils
from hyperv_migration.model.sites import Elsewhere
from hyperv_migration.operations.account_writer import ROUNDS, AccountWriter, Plan
from hyperv_migration.operations.deadline import Deadline, GrowingPauses
from hyperv_migration.operations.ports import Call, DirectoryPort, Log

_SLACK = 15
"""Minutes beside the intervals of the site links, for the way inside the sites (directory-estate.md, 45)."""

_WORTH_A_NOTE = 3.0
"""Seconds of waiting after which it is told in lines that stay: most changes have come by then."""


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """Where a change has arrived, where it has not yet, and where nobody could say."""

    arrived: tuple[str, ...] = ()
    lagging: tuple[str, ...] = ()
    overtaken: bool = False
    """The change is no longer on the domain controller it was written to, so nobody else can get it."""
    failure: MigrationError | None = None
    """Why the wait failed: out of time with some of the same site lagging, or cancelled."""


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


class Wait:
    """The wait for one change at the domain controllers that matter; never raises for one that lags or is gone.

    What is waited for is what this resource wants, not the account as it wrote it, which others may have changed since.
    """

    def __init__(self, writer: AccountWriter, plan: Plan, waiting: Iterable[str], deadline: Deadline, log: Log) -> None:
        self._writer, self._plan, self._deadline, self._log = writer, plan, deadline, log
        self._lagging = list(waiting)
        self._arrived: list[str] = []
        self._late: list[str] = []
        """In another site, and not to be expected in time."""
        self._pushed: set[str] = set()

    def arrival(self) -> Arrival:
        """Ask each domain controller by its own name until the plan has nothing to do there, or it is of no use to wait.

        The one written to is read again each time, as what lags may have won meanwhile.
        """
        pauses = GrowingPauses(self._deadline)
        asked = bool(self._lagging)
        told = False
        while self._lagging:
            self._ask()
            if asked:
                self._writer.reread()
            if self._plan(self._writer.account):
                return self._ended(overtaken=True)
            if not self._lagging:
                break
            if pauses.waited > _WORTH_A_NOTE and not told:
                told = True
                self._log.note(
                    f"waiting for {', '.join(self._lagging)} to get the change of {self._name}, which is written to "
                    f"{self._writer.domain_controller}; it counts there only once it has replicated. Up to "
                    f"{self._deadline.remaining:.0f} s; ^C stops the wait, and the next run goes on with it."
                )
            try:
                pauses.pause(waiting_for=f"{', '.join(self._lagging)} to get the change of {self._name}")
            except TimedOut:
                return self._out_of_time()
            except Cancelled as stopped:
                written = self._writer.domain_controller
                return self._ended(
                    failure=Cancelled(
                        f"{stopped} It is written to {written}; run the same command again to wait for the rest."
                    )
                )
        return self._ended()

    @property
    def _name(self) -> str:
        return self._writer.account.short_name

    def _ask(self) -> None:
        """Ask those that lag. Each gets the change pushed once; one that does not answer is not waited for.

        It may have been dead for long (active-directory.md, 58).
        """
        directory, guid = self._writer.directory, self._writer.account.guid
        for name in tuple(self._lagging):
            answer = directory.ask_replica(name, guid)
            if answer.unreachable is None and name not in self._pushed and not fulfils(answer.account, self._plan):
                self._pushed.add(name)
                directory.push(guid, source=directory.domain_controller, target=name)
                answer = directory.ask_replica(name, guid)
            if answer.unreachable is not None:
                self._log.warning(
                    f"{name} could not be asked whether it has the change of {self._name}: {answer.unreachable} "
                    "Hosts that use it see the change only after it has replicated."
                )
                self._lagging.remove(name)
            elif fulfils(answer.account, self._plan):
                self._lagging.remove(name)
                self._arrived.append(name)
            elif (elsewhere := directory.elsewhere(name)) is not None and self._hopeless(elsewhere):
                self._give_up(name, elsewhere)

    def _hopeless(self, elsewhere: Elsewhere) -> bool:
        """Tell whether a change is on its way for longer than anybody waits here."""
        return elsewhere.minutes is not None and 60 * elsewhere.minutes > self._deadline.remaining

    def _give_up(self, name: str, elsewhere: Elsewhere) -> None:
        self._lagging.remove(name)
        self._late.append(name)
        if elsewhere.minutes:
            latest = datetime.now(UTC) + timedelta(minutes=elsewhere.minutes + _SLACK)
            when = f"it is expected by {latest:%Y-%m-%d %H:%M} UTC, as a site link may take {elsewhere.minutes} minutes"
        else:
            when = "it has not come within the time that was waited"
        self._log.warning(
            f"{name} is in another site, {elsewhere.site}, and does not have the change of {self._name} yet: {when}. Hosts that "
            "use it see the change only then; the next refresh or up looks again."
        )

    def _out_of_time(self) -> Arrival:
        for name in tuple(self._lagging):
            if (elsewhere := self._writer.directory.elsewhere(name)) is not None:
                self._give_up(name, replace(elsewhere, minutes=None))
        if not self._lagging:
            return self._ended()
        return self._ended(
            failure=TimedOut(
                f"The change of {self._name} is written to {self._writer.domain_controller}, but after "
                f"{self._deadline.seconds:.0f} s it has not reached {', '.join(self._lagging)}; check replication with "
                "repadmin /showrepl and run the same command again, or raise directory.replicationTimeout."
            )
        )

    def _ended(self, *, overtaken: bool = False, failure: MigrationError | None = None) -> Arrival:
        return Arrival(
            arrived=tuple(self._arrived),
            lagging=(*self._late, *self._lagging),
            overtaken=overtaken,
            failure=failure,
        )


def settle(writer: AccountWriter, plan: Plan, which: str, call: Call) -> Arrival:
    """Wait for the other domain controllers and make the change again if another one takes it away meanwhile.

    The list replicates as one value and the last writer wins it, so a change made elsewhere can replace ours on every
    domain controller without a conflict (active-directory.md, 12).
    """
    deadline = call.deadline(writer.directory.replication_timeout)
    others = partners(writer.directory, writer.account, which)
    for _ in range(ROUNDS):
        arrival = Wait(writer, plan, others, deadline, call.log).arrival()
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
            "times; find out what writes to it there, then run the same command again."
        ),
    )
