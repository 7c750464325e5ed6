"""Whether the domain controller that answers has what a delegation last knew of its source (directory-estate.md §2).

A controller that lags shows the account as it was before. Its answer would pass for drift at a refresh, and for "gone" at a
destroy, and the entries on the other controllers would have no owner any more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hyperv_migration.model.computers import ComputerAccount
from hyperv_migration.model.declaration import State
from hyperv_migration.model.delegation_ledger import Ledger
from hyperv_migration.model.errors import TimedOut
from hyperv_migration.model.spn import keys
from hyperv_migration.model.stamps import Standing, Verdict, behind, judge, same_writes, stamps_of
from hyperv_migration.operations.deadline import GrowingPauses
from hyperv_migration.operations.ports import Call, DirectoryPort


@dataclass(frozen=True, kw_only=True)
class OwnChange:
    """What a state knows of its source, to be looked for on the domain controller that answers now."""

    state: State
    directory: DirectoryPort
    removed: tuple[str, ...] = ()
    """What the change took away, where it was a removal."""

    @property
    def holders(self) -> tuple[str, ...]:
        """The other domain controllers that were seen with it."""
        asked = self.directory.domain_controller.casefold()
        return tuple(name for name in self._seen_on() if name.casefold() != asked)

    @property
    def name(self) -> str:
        """What to call the source."""
        return str(self.state.get("source") or self.state.get("sourceGuid"))

    def verdict(self, live: ComputerAccount | None) -> Verdict:
        """Judge what the domain controller shows of the account; None where it does not know the account.

        By the stamps of the writes. Where they were not kept or may not be read, by who was seen to have the change.
        """
        known = stamps_of(self.state)
        shown = None if live is None else live.stamps
        if same_writes(known, shown):
            return Verdict.ARRIVED
        standing = self.directory.standing(known.values()) if known else Standing()
        found = judge(known, shown, standing)
        if found is not Verdict.UNKNOWN or standing.followed is not None:
            return found
        if self.directory.domain_controller.casefold() in {name.casefold() for name in self._seen_on()}:
            return Verdict.DRIFT
        return Verdict.ARRIVED if self._all_there(live) else Verdict.LAG

    def await_here(self, live: ComputerAccount | None, call: Call) -> tuple[ComputerAccount | None, Verdict]:
        """Wait until the domain controller has it, as nothing may be written on the grounds of less.

        Returns the account as it is then, and what it is worth. Raises TimedOut with nothing written.
        """
        deadline = call.deadline(self.directory.replication_timeout)
        pauses = GrowingPauses(deadline)
        if self.verdict(live).late:
            guid = str(self.state["sourceGuid"])
            for holder in self.holders:
                self.directory.push(guid, source=holder, target=self.directory.domain_controller)
            live = self.directory.computer(guid)
        while (verdict := self.verdict(live)).late:
            try:
                pauses.pause(waiting_for=f"{self.directory.domain_controller} to have the last change of {self.name}")
            except TimedOut:
                raise TimedOut(self._not_arrived()) from None
            live = self.directory.computer(str(self.state["sourceGuid"]))
        return live, verdict

    def await_for_removal(self, live: ComputerAccount | None, call: Call) -> ComputerAccount | None:
        """Wait as before any write; where nobody can say, let a destroy go on only if nobody else has anything of ours."""
        live, verdict = self.await_here(live, call)
        if verdict is Verdict.UNKNOWN:
            self._refuse_if_elsewhere(call)
        return live

    def _refuse_if_elsewhere(self, call: Call) -> None:
        """Let a destroy go on only if no other domain controller still has what this resource added.

        Where the database it was written to is no more, what it had may come back from any of the others.
        """
        added = keys(Ledger.of(self.state).added)
        guid = str(self.state["sourceGuid"])
        for name in self.directory.replicas(None):
            if name.casefold() == self.directory.domain_controller.casefold():
                continue
            answer = self.directory.ask_replica(name, guid)
            if answer.unreachable is not None:
                call.log.warning(
                    f"{name} could not be asked whether it still has what was added to {self.name}: {answer.unreachable}"
                )
            elif answer.account is not None and added & keys(answer.account.allowed_to_delegate_to):
                raise TimedOut(
                    f"{name} still has what was added to {self.name}, and {self.directory.domain_controller} cannot tell whether "
                    "that is on its way to it; nothing was written. Wait until they have replicated (repadmin /showrepl), or "
                    f"name {name} first in directory.domainControllers; then run again."
                )

    def tell_late(self, verdict: Verdict, call: Call) -> None:
        """Say that an answer was not believed, and whose."""
        lost = (
            f" Somebody has changed it on {self.directory.domain_controller} meanwhile, so one of the two changes will be lost."
            if verdict is Verdict.CONFLICT
            else ""
        )
        call.log.warning(
            f"{self.directory.domain_controller} does not have the last change of {self.name} yet, so what it shows was not "
            f"taken for drift and the state stays as it was.{lost} It is on {self._where()}; check replication with "
            "repadmin /showrepl, and refresh again."
        )

    def tell_if_behind(self, live: ComputerAccount, call: Call) -> None:
        """Say that an answer fits the state although it is older; asks nothing further unless its stamps are older."""
        if behind(stamps_of(self.state), live.stamps) and self.verdict(live).late:
            call.log.warning(
                f"{self.directory.domain_controller} does not have the last change of {self.name} yet, although what it shows "
                f"fits the state. It is on {self._where()}; check replication with repadmin /showrepl."
            )

    def tell_unknown(self, call: Call) -> None:
        """Say that an answer was not enough to forget anything."""
        call.log.warning(
            f"{self.directory.domain_controller} does not show what was last written to {self.name}, and whether that is still "
            "on its way cannot be told: the database it was written to is no more, as after a restore. What this resource "
            "added stays in its state; the next up writes what is missing."
        )

    def _not_arrived(self) -> str:
        return (
            f"{self.directory.domain_controller} does not have the last change of {self.name} yet; nothing was written. It is on "
            f"{self._where()}: make that domain controller reachable, or name it first in directory.domainControllers, or "
            "wait until it has replicated (repadmin /showrepl); then run again."
        )

    def _where(self) -> str:
        return " and ".join(self.holders) or "the domain controller it was written to"

    def _seen_on(self) -> Iterable[str]:
        written = self.state.get("domainController")
        names = [*([written] if written else []), *(self.state.get("replicatedTo") or ())]
        return tuple({name.casefold(): name for name in names}.values())

    def _all_there(self, live: ComputerAccount | None) -> bool:
        known = keys([*Ledger.of(self.state).added, *(self.state.get("servicePrincipalNames") or ())])
        if live is None:
            return False
        there = keys(live.allowed_to_delegate_to)
        return known <= there and not keys(self.removed) & there
