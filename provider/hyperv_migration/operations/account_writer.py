"""Bringing one computer account to a plan, while others may write to it too."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from enum import Enum, auto

from hyperv_migration.model.account_change import AccountChange
from hyperv_migration.model.computers import ComputerAccount
from hyperv_migration.model.delegation_ledger import Ledger
from hyperv_migration.model.errors import Conflict, MigrationError, NotFound, ProtocolViolation, TimedOut, Unreachable
from hyperv_migration.model.spn import alike
from hyperv_migration.model.stamps import BOUND, Stamps
from hyperv_migration.operations.ports import DirectoryPort, Log

ROUNDS = 5

_ANSWER_LOST = (TimedOut, Unreachable, ProtocolViolation)

Plan = Callable[[ComputerAccount], AccountChange]


class _Outcome(Enum):
    """How a modify ended, as far as its answer tells."""

    ACCEPTED = auto()
    REFUSED = auto()
    LOST = auto()


class AccountWriter:
    """Writes, reads back and plans again until the account is as planned, in at most five rounds.

    Each round is one modify that names the old userAccountControl, so what others wrote meanwhile is refused and seen,
    never overwritten. A modify is sent again only after the account was read again and a plan for it was made anew.
    """

    def __init__(
        self,
        directory: DirectoryPort,
        account: ComputerAccount,
        ledger: Ledger,
        log: Log,
        *,
        before_first_write: Callable[[AccountChange, ComputerAccount, Ledger], None] = lambda *_: None,
    ) -> None:
        self.directory = directory
        self._before_first_write = before_first_write
        self._log = log
        self.account = account
        """The account as last read."""
        self.ledger = ledger
        self.wrote = False
        """Whether a write succeeded, or may have."""
        self.unread = False
        """Whether something was sent since the account was last read."""
        self._lost: list[MigrationError] = []

    @property
    def domain_controller(self) -> str:
        """The domain controller that is written to."""
        return self.directory.domain_controller

    def bring_to(self, plan: Plan) -> None:
        """Write until the plan for the account, as read back, is empty.

        Raises Conflict when others were faster five times, NotFound when the account went away meanwhile.
        """
        swap = True
        for _ in range(ROUNDS):
            change = plan(self.account)
            if not change:
                return
            swap = self._write(replace(change, swap=swap))
        missing = {alike(name) for name in plan(self.account).add}
        if in_the_way := [name for name in self.account.allowed_to_delegate_to if alike(name) in missing]:
            raise Conflict(
                f"{self.domain_controller} takes no entry beside {in_the_way[0]!r} on {self.account.distinguished_name}, from "
                "which it differs in blanks only, and the KDC goes by the blanks; remove that value, then run again."
            )
        if plan(self.account):
            raise Conflict(
                f"Others kept changing {self.account.distinguished_name} on {self.domain_controller} through "
                f"{ROUNDS} attempts; find out what writes to it, then run again."
            )

    def writes(self, known: Stamps) -> Stamps:
        """Return by which writes the account is as it is now; `known` is what is known of it otherwise."""
        stamps = None if self.unread else self.account.stamps
        if stamps or not self.wrote:
            return stamps or known
        # Not to be read: then nothing that came after now is ours.
        with suppress(MigrationError):
            if (bound := self.directory.bound()) is not None:
                return {BOUND: bound}
        return {}

    def reread(self) -> None:
        """Read the account again, from the domain controller that is written to."""
        live = self.directory.computer(self.account.guid)
        if live is None:
            raise NotFound(
                f"{self.account.distinguished_name} was deleted while it was being written; create the account again and "
                "refresh."
            )
        self.account = live
        self.unread = False
        self.ledger = self.ledger.seen(live)

    def _write(self, change: AccountChange) -> bool:
        """Send one change and read back; False if the next round must replace userAccountControl without a swap."""
        before, ledger, wrote = self.account, self.ledger, self.wrote
        if not wrote:
            self._before_first_write(change, before, ledger)
        outcome = self._send(change)
        if outcome is not _Outcome.REFUSED:
            # Until the account is read again this is the best that is known; a failed read leaves it so.
            self.ledger, self.wrote = ledger.assuming(change, before), True
        self.reread()
        unchanged = self._same_values(before)
        if outcome is _Outcome.LOST and unchanged:
            self.ledger, self.wrote = ledger, wrote
            self._allow_second_attempt()
        elif outcome is not _Outcome.REFUSED:
            self.ledger = ledger.after(change, before, self.account)
        elif unchanged and change.swaps:
            self._log.warning(
                f"{before.short_name}: {self.domain_controller} refused to swap userAccountControl "
                f"{before.user_account_control:#x} although that is its value; replacing it once without the comparison."
            )
            return False
        elif unchanged and not change.swap:
            raise Conflict(
                f"{self.domain_controller} refused to change {before.distinguished_name} with and without comparing "
                "userAccountControl, although nobody else changed it; look into its Directory Service log."
            )
        return True

    def _send(self, change: AccountChange) -> _Outcome:
        self.unread = True
        try:
            accepted = self.directory.change(self.account, change)
        except _ANSWER_LOST as lost:
            self._lost.append(lost)
            self._log.progress(f"{self.account.short_name}: a write was not answered; reading the account again")
            return _Outcome.LOST
        return _Outcome.ACCEPTED if accepted else _Outcome.REFUSED

    def _allow_second_attempt(self) -> None:
        """A modify that was lost without effect may be planned and sent once more, not for ever."""
        if len(self._lost) > 1:
            raise self._lost[-1]

    def _same_values(self, before: ComputerAccount) -> bool:
        now = self.account
        same_list = set(now.allowed_to_delegate_to) == set(before.allowed_to_delegate_to)
        return same_list and now.user_account_control == before.user_account_control
