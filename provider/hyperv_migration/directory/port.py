"""The directory port: what the operations see of a domain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from hyperv_migration.directory.names import SYSTEM, Names
from hyperv_migration.model.account_change import AccountChange
from hyperv_migration.model.computers import ComputerAccount
from hyperv_migration.model.replication import ReplicaAnswer
from hyperv_migration.model.settings import Connection
from hyperv_migration.model.sites import Elsewhere
from hyperv_migration.model.stamps import Stamp, Standing

if TYPE_CHECKING:
    from hyperv_migration.directory.computers import ComputerAccounts, Domains


class Directory:
    """One domain, through the one domain controller that is written to; connects, and loads ldap3, at first use.

    `domain` may be empty where directory.domainControllers is set: then it is what the domain controller serves.
    Connections and discovery belong to `domains`, so another Directory of the same owner costs nothing.
    """

    def __init__(
        self,
        connection: Connection,
        domain: str = "",
        names: Names | None = None,
        *,
        domains: Domains | None = None,
    ) -> None:
        self._connection = connection
        self._names = names
        self._domains = domains
        self._domain = connection.directory.domain or domain

    @property
    def _accounts(self) -> ComputerAccounts:
        from hyperv_migration.directory.computers import PROCESS  # noqa: PLC0415 - ldap3 is slow to load

        return (self._domains or PROCESS).accounts(self._connection, self._domain, self._names or SYSTEM)

    @property
    def domain(self) -> str:
        """The domain's DNS name."""
        return self._accounts.domain

    @property
    def domain_controller(self) -> str:
        """DNS name of the domain controller that answers and is written to."""
        return self._accounts.domain_controller

    def remarks(self) -> list[str]:
        """What is to be said of the way here, once: that a domain controller was passed over."""
        return self._accounts.remarks()

    @property
    def replication_timeout(self) -> float:
        """Seconds to wait until the other domain controllers have a change."""
        return self._connection.directory.replication_timeout

    def find_computers(self, names: Sequence[str]) -> dict[str, list[ComputerAccount]]:
        """Look all names up in one search: short name, FQDN, sAMAccountName, DN or GUID each."""
        return self._accounts.find(names)

    def owners_of(self, service_principal_names: Sequence[str]) -> dict[str, list[str]]:
        """For each name, the DNs of the accounts of any kind that carry exactly this name, in one search."""
        return self._accounts.owners_of(service_principal_names)

    def beyond_base(self, names: Sequence[str]) -> dict[str, list[ComputerAccount]]:
        """Look names up in the whole domain that were not found below directory.baseDn, in one search, if one is set."""
        return self._accounts.beyond_base(names)

    def survey(
        self, names: Sequence[str], service_principal_names: Sequence[str]
    ) -> tuple[dict[str, list[ComputerAccount]], dict[str, list[str]]]:
        """What `find_computers` and `owners_of` return, in one search over the whole domain."""
        return self._accounts.survey(names, service_principal_names)

    def acted_upon(self, guids: Sequence[str]) -> frozenset[str]:
        """Of these accounts, those with resource-based delegation towards them, in one search."""
        return self._accounts.acted_upon(guids)

    def computer(self, guid: str) -> ComputerAccount | None:
        """Read one account by objectGUID; None only if the directory positively says it is gone."""
        return self._accounts.computer(guid)

    def change(self, account: ComputerAccount, change: AccountChange) -> bool:
        """Send one modify with compare-and-swap; False means somebody else was faster and nothing was written."""
        return self._accounts.change(account, change)

    def standing(self, stamps: Iterable[Stamp]) -> Standing:
        """What the domain controller that is written to has of all writes, as far as these stamps make it worth asking."""
        return self._accounts.standing(stamps)

    def bound(self) -> Stamp | None:
        """A write on the domain controller that is written to that none before is after; None where it does not tell."""
        return self._accounts.bound()

    def replicas(self, site: str | None) -> list[str]:
        """DNS names of the writable domain controllers of the domain, of one site or of all."""
        return self._accounts.controllers(site)

    def site_of(self, account: ComputerAccount) -> str | None:
        """The site the directory's subnets put the account's host into; None where that cannot be told."""
        return self._accounts.site_of(account)

    def elsewhere(self, domain_controller: str) -> Elsewhere | None:
        """Where a domain controller is that is in another site than the one written to; None where it is not."""
        return self._accounts.elsewhere(domain_controller)

    def push(self, guid: str, source: str, target: str) -> None:
        """Ask one domain controller to fetch one object from another one at once; a refusal is no error."""
        self._accounts.push(guid, source, target)

    def ask_replica(self, domain_controller: str, guid: str) -> ReplicaAnswer:
        """Read the account on another domain controller; never raises for an unreachable one, but says so."""
        return self._accounts.ask(domain_controller, guid)
