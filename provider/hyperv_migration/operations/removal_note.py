"""What this machine keeps of a destroy: by which write it ended, for whoever declares the same source again.

A destroy takes the state away, and with it the stamps by which a domain controller that lags is told. One that was not there
at the destroy still shows the entries, and a create would take them for what somebody else has set up.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

from hyperv_migration.model.computers import ComputerAccount
from hyperv_migration.model.declaration import State
from hyperv_migration.model.errors import MigrationError
from hyperv_migration.model.stamps import Verdict, as_state, stamps_of
from hyperv_migration.operations.account_writer import AccountWriter
from hyperv_migration.operations.journal import Journal
from hyperv_migration.operations.own_change import OwnChange
from hyperv_migration.operations.ports import Call, DirectoryPort


class RemovalNote:
    """The note of the last destroy on one account, of any resource of the stack. It interrupts nothing and undoes nothing."""

    def __init__(self, guid: str, journal: Journal, directory: DirectoryPort) -> None:
        self._guid = guid
        self._target = f"KerberosDelegation removal {guid}"
        # No operation goes on from it, so whoever stops one is not told of it.
        self._journal = replace(journal, noted=lambda _: None)
        self.directory = directory

    def keep(self, writer: AccountWriter, removed: tuple[str, ...], arrived: tuple[str, ...], state: State) -> None:
        """Note the write, unless every writable domain controller was seen to have it; then no note is needed any more."""
        seen = (writer.domain_controller, *arrived)
        if self._all_of_them(seen):
            self.over()
            return
        found: dict[str, Any] = {
            "source": state.get("source"),
            "sourceGuid": self._guid,
            "domainController": writer.domain_controller,
            "replicatedTo": list(seen),
            "removed": list(removed),
            **as_state(writer.writes(stamps_of(state))),
        }
        self._journal.keep(self._target, found=found, intended={})

    def await_here(self, live: ComputerAccount, call: Call) -> tuple[ComputerAccount | None, bool]:
        """Wait until the domain controller that answers has the last destroy, as an update waits for the last change.

        Returns the account as it is then, and whether what it shows is vouched for. Raises TimedOut with nothing written.
        """
        note = self._journal.recall(self._target)
        if note is None:
            return live, False
        own = OwnChange(state=note.found, directory=self.directory, removed=tuple(note.found.get("removed") or ()))
        here, verdict = own.await_here(live, call)
        return here, verdict is not Verdict.UNKNOWN

    def _all_of_them(self, seen: tuple[str, ...]) -> bool:
        """Tell whether no other writable domain controller is known; never where the directory does not list them."""
        every: list[str] = []
        with suppress(MigrationError):
            every = self.directory.replicas(None)
        return bool(every) and {name.casefold() for name in every} <= {name.casefold() for name in seen}

    def over(self) -> None:
        """Remove the note: every domain controller has the write, or a state knows a later one."""
        self._journal.discard(self._target)
