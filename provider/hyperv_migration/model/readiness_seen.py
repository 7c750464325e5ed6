"""What getMigrationReadiness has seen of hosts and directory; None is what could not be seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hyperv_migration.model.computers import ComputerAccount, domain_in
from hyperv_migration.model.facts import HostFacts, MigrationServiceStatus
from hyperv_migration.model.network import NetworkEntry
from hyperv_migration.model.readiness import Finding
from hyperv_migration.model.replication import ReplicaAnswer

NETBIOS_LENGTH = 15


@dataclass(frozen=True, kw_only=True)
class HostSeen:
    """One host."""

    name: str
    """As it was named, or the host's own name once it answered."""
    contact: Finding
    """Whether it answers and accepts the account."""
    facts: HostFacts | None = None
    hyper_v: bool | None = None
    trouble: str = ""
    """Why the migration service was not read to its end."""
    settings: Mapping[str, Any] | None = None
    status: MigrationServiceStatus | None = None
    entries: Sequence[NetworkEntry] | None = None
    rdma: bool | None = None
    """Whether an adapter has RDMA on; asked only where the host uses SMB."""

    @property
    def why_unseen(self) -> str:
        """The sentence of a row that could not be answered."""
        if self.facts is not None and self.facts.domain_joined is None and not self.trouble:
            return (
                f"{self.name} does not show it; root/cimv2 is hidden from the account (docs/rights.md has the grant)."
            )
        return self.trouble or (self.contact.reason if self.facts is None else f"{self.name} does not show it.")

    @property
    def account_name(self) -> str:
        """How to look for its computer account: as Windows names it, which no suffix of DNS changes; else by the host's name.

        An account's name is the NetBIOS one, which has 15 letters at most.
        """
        if self.facts is not None and self.facts.domain_joined:
            return f"{self.facts.name[:NETBIOS_LENGTH]}$"
        return self.name

    @property
    def domain(self) -> str | None:
        """The DNS name of the host's domain: as it says, else as its name does."""
        if self.facts is not None:
            return None if self.facts.domain_joined is False else self.facts.domain.casefold()
        return (domain_in(self.name) or "").casefold() or None

    def setting(self, name: str) -> Any:
        """One setting by its input name."""
        return (self.settings or {}).get(name)


@dataclass(frozen=True, kw_only=True)
class PairSeen:
    """Both hosts."""

    source: HostSeen
    destination: HostSeen

    @property
    def hosts(self) -> tuple[HostSeen, HostSeen]:
        """Both."""
        return self.source, self.destination

    @property
    def delegation_needed(self) -> bool:
        """Only where both positively use CredSSP is none needed."""
        return any(host.setting("authenticationType") != "CredSSP" for host in self.hosts)


@dataclass(frozen=True, kw_only=True)
class DirectorySeen:
    """What the directory says of the accounts of both hosts."""

    trouble: str = ""
    """Why it was not read to its end."""
    accounts: Mapping[str, Sequence[ComputerAccount]] | None = None
    """By the hosts' names."""
    carriers: Mapping[str, Sequence[str]] | None = None
    """By service principal name, who carries it."""
    resource_based: frozenset[str] | None = None
    """The objectGUIDs of accounts with msDS-AllowedToActOnBehalfOfOtherIdentity."""
    beyond: Mapping[str, Sequence[ComputerAccount]] = field(default_factory=dict)
    """By the hosts' names, accounts that directory.baseDn hides."""
    replicas: Mapping[str, Mapping[str, ReplicaAnswer]] | None = None
    """By the hosts' names, what the other domain controllers that the host may ask say of its account."""


@dataclass(frozen=True, kw_only=True)
class DirectionSeen:
    """One direction: the source acts for users towards services of the destination."""

    source: str
    destination: str
    needed: bool
    directory: DirectorySeen

    def accounts_of(self, host: str) -> Sequence[ComputerAccount]:
        """The accounts a host's name stands for."""
        return (self.directory.accounts or {}).get(host, ())
