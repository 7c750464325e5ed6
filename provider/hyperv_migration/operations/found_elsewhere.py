"""Whether what a create finds there already is so, or is what a domain controller that lags still shows.

What is found enters the ledger as somebody else's and is given back for ever after, so one domain controller alone is not
believed: the others that `waitForReplication` means are asked, with one read each. Nothing is asked where nothing is found.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hyperv_migration.model.account_control import (
    DELEGATION_BITS,
    TRUSTED_FOR_DELEGATION,
    TRUSTED_TO_AUTH_FOR_DELEGATION,
)
from hyperv_migration.model.computers import ComputerAccount
from hyperv_migration.model.errors import NotFound, TimedOut
from hyperv_migration.model.replication import shows
from hyperv_migration.model.spn import key, keys
from hyperv_migration.operations.deadline import GrowingPauses
from hyperv_migration.operations.ports import Call, DirectoryPort
from hyperv_migration.operations.replication import partners


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What of an account would be entered as found: these entries and bits, where they are there."""

    names: frozenset[str]
    bits: int = DELEGATION_BITS

    def finds(self, live: ComputerAccount) -> bool:
        """Tell whether any of it is there."""
        return bool(self.names & keys(live.allowed_to_delegate_to) or live.user_account_control & self.bits)

    def same(self, account: ComputerAccount | None, live: ComputerAccount) -> bool:
        """Tell whether another domain controller's view has the same of it."""
        return shows(account, live, self.names, self.bits)

    def told(self, account: ComputerAccount | None) -> str:
        """Say what of it a view has."""
        if account is None:
            return "no such account"
        said = [name for name in account.allowed_to_delegate_to if key(name) in self.names]
        if account.user_account_control & self.bits & TRUSTED_TO_AUTH_FOR_DELEGATION:
            said.append("protocol transition")
        if account.user_account_control & self.bits & TRUSTED_FOR_DELEGATION:
            said.append("unconstrained delegation")
        return ", ".join(said) or "nothing"


class Witnesses:
    """The other domain controllers that are asked about what was found."""

    def __init__(self, directory: DirectoryPort, names: Iterable[str], call: Call) -> None:
        self._directory, self._asked, self._call = directory, list(names), call
        self._pushed = False

    def otherwise(self, live: ComputerAccount, watched: Watched) -> dict[str, ComputerAccount | None]:
        """Return who shows what else. One that does not answer is told in a warning and not asked again."""
        differing: dict[str, ComputerAccount | None] = {}
        for name in tuple(self._asked):
            answer = self._directory.ask_replica(name, live.guid)
            if answer.unreachable is not None:
                self._leave_out(
                    name,
                    f"{name} could not be asked whether it shows the same for {live.short_name}: {answer.unreachable} What was "
                    f"found there on {self._directory.domain_controller} ({watched.told(live)}) stays at a destroy, and could "
                    "be old.",
                )
            elif not watched.same(answer.account, live):
                if self._pushed and (place := self._directory.elsewhere(name)) is not None:
                    self._leave_out(
                        name,
                        f"{name} in the site {place.site} shows {watched.told(answer.account)} for {live.short_name}, and "
                        f"{self._directory.domain_controller} shows {watched.told(live)}. What was found stays at a destroy, "
                        "and could be old.",
                    )
                else:
                    differing[name] = answer.account
        return differing

    def push(self, guid: str, names: Iterable[str]) -> bool:
        """Bring them into step, once and in both directions, as nobody knows who lags; False the second time."""
        if self._pushed:
            return False
        self._pushed = True
        here = self._directory.domain_controller
        for name in names:
            self._directory.push(guid, source=name, target=here)
            self._directory.push(guid, source=here, target=name)
        return True

    def _leave_out(self, name: str, warning: str) -> None:
        self._asked.remove(name)
        self._call.log.warning(warning)


def vouched_for(
    directory: DirectoryPort, live: ComputerAccount, watched: Watched, which: str, call: Call
) -> ComputerAccount:
    """Return the account once the domain controllers agree on what is found there; at once where nothing is found.

    Raises TimedOut with nothing written, naming who shows what.
    """
    if not watched.finds(live):
        return live
    pauses = GrowingPauses(call.deadline(directory.replication_timeout))
    witnesses = Witnesses(directory, partners(directory, live, which), call)
    while watched.finds(live) and (differing := witnesses.otherwise(live, watched)):
        if not witnesses.push(live.guid, differing):
            try:
                pauses.pause(waiting_for=f"{', '.join(differing)} to show the same for {live.short_name}")
            except TimedOut:
                raise TimedOut(_disagree(directory.domain_controller, live, watched, differing)) from None
        again = directory.computer(live.guid)
        if again is None:
            raise NotFound(f"{live.distinguished_name} was deleted meanwhile; nothing was written. Run up again.")
        live = again
    return live


def _disagree(here: str, live: ComputerAccount, watched: Watched, differing: dict[str, ComputerAccount | None]) -> str:
    shown = "; ".join(f"{name} shows {watched.told(account)}" for name, account in differing.items())
    return (
        f"The domain controllers do not agree on what is there already for {live.short_name}: {here} shows "
        f"{watched.told(live)}; {shown}. One of them lags, and what was found could be old; nothing was written. Wait until "
        "they have replicated (repadmin /showrepl), then run again."
    )
