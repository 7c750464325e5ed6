"""What the operations need from the outside, as protocols: the rooms `hyperv`, `directory` and `faces` fulfil them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from hyperv_migration.model.account_change import AccountChange
from hyperv_migration.model.computers import ComputerAccount
from hyperv_migration.model.facts import HostFacts, MigrationServiceStatus
from hyperv_migration.model.network import NetworkEntry, NewEntry
from hyperv_migration.model.replication import ReplicaAnswer
from hyperv_migration.model.sites import Elsewhere
from hyperv_migration.model.stamps import Stamp, Standing
from hyperv_migration.model.subnet import Subnet
from hyperv_migration.operations.deadline import Deadline
from hyperv_migration.operations.journal import Journal
from hyperv_migration.operations.run import Run

if TYPE_CHECKING:
    from hyperv_migration.operations.ready import Outage


class HostPort(Protocol):
    """One Hyper-V host. Every method but `facts` and `rdma` is one message (job polls apart) and may raise any MigrationError."""

    @property
    def ready_timeout(self) -> float:
        """Seconds to wait for a migration service that is not there yet, as after a reboot."""
        ...

    @property
    def outage(self) -> Outage:
        """Since when the service has not shown itself, as far as this run has seen."""
        ...

    @property
    def seen(self) -> bool:
        """Whether this run has seen the service, on this connection."""
        ...

    @property
    def forget_when_unreachable(self) -> bool:
        """Whether a destroy gives up on a host that nobody answers for (onUnreachableDestroy)."""
        ...

    def exclusive(self) -> AbstractContextManager[object]:
        """Keep the run's other operations off this host while one reads, writes and reads back."""
        ...

    def facts(self) -> HostFacts:
        """Who and what the host is; read once per run."""
        ...

    def rdma(self) -> bool | None:
        """Whether a network adapter has RDMA switched on; None where that cannot be seen. Read once per run, if asked.

        Raises what keeps a host from answering at all.
        """
        ...

    def settings(self) -> dict[str, Any]:
        """The migration settings by their input names.

        Raises NotFound when the host positively has no Hyper-V, NotReady when it has but shows no migration service.
        """
        ...

    def status(self) -> MigrationServiceStatus:
        """Listener addresses and what is in flight."""
        ...

    def networks(self) -> list[NetworkEntry]:
        """Every entry of the migration network list, whoever manages it."""
        ...

    def write_settings(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Write the changes over what the host shows right now; the whole instance is sent, so it is read directly before.

        Returns the settings as they were sent.
        """
        ...

    def changing(self) -> bool:
        """Whether the host still runs a job that changes settings of its services, whoever began it."""
        ...

    def add_network(self, subnet: Subnet, priority: int | None) -> None:
        """Add one named network, marked as managed by the user."""
        ...

    def set_priority(self, entry: NetworkEntry, priority: int) -> None:
        """Change the metric of one entry, keeping everything else of it."""
        ...

    def add_entry(self, entry: NewEntry) -> None:
        """Add one entry as it is told."""
        ...

    def remove_networks(self, entries: Sequence[NetworkEntry]) -> None:
        """Remove exactly these entries."""
        ...

    def purge_tickets(self) -> None:
        """Run `klist purge` for LocalSystem and NETWORK SERVICE on the host."""
        ...


class DirectoryPort(Protocol):
    """One domain, seen through the one domain controller that is written to."""

    @property
    def domain(self) -> str:
        """The domain's DNS name."""
        ...

    @property
    def domain_controller(self) -> str:
        """DNS name of the domain controller that answers and is written to."""
        ...

    def remarks(self) -> list[str]:
        """What is to be said of the way to it, to the first who asks; connects."""
        ...

    @property
    def replication_timeout(self) -> float:
        """Seconds to wait until the other domain controllers have a change."""
        ...

    def find_computers(self, names: Sequence[str]) -> dict[str, list[ComputerAccount]]:
        """Look all names up in one search: short name, FQDN, sAMAccountName, DN or GUID each."""
        ...

    def owners_of(self, service_principal_names: Sequence[str]) -> dict[str, list[str]]:
        """For each name, the DNs of the accounts of any kind that carry exactly this name, in one search."""
        ...

    def beyond_base(self, names: Sequence[str]) -> dict[str, list[ComputerAccount]]:
        """Look names up in the whole domain that were not found below directory.baseDn, in one search, if one is set."""
        ...

    def survey(
        self, names: Sequence[str], service_principal_names: Sequence[str]
    ) -> tuple[dict[str, list[ComputerAccount]], dict[str, list[str]]]:
        """What `find_computers` and `owners_of` return, in one search over the whole domain."""
        ...

    def acted_upon(self, guids: Sequence[str]) -> frozenset[str]:
        """Of these accounts, those with resource-based delegation towards them, in one search."""
        ...

    def computer(self, guid: str) -> ComputerAccount | None:
        """Read one account by objectGUID; None only if the directory positively says it is gone."""
        ...

    def change(self, account: ComputerAccount, change: AccountChange) -> bool:
        """Send one modify with compare-and-swap; False means somebody else was faster and nothing was written."""
        ...

    def standing(self, stamps: Iterable[Stamp]) -> Standing:
        """What the domain controller that is written to has of all writes, as far as these stamps make it worth asking."""
        ...

    def bound(self) -> Stamp | None:
        """A write on the domain controller that is written to that none before is after; None where it does not tell."""
        ...

    def replicas(self, site: str | None) -> list[str]:
        """DNS names of the writable domain controllers of the domain, of one site or of all."""
        ...

    def site_of(self, account: ComputerAccount) -> str | None:
        """The site the directory's subnets put the account's host into; None where that cannot be told."""
        ...

    def elsewhere(self, domain_controller: str) -> Elsewhere | None:
        """Where a domain controller is that is in another site than the one written to; None where it is not."""
        ...

    def push(self, guid: str, source: str, target: str) -> None:
        """Ask one domain controller to fetch one object from another one at once; a refusal is no error."""
        ...

    def ask_replica(self, domain_controller: str, guid: str) -> ReplicaAnswer:
        """Read the account on another domain controller; never raises for an unreachable one, but says so."""
        ...


class Targets(Protocol):
    """Opens ports by name; connections are made at first use and shared by the run."""

    def host(self, computer_name: str, profile: str | None, deadline: Deadline | None = None) -> HostPort:
        """Return the port of one host; its waits end at the deadline."""
        ...

    def directory(self, source: str, profile: str | None) -> DirectoryPort:
        """Return the port of the domain in which `source` lives."""
        ...


class Log(Protocol):
    """Where warnings and progress go: the engine's log, under the resource."""

    def warning(self, message: str) -> None:
        """Show a warning that stays in the output."""
        ...

    def note(self, message: str) -> None:
        """Show what the user has to know or do, and let it stay in the output: the essential first, as a terminal cuts it."""
        ...

    def progress(self, message: str) -> None:
        """Show what is being waited for."""
        ...


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call of the engine: who asks, how long it may take, where to speak."""

    targets: Targets
    log: Log
    run: Run = field(default_factory=Run)
    """What the calls of one run share."""
    urn: str = ""
    timeout: float = 0.0
    """Seconds from customTimeouts for the whole operation; 0 leaves the defaults of its parts."""
    begun: float = field(default_factory=time.monotonic)
    """When the engine called, on the monotonic clock."""
    cancelled: Callable[[], bool] = field(default=lambda: False)

    @property
    def journal(self) -> Journal:
        """The notes of this stack on this machine."""
        return Journal(
            urn=self.urn,
            unusable=self.without_state_folder,
            noted=lambda there: self.run.note(self.urn, there=there),
        )

    def without_state_folder(self, error: Exception) -> None:
        """Say once in a run that this machine keeps nothing between runs, and what that costs."""
        if self.run.first("without a state folder"):
            self.log.warning(
                f"The state folder of this user cannot be used ({type(error).__name__}). What is found before a first write is "
                "not noted, so after a killed run nothing can put it back; and this run takes no turns with other engines on "
                "this machine. Set XDG_STATE_HOME to the absolute path of a folder that can be written."
            )

    def deadline(self, default: float = 300.0) -> Deadline:
        """Say when the operation is over that customTimeouts limits; else start the clock of a part of it."""
        if self.timeout:
            return Deadline(self.timeout, since=self.begun, cancelled=self.cancelled, progress=self.log.progress)
        return Deadline(default, cancelled=self.cancelled, progress=self.log.progress)
