"""The questions to a domain: most by reading; two on a throw-away computer account that somebody has named for them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from hyperv_migration.directory.accounts import ATTRIBUTES, account_of, named, search_for, search_for_carriers
from hyperv_migration.directory.entries import Entry
from hyperv_migration.directory.errors import INSUFFICIENT_ACCESS_RIGHTS, NO_SUCH_ATTRIBUTE, SUCCESS
from hyperv_migration.directory.session import ADD, DELETE, Modifications, Session
from hyperv_migration.live.doubts import NotAsked
from hyperv_migration.live.host_reading import Answer, judged
from hyperv_migration.live.recording import Recording
from hyperv_migration.live.undo import LeftBehind
from hyperv_migration.model.account_control import PARTIAL_SECRETS, SERVER_TRUST, TRUSTED_TO_AUTH_FOR_DELEGATION
from hyperv_migration.model.computers import ComputerAccount
from hyperv_migration.model.delegation import ACCOUNT_CONTROL, DELEGATE_TO
from hyperv_migration.model.errors import MigrationError
from hyperv_migration.operations.journal import Journal

_DONT_EXPIRE_PASSWORD = 0x10000
"""Means nothing for a computer account, and any writer of userAccountControl may set it."""
_MOST_RECORDED = 20
"""Entries of one answer; a list of a whole domain is nothing to send about."""
_AT_ONCE = 100
_MIGRATION = "microsoft virtual system migration service/"
_ROOT = ("domainFunctionality", "forestFunctionality", "domainControllerFunctionality", "supportedSASLMechanisms")


@dataclass
class RecordedDirectory:
    """The provider's LDAP session, each operation noted as it was asked and answered."""

    session: Session
    recording: Recording

    def read(self, dn: str, attributes: Iterable[str]) -> Entry | None:
        """Read one object."""
        asked = list(attributes)
        exchange = self.recording.begin("ldap", {"operation": "read", "dn": dn, "attributes": asked})
        entry = self.session.read(dn, asked)
        exchange.answer = None if entry is None else _entry(entry)
        return entry

    def search(self, base: str, query: str, attributes: Iterable[str]) -> list[Entry]:
        """Search a subtree."""
        asked = list(attributes)
        request = {"operation": "search", "base": base, "filter": query, "attributes": asked}
        exchange = self.recording.begin("ldap", request)
        entries = self.session.search(base, query, asked)
        exchange.answer = [_entry(each) for each in entries[:_MOST_RECORDED]]
        exchange.answer += ["[entries]"] if len(entries) > _MOST_RECORDED else []
        return entries

    def modify(self, dn: str, changes: Modifications) -> tuple[int, str]:
        """Send one modify; returns result and diagnostic text."""
        exchange = self.recording.begin("ldap", {"operation": "modify", "dn": dn, "changes": changes})
        result = self.session.modify(dn, changes)
        exchange.status = int(result["result"])
        exchange.answer = str(result.get("message") or "")
        return exchange.status, exchange.answer


@dataclass
class Domain:
    """One domain under questions, through one domain controller."""

    directory: RecordedDirectory
    base: str
    host: str
    computer: str | None
    """The throw-away account; None forbids every write."""
    journal: Journal = field(default_factory=Journal)

    def about(self) -> str:
        """Return what the rootDSE says of the functional levels."""
        root = self.directory.read("", _ROOT)
        levels = {} if root is None else {name: root.text(name) for name in _ROOT[:3]}
        return ", ".join(f"{name} {level}" for name, level in levels.items() if (level or "").isdecimal())

    def account(self, name: str) -> ComputerAccount | None:
        """Find one computer account."""
        entries = self.directory.search(self.base, search_for([name]), ATTRIBUTES)
        found = named(name, [account_of(entry) for entry in entries])
        return found[0] if len(found) == 1 else None

    @contextmanager
    def throw_away(self) -> Iterator[ComputerAccount]:
        """Give the account to write to, and put its userAccountControl back, also what a killed run left."""
        if self.computer is None:
            raise NotAsked(
                "a write needs HYPERV_MIGRATION_LIVE_COMPUTER, a throw-away account, and HYPERV_MIGRATION_LIVE_WRITE=1"
            )
        account = self.account(self.computer)
        if account is None:
            raise NotAsked("the throw-away account is not exactly one computer account of this domain")
        target = f"live {account.guid}"
        note = self.journal.recall(target)
        if note is not None:
            self._put_back(account, int(note.found[ACCOUNT_CONTROL]))
            account = self.account(self.computer) or account
        _refuse(account, self.host)
        found = account.user_account_control
        if self.journal.keep(target, found={ACCOUNT_CONTROL: found}, intended={}) is None:
            raise NotAsked("no note can be kept on this machine, so a crash could not be undone")
        try:
            yield account
        finally:
            self._put_back(account, found)
            self.journal.discard(target)

    def swap(self, account: ComputerAccount, old: int, new: int) -> tuple[int, str]:
        """Take one value of userAccountControl away and put another there, in one modify."""
        return self.directory.modify(
            account.distinguished_name, {ACCOUNT_CONTROL: [(DELETE, [str(old)]), (ADD, [str(new)])]}
        )

    def control_of(self, account: ComputerAccount) -> int:
        """Read userAccountControl."""
        entry = self.directory.read(account.distinguished_name, (ACCOUNT_CONTROL,))
        value = None if entry is None else entry.text(ACCOUNT_CONTROL)
        if value is None:
            raise NotAsked("userAccountControl of the throw-away account cannot be read")
        return int(value)

    def _put_back(self, account: ComputerAccount, found: int) -> None:
        """Swap the value back unless somebody has changed more than the two bits; raises LeftBehind."""
        ours = _DONT_EXPIRE_PASSWORD | TRUSTED_TO_AUTH_FOR_DELEGATION
        try:
            live = self.control_of(account)
            if live != found and live & ~ours == found & ~ours:
                self.swap(account, live, found)
            again = self.control_of(account)
        except (MigrationError, NotAsked) as error:
            raise LeftBehind(
                f"userAccountControl of the throw-away account was {found} and could not be put back "
                f"({type(error).__name__}); run once more with writes allowed"
            ) from error
        if again & ours != found & ours:
            raise LeftBehind(f"userAccountControl of the throw-away account is {again} and was {found}")


def delegation_spelling(domain: Domain) -> Answer:
    """Compare every delegation list of the domain with the SPNs that its accounts carry."""
    lists = domain.directory.search(domain.base, f"({DELEGATE_TO}=*)", (DELEGATE_TO,))
    entries = [value for each in lists for value in each.texts(DELEGATE_TO)]
    if not entries:
        raise NotAsked("no account of the domain that can be seen delegates to anything")
    wanted = sorted({*entries, *(re.sub("^cifs/", "HOST/", value, flags=re.IGNORECASE) for value in entries)})
    exact: set[str] = set()
    for start in range(0, len(wanted), _AT_ONCE):
        query = search_for_carriers(wanted[start : start + _AT_ONCE])
        carriers = domain.directory.search(domain.base, query, ("servicePrincipalName",))
        exact |= {name for each in carriers for name in each.texts("servicePrincipalName")}
    # For cifs its HOST alias counts (active-directory.md §4).
    exact |= {re.sub("^HOST/", "cifs/", name, flags=re.IGNORECASE) for name in exact}
    folded = {name.casefold() for name in exact}
    other = sum(value not in exact and value.casefold() in folded for value in entries)
    orphaned = sum(value.casefold() not in folded for value in entries)
    seen = f"{len(entries)} entries on {len(lists)} accounts: {other} in other case, {orphaned} that no account carries"
    return judged(other + orphaned == 0, seen)


def replication_metadata(domain: Domain) -> Answer:
    """Read both kinds of metadata of the host's own account."""
    account = domain.account(domain.host)
    if account is None:
        raise NotAsked("the host's own account was not found in the domain")
    entry = domain.directory.read(account.distinguished_name, ("replPropertyMetaData", "msDS-ReplAttributeMetaData"))
    texts = () if entry is None else entry.texts("msDS-ReplAttributeMetaData")
    octets = () if entry is None else entry.attributes.get("replpropertymetadata", ())
    told = any("userAccountControl" in text for text in texts)
    seen = (
        f"{len(texts)} attributes in msDS-ReplAttributeMetaData, {sum(map(len, octets))} octets in replPropertyMetaData"
    )
    return judged(told, seen)


def account_control_swap(domain: Domain) -> Answer:
    """Swap from a value that is not there, then from the one that is."""
    with domain.throw_away() as account:
        found = account.user_account_control
        changed = found ^ _DONT_EXPIRE_PASSWORD
        stale, _ = domain.swap(account, found ^ _DONT_EXPIRE_PASSWORD ^ TRUSTED_TO_AUTH_FOR_DELEGATION, changed)
        untouched = domain.control_of(account) == found
        fresh, _ = domain.swap(account, found, changed)
        done = domain.control_of(account) == changed
    if INSUFFICIENT_ACCESS_RIGHTS in {stale, fresh}:
        raise NotAsked("the account in use may not write userAccountControl there")
    seen = (
        f"the stale swap answered {stale} and {'changed nothing' if untouched else 'changed the value'}; "
        f"the fresh one answered {fresh} and {'was done' if done else 'was not done'}"
    )
    return judged(stale == NO_SUCH_ATTRIBUTE and untouched and fresh == SUCCESS and done, seen)


def result_50(domain: Domain) -> Answer:
    """Set the bit of protocol transition with an account that may not."""
    with domain.throw_away() as account:
        found = account.user_account_control
        result, message = domain.swap(account, found, found ^ TRUSTED_TO_AUTH_FOR_DELEGATION)
    if result == SUCCESS:
        raise NotAsked("the account in use has the right; sign in with one that may write the account and lacks it")
    if result != INSUFFICIENT_ACCESS_RIGHTS:
        return judged(False, f"it answered {result} instead of 50")
    number = re.match(r"[0-9A-Fa-f]{8}(?=:)", message)
    seen = number.group().upper() if number else "no number"
    return judged(seen in {"00000522", "00002098"}, f"result 50 with {seen}")


def _refuse(account: ComputerAccount, host: str) -> None:
    """Refuse what is no throw-away account: a domain controller, a Hyper-V host, whatever delegates."""
    names = [name.casefold() for name in account.service_principal_names]
    if account.user_account_control & (SERVER_TRUST | PARTIAL_SECRETS):
        raise NotAsked("the throw-away account is that of a domain controller; nothing was written")
    if host.casefold() in account.spellings or any(name.startswith(_MIGRATION) for name in names):
        raise NotAsked("the throw-away account is that of a Hyper-V host; nothing was written")
    if account.allowed_to_delegate_to or account.user_account_control & TRUSTED_TO_AUTH_FOR_DELEGATION:
        raise NotAsked("the throw-away account delegates; nothing was written")


def _entry(entry: Entry) -> dict[str, Any]:
    values = {name: [_value(value) for value in found] for name, found in entry.attributes.items()}
    return {"dn": entry.dn, "attributes": values}


def _value(octets: bytes) -> str:
    text = octets.decode("utf-8", "replace")
    return text if text.isprintable() and "\ufffd" not in text else "[octets]"
