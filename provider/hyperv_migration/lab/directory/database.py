"""The objects of the directory, and every change made to them."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from hyperv_migration.lab.directory.entries import Entry
from hyperv_migration.lab.directory.names import Key, Name
from hyperv_migration.lab.directory.syntaxes import generalized_time, sid_from_text

_FIRST_USN = 12_000
"""About where a domain controller stands after its promotion."""
_FIRST_RID = 1101


@dataclass(frozen=True)
class Change:
    """One entry of the history: who changed what, when."""

    time: datetime
    usn: int
    by: str
    """The account, or "administrator" for a change made through the control interface."""
    kind: str
    """add, modify, delete or rename."""
    name: str
    guid: str
    attributes: dict[str, tuple[list[bytes], list[bytes]]]
    """The values before and after of every attribute that changed."""


class Database:
    """All objects of one domain controller.

    Hold `lock` around everything that reads before it writes; searches take it too, so that each sees one state.
    """

    def __init__(self, domain: Name, configuration: Name, schema: Name, invocation_id: bytes) -> None:
        self.lock = threading.RLock()
        self.domain = domain
        self.configuration = configuration
        self.schema = schema
        self.invocation_id = invocation_id
        self.followed: dict[bytes, int] = {}
        """Up to which USN it has every change of each other domain controller (replUpToDateVector)."""
        self.history: list[Change] = []
        self.on_change: Callable[[], None] = lambda: None
        """Called after each change, with the lock held by whoever made it."""
        self.usn = _FIRST_USN
        self._entries: dict[Key, Entry] = {}
        self._accounts: dict[str, Entry] = {}
        self._next_rid = _FIRST_RID

    @property
    def contexts(self) -> tuple[Name, ...]:
        """The naming contexts, the innermost first."""
        return (self.schema, self.configuration, self.domain)

    def context_of(self, name: Name) -> Name | None:
        """Say which naming context a name lies in; None for a foreign one."""
        return next((context for context in self.contexts if name.within(context)), None)

    def __iter__(self) -> Iterator[Entry]:
        return iter(list(self._entries.values()))

    def find(self, name: Name) -> Entry | None:
        """Find an object by its name."""
        return self._entries.get(name.key)

    def find_guid(self, guid: bytes) -> Entry | None:
        """Find an object by the octets of its objectGUID."""
        return next((entry for entry in self._entries.values() if entry.get("objectGUID") == [guid]), None)

    def find_sid(self, sid: bytes) -> Entry | None:
        """Find an object by the octets of its objectSid."""
        return next((entry for entry in self._entries.values() if entry.get("objectSid") == [sid]), None)

    def find_account(self, account_name: str) -> Entry | None:
        """Find a user or computer by its sAMAccountName."""
        return self._accounts.get(account_name.casefold())

    def below(self, name: Name) -> Iterator[Entry]:
        """Give an object and all below it in the same naming context."""
        context = self.context_of(name)
        return (each for each in self if each.context == context and each.name.within(name))

    def nearest(self, name: Name) -> Name:
        """Give the nearest object above a name that exists, for matchedDN."""
        while name.parts and self.find(name) is None:
            name = name.parent
        return name

    def add(self, entry: Entry, by: str, *, guid: uuid.UUID | None = None) -> None:
        """Store a new object, with a new identity unless one is given."""
        moment = datetime.now(UTC)
        self.usn += 1
        entry.put("objectGUID", (guid or uuid.uuid4()).bytes_le)
        entry.put("distinguishedName", str(entry.name))
        entry.put("name", entry.name.value)
        entry.put("whenCreated", generalized_time(moment))
        entry.put("uSNCreated", self.usn)
        self._stamp(entry, list(entry.values), moment)
        self._keep(entry)
        self._note(moment, by, "add", entry, {name: ([], list(values)) for name, values in entry.values.items()})

    def replace(self, before: Entry, after: Entry, by: str) -> None:
        """Store the changed state of an object; nothing at all happens when no value changed."""
        changed = {
            name: (before.get(name), after.get(name))
            for name in before.values.keys() | after.values.keys()
            if before.get(name) != after.get(name)
        }
        renamed = str(before.name) != str(after.name)
        if not changed and not renamed:
            return
        moment = datetime.now(UTC)
        self.usn += 1
        if renamed:
            after.put("distinguishedName", str(after.name))
            after.put("name", after.name.value)
        self._drop(before)
        self._stamp(after, [*changed, *(["name"] if renamed else [])], moment)
        self._keep(after)
        self._note(moment, by, "rename" if renamed else "modify", after, changed)

    def delete(self, entry: Entry, by: str) -> None:
        """Forget an object; no tombstone stays."""
        self.usn += 1
        self._drop(entry)
        self._note(datetime.now(UTC), by, "delete", entry, {})

    def take_over(self, source: Database) -> None:
        """Become as another domain controller's database is now."""
        with source.lock, self.lock:
            self.usn += 1
            self._entries = {
                key: entry.received(self._entries.get(key), self.usn) for key, entry in source._entries.items()
            }
            self._accounts = {
                entry.text("sAMAccountName").casefold(): entry for entry in self if entry.get("sAMAccountName")
            }
            self._next_rid = source._next_rid
            self.followed = {**self.followed, **source.followed, source.invocation_id: source.usn}
            self.followed.pop(self.invocation_id, None)

    def next_sid(self) -> bytes:
        """Give the SID of the next account made; none is ever given twice."""
        domain = self._entries[self.domain.key]
        self._next_rid += 1
        return sid_from_text(f"{domain.sid}-{self._next_rid}")

    def _keep(self, entry: Entry) -> None:
        self._entries[entry.name.key] = entry
        if entry.get("sAMAccountName"):
            self._accounts[entry.text("sAMAccountName").casefold()] = entry

    def _drop(self, entry: Entry) -> None:
        del self._entries[entry.name.key]
        self._accounts.pop(entry.text("sAMAccountName").casefold(), None)

    def _stamp(self, entry: Entry, names: list[str], moment: datetime) -> None:
        entry.stamp(names, self.usn, self.invocation_id, moment)
        entry.put("uSNChanged", self.usn)
        entry.put("whenChanged", generalized_time(moment))

    def _note(
        self, moment: datetime, by: str, kind: str, entry: Entry, changed: dict[str, tuple[list[bytes], list[bytes]]]
    ) -> None:
        self.history.append(Change(moment, self.usn, by, kind, str(entry.name), entry.guid, changed))
        self.on_change()
