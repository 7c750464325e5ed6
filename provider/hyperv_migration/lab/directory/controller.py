"""The domain controller an operation runs on, and who asks."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from hyperv_migration.lab.directory.behaviour import Behaviour
from hyperv_migration.lab.directory.database import Database
from hyperv_migration.lab.directory.entries import Entry
from hyperv_migration.lab.directory.names import Name
from hyperv_migration.lab.directory.population import Population
from hyperv_migration.lab.directory.results import Code, Refused, bad_name, no_such_object
from hyperv_migration.lab.directory.syntaxes import sid_from_text
from hyperv_migration.lab.scenario import Account, Scenario

_GUID_BYTES = 16


@dataclass(frozen=True)
class Identity:
    """Who is signed in on a connection; no account means nobody."""

    account: Account | None = None
    label: str = ""
    """``LAB\\name``, for the history, the journal and "Who am I?"."""

    @property
    def may_write(self) -> bool:
        """Whether it may write computer accounts at all."""
        return self.account is not None and self.account.administrator

    @property
    def may_enable_delegation(self) -> bool:
        """Whether it holds SeEnableDelegationPrivilege here (active-directory.md, 15-18)."""
        return self.account is not None and self.account.enable_delegation


NOBODY = Identity()


class DomainController:
    """What all operations need: the objects, the place of this domain controller among them, and how it behaves."""

    def __init__(self, scenario: Scenario, host_name: str, behaviour: Behaviour) -> None:
        self.scenario = scenario
        self.host_name = host_name
        self.behaviour = behaviour
        self.population = Population(scenario, host_name, read_only=behaviour.read_only)
        self.database: Database = self.population.fill()

    def find_account(self, name: str) -> Account | None:
        """Find an account of the scenario by its plain name."""
        return next((each for each in self.scenario.accounts if each.name.casefold() == name.casefold()), None)

    def identity(self, account: Account) -> Identity:
        """Make the identity of somebody who has signed in."""
        return Identity(account, f"{self.scenario.netbios}\\{account.name}")

    def parse(self, text: str) -> Name:
        """Read a distinguished name, or refuse it with 34."""
        try:
            return Name.parse(text)
        except ValueError:
            raise bad_name(text) from None

    def resolve(self, text: str) -> Entry:
        """Find the object a request names, also by ``<GUID=…>`` and ``<SID=…>`` (MS-ADTS 3.1.1.3.1.2.4)."""
        if text.startswith("<") and text.endswith(">"):
            found = self._by_identity(text)
            if found is None:
                raise no_such_object("")
            return found
        name = self.parse(text)
        found = self.database.find(name)
        if found is None:
            self.refuse_foreign(name)
            raise no_such_object(str(self.database.nearest(name)))
        return found

    def refuse_foreign(self, name: Name) -> None:
        """Refer a name outside all naming contexts elsewhere, as Windows does (active-directory.md, 87)."""
        if self.behaviour.foreign_base_is_referral and name.parts and self.database.context_of(name) is None:
            host = ".".join(value for attribute, value in name.parts if attribute.upper() == "DC") or "unknown"
            raise Refused(
                Code.REFERRAL,
                f"0000202B: RefErr: DSID-03100835, data 0, 1 access points\n\tref 1: '{host}'\n",
                referral=(f"ldap://{host}/{name}",),
            )

    def refuse_if_read_only(self, name: Name) -> None:
        """Refer a write to a writable domain controller, by plain ldap as measured (active-directory.md, 65)."""
        if self.behaviour.read_only:
            raise Refused(
                Code.REFERRAL,
                "0000202B: RefErr: DSID-031503E1, data 0, 1 access points\n",
                referral=(f"ldap://writable.{self.scenario.domain}/{name}",),
            )

    def _by_identity(self, text: str) -> Entry | None:
        kind, _, value = text[1:-1].partition("=")
        try:
            if kind.upper() == "GUID":
                # 32 digits are the octets as they stand on the wire; with hyphens it is the usual spelling.
                octets = uuid.UUID(value).bytes_le if "-" in value else bytes.fromhex(value)
                return self.database.find_guid(octets) if len(octets) == _GUID_BYTES else None
            if kind.upper() == "SID":
                octets = sid_from_text(value) if value.upper().startswith("S-") else bytes.fromhex(value)
                return self.database.find_sid(octets)
        except ValueError:
            raise bad_name(text) from None
        raise bad_name(text)
