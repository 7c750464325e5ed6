"""What this machine notes of a grant before its first write, in case the provider is killed before the engine hears of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from hyperv_migration.model.account_change import AccountChange
from hyperv_migration.model.computers import ComputerAccount
from hyperv_migration.model.declaration import State
from hyperv_migration.model.delegation_ledger import Ledger, intent, took_effect
from hyperv_migration.operations.account_writer import AccountWriter
from hyperv_migration.operations.journal import STATE_KEY, Journal
from hyperv_migration.operations.tickets import TICKETS_LAST


class GrantNote:
    """The note of one resource on one account, over one call of the engine (DESIGN §3, Failure and journal).

    A create, an update, a refresh and a delete all go on from it: what a killed grant added stays this resource's own.
    """

    def __init__(self, target: str, journal: Journal, state: State) -> None:
        """Remove the note if the state knows of it; else what is left was interrupted."""
        journal.settle(target, state)
        self.state = state
        self._target = target
        self._journal = journal
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
        self.resumed = took_effect(self._interrupted.intended, live)
        return Ledger.resumed(live, self._interrupted.found, self._interrupted.intended, known=known)

    @property
    def tickets_are_old(self) -> bool:
        """Whether tickets that were issued before a killed run's write may still be in use."""
        at = self._interrupted.time if self._interrupted is not None else None
        return self.resumed and (at is None or time.time() - at < TICKETS_LAST)

    def keep(self, change: AccountChange, before: ComputerAccount, ledger: Ledger) -> None:
        """Note what is there and what is about to be written."""
        self.id = self._journal.keep(self._target, found=ledger.as_state(), intended=intent(change, before))
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
