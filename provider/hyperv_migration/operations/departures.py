"""Several delegations of one account that are destroyed one after the other, or at once: the last one puts back what was found.

A destroy asks for no program, so each goes by its own state, and the engine removes them in whatever order. The one that goes
first cannot give the account's two bits back while entries of the other one are there. It leaves what it knows in the run,
and on this machine for a destroy that comes later.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from hyperv_migration.model.delegation_ledger import Ledger
from hyperv_migration.model.departure import Departure, with_departures
from hyperv_migration.operations.account_writer import AccountWriter
from hyperv_migration.operations.journal import Journal
from hyperv_migration.operations.ports import Call


class _Account:
    """The departures of one account, by the resource that went."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.here: dict[str, Departure] = {}
        """Those of this run. They concern whatever else goes in it, since the two may have read before either wrote."""
        self.noted: dict[str, Departure] | None = None
        """Those of earlier runs on this machine, once they were looked up."""
        self.written = False
        """Whether this run has noted any."""


class Departures:
    """What one operation knows of, and adds to, the departures of an account."""

    def __init__(self, guid: str, call: Call) -> None:
        self._urn = call.urn
        self._account = call.run.share(("departures", guid), _Account)
        self._target = f"KerberosDelegation departures {guid}"
        # No operation goes on from it that somebody could interrupt.
        self._journal: Journal = replace(call.journal, noted=lambda _: None)

    @contextmanager
    def leaving(self, ledger: Ledger, writer: AccountWriter) -> Iterator[None]:
        """Leave what this resource knows, before its first write: others may be planning at the same moment.

        It is taken back where the destroy fails with nothing written, since the resource stays then.
        """
        with self._account.lock:
            noted = {urn: departure for urn, departure in self._noted().items() if urn != self._urn}
            self._account.here[self._urn] = Departure.of(ledger, writer.account)
            self._keep(noted)
        try:
            yield
        except Exception:
            if not writer.wrote:
                with self._account.lock:
                    self._account.here.pop(self._urn, None)
                    self._keep(self._noted())
            raise

    def known_to(self, ledger: Ledger) -> Ledger:
        """Return the ledger of this resource with what those knew who went before."""
        with self._account.lock:
            others = [departure for urn, departure in self._account.here.items() if urn != self._urn]
            others += [departure for departure in self._noted().values() if departure.concerns(ledger)]
        return with_departures(ledger, others)

    def over(self, ledger: Ledger | None = None) -> None:
        """Forget what this ledger has taken in, because the account is as it was before; all, where the account is gone."""
        with self._account.lock:
            noted = self._noted()
            kept = {urn: each for urn, each in noted.items() if ledger is not None and not each.concerns(ledger)}
            if self._account.here or kept != noted:
                self._account.here.clear()
                self._keep(kept)

    def begun_anew(self, entries: Iterable[str]) -> None:
        """Let a create's entries be its own, though others of the same names were there when somebody went."""
        with self._account.lock:
            noted = self._noted()
            changed = {urn: each.without(entries) for urn, each in noted.items()}
            if changed != noted:
                self._keep(changed)

    def _noted(self) -> dict[str, Departure]:
        if self._account.noted is None:
            note = self._journal.recall(self._target)
            left = {} if note is None else note.found
            self._account.noted = {
                urn: Departure.from_note(each) for urn, each in left.items() if isinstance(each, Mapping)
            }
        return self._account.noted

    def _keep(self, noted: dict[str, Departure]) -> None:
        """Note what a later run needs: nothing is noted of a delegation beside which there was no other entry."""
        before, self._account.noted = self._account.noted, noted
        found = {urn: each.as_note() for urn, each in {**noted, **self._account.here}.items() if each.beside}
        if found:
            self._journal.keep(self._target, found=found, intended={})
        elif before or self._account.written:
            self._journal.discard(self._target)
        self._account.written = bool(found)
