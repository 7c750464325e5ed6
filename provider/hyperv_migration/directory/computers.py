"""The directory port's work, on a session with the domain controller that is written to."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from ldap3 import MODIFY_ADD, MODIFY_DELETE, MODIFY_REPLACE

from hyperv_migration.directory.accounts import (
    ATTRIBUTES,
    CATEGORY,
    account_of,
    is_computer,
    named,
    search_for,
    search_for_acted_upon,
    search_for_carriers,
)
from hyperv_migration.directory.attempts import Attempts
from hyperv_migration.directory.discovery import domain_of, reach
from hyperv_migration.directory.entries import Entry
from hyperv_migration.directory.errors import (
    ATTRIBUTE_OR_VALUE_EXISTS,
    CONSTRAINT_VIOLATION,
    INSUFFICIENT_ACCESS_RIGHTS,
    NO_SUCH_ATTRIBUTE,
    NO_SUCH_OBJECT,
    OBJECT_CLASS_VIOLATION,
    OPERATIONS_ERROR,
    SUCCESS,
    UNWILLING_TO_PERFORM,
    from_modify,
)
from hyperv_migration.directory.metadata import VECTOR, followed
from hyperv_migration.directory.names import SYSTEM, Names
from hyperv_migration.directory.session import Session, Sessions
from hyperv_migration.directory.topology import Controller, site_links, site_of_address, writable_controllers
from hyperv_migration.model.account_change import AccountChange
from hyperv_migration.model.computers import ComputerAccount, is_address
from hyperv_migration.model.delegation import ACCOUNT_CONTROL, DELEGATE_TO
from hyperv_migration.model.errors import AccessDenied, MigrationError
from hyperv_migration.model.replication import ReplicaAnswer
from hyperv_migration.model.settings import Connection
from hyperv_migration.model.sites import Elsewhere, wait_between
from hyperv_migration.model.spn import key
from hyperv_migration.model.stamps import BOUND, Stamp, Standing, all_own
from hyperv_migration.operations.sign_ins import SignIns

_OVERTAKEN = frozenset({NO_SUCH_ATTRIBUTE, ATTRIBUTE_OR_VALUE_EXISTS, NO_SUCH_OBJECT})
"""A value to delete is gone, one to add is there, or the account was moved: somebody else was faster."""
_SWAP_REFUSED = _OVERTAKEN | {OPERATIONS_ERROR, CONSTRAINT_VIOLATION, UNWILLING_TO_PERFORM, OBJECT_CLASS_VIOLATION}
"""What a domain controller could answer to a swap of userAccountControl that it does not take at all."""


class ComputerAccounts:
    """Computer accounts of one domain on one domain controller, and the others that must follow it.

    Kept by their owner (`Domains`), so that discovery happens once.
    """

    def __init__(self, connection: Connection, domain: str, names: Names, sessions: Sessions) -> None:
        self._connection = connection
        self._reached = reach(connection, domain, sessions, names)
        self._session: Session = self._reached.session
        self._base = connection.directory.base_dn or self._root
        self._lock = threading.Lock()
        self._remarks = self._reached.remarks()
        self._controllers: list[Controller] | None = None
        self._sites: dict[str, str | None] = {}
        self.domain = domain_of(self._session)
        self.domain_controller = (self._session.root().text("dnsHostName") or self._session.controller).lower()

    def remarks(self) -> list[str]:
        """Return what is to be said of the way here, to the first who asks."""
        with self._lock:
            said, self._remarks = self._remarks, []
        return said

    def find(self, names: Sequence[str]) -> dict[str, list[ComputerAccount]]:
        """Look all names up in one search."""
        entries = self._session.search(self._base, search_for(names), ATTRIBUTES)
        accounts = [account_of(entry) for entry in entries]
        return {name: named(name, accounts) for name in names}

    def beyond_base(self, names: Sequence[str]) -> dict[str, list[ComputerAccount]]:
        """Look names up in the whole domain that were not found below directory.baseDn; nothing is sent without one."""
        if not self._connection.directory.base_dn or not names:
            return {}
        entries = self._session.search(self._root, search_for(names), ATTRIBUTES)
        accounts = [account_of(entry) for entry in entries]
        return {name: named(name, accounts) for name in names}

    def survey(
        self, names: Sequence[str], service_principal_names: Sequence[str]
    ) -> tuple[dict[str, list[ComputerAccount]], dict[str, list[str]]]:
        """Look computers up, and the owners of service principal names, in one search over the whole domain."""
        query = f"(|{search_for(names)}{search_for_carriers(service_principal_names)})"
        entries = self._session.search(self._root, query, (*ATTRIBUTES, CATEGORY))
        accounts = [account_of(entry) for entry in entries if is_computer(entry)]
        return {name: named(name, accounts) for name in names}, _owners(entries, service_principal_names)

    def owners_of(self, service_principal_names: Sequence[str]) -> dict[str, list[str]]:
        """Return who carries each name, from one search over the whole domain; for no name nothing is asked."""
        if not service_principal_names:
            return {}
        query = search_for_carriers(service_principal_names)
        return _owners(self._session.search(self._root, query, ("servicePrincipalName",)), service_principal_names)

    @property
    def _root(self) -> str:
        return self._session.root().text("defaultNamingContext") or ""

    def acted_upon(self, guids: Sequence[str]) -> frozenset[str]:
        """Return which of the accounts show msDS-AllowedToActOnBehalfOfOtherIdentity; its value is not asked for."""
        entries = self._session.search(self._base, search_for_acted_upon(guids), ATTRIBUTES)
        return frozenset(account_of(entry).guid for entry in entries)

    def computer(self, guid: str) -> ComputerAccount | None:
        """Read one account; None only if it is positively gone.

        A caller without rights is told "no such object" as well, so the domain's own head must be readable.
        """
        found = self._read(self._session, guid)
        if found is None and self._session.read(self._base, ("objectClass",)) is None:
            raise AccessDenied(
                f"{self.domain_controller} shows neither the account {guid} nor the domain itself, so nothing can be "
                "concluded; give the account in use the right to read the domain, and check directory.baseDn."
            )
        return found

    def _read(self, where: Session, guid: str) -> ComputerAccount | None:
        # By GUID, which a rename does not change (active-directory.md, 165).
        entry = where.read(f"<GUID={guid}>", ATTRIBUTES)
        if entry is None:
            return None
        account = account_of(entry)
        if account.guid != guid.lower():
            raise entry.broken("objectGUID", "is not the one that was asked for")
        return account

    def change(self, account: ComputerAccount, change: AccountChange) -> bool:
        """Send one modify; both attributes change or none (active-directory.md, 14 and 82)."""
        changes: dict[str, list[tuple[str, list[Any]]]] = {}
        values = [
            (MODIFY_DELETE, [*change.delete, *change.keep]),
            (MODIFY_ADD, [*change.add, *change.keep]),
        ]
        if any(names for _, names in values):
            changes[DELEGATE_TO] = [(operation, names) for operation, names in values if names]
        if change.user_account_control is not None:
            old, new = str(account.user_account_control), str(change.user_account_control)
            swap = [(MODIFY_DELETE, [old]), (MODIFY_ADD, [new])]
            changes[ACCOUNT_CONTROL] = swap if change.swap else [(MODIFY_REPLACE, [new])]
        result = self._session.modify(account.distinguished_name, changes)
        if result["result"] in (_SWAP_REFUSED if change.swaps else _OVERTAKEN):
            return False
        if result["result"] != SUCCESS:
            name = account.distinguished_name
            writable = self._writable(name) if result["result"] == INSUFFICIENT_ACCESS_RIGHTS else None
            raise from_modify(result, self.domain_controller, name, tuple(changes), writable)
        return True

    def _writable(self, dn: str) -> tuple[str, ...] | None:
        """Return what the account in use may write of an object, as far as its access list goes; None if that fails."""
        try:
            entry = self._session.read(dn, ("allowedAttributesEffective",))
        except MigrationError:
            return None
        return None if entry is None else entry.texts("allowedAttributesEffective")

    def _known(self) -> list[Controller]:
        """Return the writable domain controllers; asked once per process."""
        with self._lock:
            if self._controllers is None:
                self._controllers = writable_controllers(self._session)
            return self._controllers

    def standing(self, stamps: Iterable[Stamp]) -> Standing:
        """Return what this domain controller has of all writes, as far as these stamps make it worth asking."""
        known = self._known()
        own = self._invocation()
        if all_own(stamps, own):
            return Standing(invocation=own)
        databases = frozenset(each.invocation for each in known if each.invocation is not None)
        head = self._visible(self._session.root().text("defaultNamingContext") or "", VECTOR)
        return Standing(
            invocation=own,
            followed=None if head is None else followed(head),
            present=databases if len(databases) == len(known) else None,
        )

    def bound(self) -> Stamp | None:
        """Return a write that no write made here before is after; None where this domain controller does not tell."""
        own, root = self._invocation(), self._visible("", BOUND)
        last = None if root is None else root.text(BOUND)
        if own is None or last is None or not last.isdecimal():
            return None
        return Stamp(version=0, invocation=own, usn=int(last))

    def _invocation(self) -> str | None:
        own = self._controller(self.domain_controller)
        return None if own is None else own.invocation

    def _visible(self, dn: str, attribute: str) -> Entry | None:
        """Read what only helps to tell more; None where it may not be read."""
        try:
            return self._session.read(dn, (attribute,))
        except AccessDenied:
            return None

    def controllers(self, site: str | None) -> list[str]:
        """Return the names of the writable domain controllers, of one site or of all."""
        known = self._known()
        folded = site.casefold() if site is not None else None
        return [each.name for each in known if folded is None or (each.site or "").casefold() == folded]

    def site_of(self, account: ComputerAccount) -> str | None:
        """Return the site of the host's addresses, as DNS has them here; None where that cannot be told."""
        name = account.dns_host_name
        if name is None:
            return None
        # No lock: DNS may be slow, and the accounts of other hosts must not wait for it.
        if name not in self._sites:
            addresses = _addresses(name)
            self._sites[name] = site_of_address(self._session, addresses) if addresses else None
        return self._sites[name]

    def elsewhere(self, controller: str) -> Elsewhere | None:
        """Say where a domain controller is that is in another site than the one written to; None where it is not."""
        here, there = self._controller(self.domain_controller), self._controller(controller)
        if here is None or there is None or here.site is None or there.site is None:
            return None
        if here.site.casefold() == there.site.casefold():
            return None
        try:
            minutes = wait_between(here.site, there.site, site_links(self._session))
        except MigrationError:
            minutes = None
        return Elsewhere(site=there.site, minutes=minutes)

    def push(self, guid: str, source: str, target: str) -> None:
        """Ask one domain controller to fetch one object from another one at once; nothing follows from a refusal.

        Few accounts have the right to ask, and Samba does not know the request (directory-estate.md, 36 and 39).
        """
        found = self._controller(source)
        if found is None or found.settings is None:
            return
        value = f"<GUID={found.settings}>:<GUID={guid}>"
        own = target.casefold() == self.domain_controller.casefold()
        with suppress(MigrationError):
            where = self._session if own else self._reached.other(target, self._connection)
            where.modify("", {"replicateSingleObject": [(MODIFY_REPLACE, [value])]})

    def _controller(self, name: str) -> Controller | None:
        return next((each for each in self._known() if each.name.casefold() == name.casefold()), None)

    def ask(self, controller: str, guid: str) -> ReplicaAnswer:
        """Read the account on another domain controller, by that one's own name."""
        try:
            return ReplicaAnswer(account=self._read(self._reached.other(controller, self._connection), guid))
        except MigrationError as error:
            return ReplicaAnswer(unreachable=str(error))


def _owners(entries: Iterable[Entry], service_principal_names: Sequence[str]) -> dict[str, list[str]]:
    """Return the DNs of the entries that carry each name."""
    owners: dict[str, list[str]] = {}
    for entry in entries:
        for name in {key(text) for text in entry.texts("servicePrincipalName")}:
            owners.setdefault(name, []).append(entry.dn)
    return {name: owners.get(key(name), []) for name in service_principal_names}


def _addresses(name: str) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    if is_address(name):
        return []
    try:
        answers = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, ValueError):
        # A name that DNS cannot carry is no OSError.
        return []
    # An IPv6 address may carry a zone, which no subnet has.
    return [ipaddress.ip_address(str(answer[4][0]).partition("%")[0]) for answer in answers]


_Wanted = tuple[Connection, str, Names]


class Domains:
    """The domains of one owner, each under each configuration: a run of a face, or a process that knows of no runs."""

    def __init__(self, sign_ins: SignIns | None = None) -> None:
        """`sign_ins` is what the run knows of its accounts; without one, what became of them until `close`."""
        self._lock = threading.Lock()
        self._sessions = Sessions(sign_ins)
        self._kept: dict[_Wanted, ComputerAccounts] = {}
        self._openings: dict[_Wanted, Attempts] = {}

    def accounts(self, connection: Connection, domain: str, names: Names = SYSTEM) -> ComputerAccounts:
        """Return the access to a domain under one configuration; a failed attempt is not kept."""
        wanted = (connection, domain.casefold(), names)
        with self._lock:
            opening = self._openings.setdefault(wanted, Attempts())
        with opening.trying(since=opening.failures):
            if wanted not in self._kept:
                self._kept[wanted] = ComputerAccounts(connection, domain, names, self._sessions)
                _in_use.add(self)
            return self._kept[wanted]

    def let_go(self) -> None:
        """End every wait on a domain controller, from whichever thread; nothing is waited for any more."""
        self._sessions.let_go()

    def close(self) -> None:
        """Close every connection and forget what was discovered; what is asked for afterwards begins anew."""
        with self._lock:
            self._kept.clear()
        self._sessions.close()
        _in_use.discard(self)


PROCESS = Domains()
"""Those of whoever has no run."""

_in_use: set[Domains] = set()


def disconnect() -> None:
    """Close every connection of every owner, as the end of the process would."""
    for each in {*_in_use, PROCESS}:
        each.close()
