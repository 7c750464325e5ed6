"""What this machine notes of a grant before its first write, in case the provider is killed before the engine hears of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from hyperv_migration.model.account_change import AccountChange
from hyperv_migration.model.computers import ComputerAccount
from hyperv_migration.model.declaration import State
from hyperv_migration.model.delegation_ledger import HANDED_ON, INHERITS, Ledger, intent, took_effect
from hyperv_migration.model.errors import TimedOut
from hyperv_migration.operations.account_writer import AccountWriter
from hyperv_migration.operations.journal import STATE_KEY, Journal
from hyperv_migration.operations.ports import DirectoryPort
from hyperv_migration.operations.tickets import TICKETS_LAST


class GrantNote:
    """The note of one resource on one account, over one call of the engine (DESIGN §3, Failure and journal).

    A create, an update, a refresh and a delete all go on from it: what a killed grant added stays this resource's own.
    """

    def __init__(self, target: str, journal: Journal, state: State, directory: DirectoryPort) -> None:
        """Remove the note if the state knows of it; else what is left was interrupted."""
        journal.settle(target, state)
        self.state = state
        self._target = target
        self._journal = journal
        self._directory = directory
        self._interrupted = journal.recall(target)
        self._kept = False
        self.resumed = False
        """Whether a killed run has written, and nobody has waited for the others or purged tickets since."""
        self.id: str | None = self._interrupted.id if self._interrupted else state.get(STATE_KEY)
        """What the resulting state carries."""

    def ledger(self, live: ComputerAccount, known: Ledger | None = None) -> Ledger:
        """Return the ledger to go on with; `known` is the state's, None for a new resource."""
        if self._interrupted is None:
            return Ledger.opened(live) if known is None else known
        self.resumed = took_effect(self._interrupted.intended, live) and not self._interrupted.intended.get(HANDED_ON)
        if self._elsewhere() is not None and not self.resumed:
            # It may be on its way still, so the note stays.
            self.id = self.state.get(STATE_KEY)
        return Ledger.resumed(live, self._interrupted.found, self._interrupted.intended, known=known)

    def arrived(self, live: ComputerAccount) -> None:
        """Make sure that what a killed run may have written on another domain controller is here, or was never written.

        Raises TimedOut with nothing written; otherwise the note of what was added would be lost.
        """
        elsewhere = self._elsewhere()
        if self._interrupted is None or elsewhere is None or took_effect(self._interrupted.intended, live):
            return
        answer = self._directory.ask_replica(elsewhere, live.guid)
        if answer.unreachable is not None or (
            answer.account is not None and took_effect(self._interrupted.intended, answer.account)
        ):
            raise TimedOut(
                f"An operation on {live.short_name} that was killed wrote to {elsewhere}, or may have, and "
                f"{self._directory.domain_controller} does not show it; nothing was written now. Make {elsewhere} reachable, or "
                "wait until it has replicated (repadmin /showrepl); then run again."
            )

    def _elsewhere(self) -> str | None:
        """Return the other domain controller that a killed run was about to write to, if it was another one."""
        named = self._interrupted.intended.get("domainController") if self._interrupted is not None else None
        return None if named in {None, self._directory.domain_controller} else str(named)

    @property
    def tickets_are_old(self) -> bool:
        """Whether tickets that were issued before a killed run's write may still be in use."""
        at = self._interrupted.time if self._interrupted is not None else None
        return self.resumed and (at is None or time.time() - at < TICKETS_LAST)

    def keep(self, change: AccountChange, before: ComputerAccount, ledger: Ledger) -> None:
        """Note what is there and what is about to be written."""
        intended = {**intent(change, before), "domainController": self._directory.domain_controller}
        former = self._interrupted.intended if self._interrupted is not None else {}
        if former.get(HANDED_ON) or former.get(INHERITS):
            intended[INHERITS] = True
        self.id = self._journal.keep(self._target, found=ledger.as_state(), intended=intended)
        self._kept = True

    @contextmanager
    def only_if_written(self, writer: AccountWriter) -> Iterator[None]:
        """Take the note back when the grant fails without having written.

        Otherwise entries that an administrator adds by hand afterwards would pass for this resource's own.
        """
        try:
            yield
        except Exception:
            if self._kept and not writer.wrote:
                self._take_back()
            raise

    def over(self) -> None:
        """Remove the note, because this resource is destroyed."""
        self._journal.discard(self._target)

    def _take_back(self) -> None:
        self._journal.put_back(self._target, self._interrupted)
