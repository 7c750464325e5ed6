"""What one host is and what it has been told, with every change in order: nothing is lost, so a test can look back."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from hyperv_migration.lab.scenario import Host, Network

TICKETS_PURGED = "tickets purged"
ADMINISTRATOR = "administrator at the console"
USER_MANAGED = "Microsoft:UserManaged"

FRESH: Mapping[str, bool | int] = {
    "EnableVirtualSystemMigration": False,
    "MaximumActiveVirtualSystemMigration": 2,
    "MaximumActiveStorageMigration": 2,
    "AuthenticationType": 0,
    "EnableCompression": True,
    "EnableSmbTransport": False,
}
"""The out-of-box settings, from the dump of a real host (hyperv-wsman.md §1.3)."""
TRANSPORTS = ("EnableCompression", "EnableSmbTransport")
FIRST_WITH_TRANSPORTS = 9600
"""Windows Server 2012 R2; 9200 lacks the two transport settings."""


@dataclass(frozen=True)
class NetworkEntry:
    """One migration network as the host keeps it."""

    instance_id: str
    subnet_number: str
    prefix_length: int
    metric: int
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """What the host is; changed only from outside."""

    build: int
    domain: str
    """DNS name of the domain; a workgroup's name where the host is in none."""
    domain_joined: bool
    clustered: bool
    credential_guard_running: bool
    role_installed: bool
    live_migration_capable: bool
    listener_addresses: tuple[str, ...]
    """Constant: the lab derives no listener from the networks."""
    rdma: str = "enabled"
    """RDMA of its adapter: enabled, disabled, or none."""
    cluster_feature: bool = False
    """The feature is installed and no cluster was made: its namespace stands and is empty."""
    service_running: bool = True
    """vmms; while it does not run, the namespace stands and its classes have no instances."""
    active_migrations: int = 0
    active_storage_migrations: int = 0


@dataclass(frozen=True)
class Snapshot:
    """The whole state at one moment."""

    settings: Mapping[str, bool | int]
    networks: tuple[NetworkEntry, ...]
    facts: Facts


@dataclass(frozen=True)
class Change:
    """One change of the state."""

    time: datetime
    by: str
    what: str
    """settings, network added, network changed, network removed, facts or tickets purged."""
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    snapshot: Snapshot
    """The state right after the change."""


@dataclass
class HostState:
    """The state of one host; safe for several threads."""

    name: str
    _snapshot: Snapshot
    history: list[Change] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    @classmethod
    def of(cls, host: Host, domain: str) -> HostState:
        """Make the fresh state of a scenario's host."""
        facts = Facts(
            build=host.build,
            domain=domain if host.domain_joined else "WORKGROUP",
            domain_joined=host.domain_joined,
            clustered=host.clustered,
            credential_guard_running=host.credential_guard_running,
            role_installed=host.role_installed,
            live_migration_capable=host.live_migration_capable,
            listener_addresses=host.listener_addresses,
            rdma=host.rdma,
        )
        settings = {
            name: value
            for name, value in FRESH.items()
            if host.build >= FIRST_WITH_TRANSPORTS or name not in TRANSPORTS
        }
        networks = tuple(_entry(network) for network in host.networks)
        return cls(host.name.upper()[:15], Snapshot(settings, networks, facts))

    @property
    def snapshot(self) -> Snapshot:
        """The state now."""
        with self.lock:
            return self._snapshot

    def change_settings(self, changes: Mapping[str, bool | int], by: str) -> None:
        """Change settings; one entry in the history, also where nothing differs, as a host that is told twice."""
        with self.lock:
            before = self._snapshot.settings
            unknown = changes.keys() - before.keys()
            if unknown:
                raise ValueError(f"a host of build {self._snapshot.facts.build} has no setting {', '.join(unknown)}")
            after = {**before, **changes}
            self._keep(by, "settings", before, after, replace(self._snapshot, settings=after))

    def add_network(self, network: Network, by: str) -> NetworkEntry:
        """Add an entry under an identity of the host's own making; gives the entry."""
        with self.lock:
            entry = _entry(network)
            networks = (*self._snapshot.networks, entry)
            self._keep(by, "network added", {}, asdict(entry), replace(self._snapshot, networks=networks))
            return entry

    def change_network(self, instance_id: str, by: str, /, **changes: Any) -> None:
        """Change an entry.

        Raises:
            LookupError: There is none of that identity.
        """
        with self.lock:
            old = self.network(instance_id)
            new = replace(old, **changes)
            networks = tuple(new if each is old else each for each in self._snapshot.networks)
            self._keep(by, "network changed", asdict(old), asdict(new), replace(self._snapshot, networks=networks))

    def remove_network(self, instance_id: str, by: str) -> None:
        """Remove an entry.

        Raises:
            LookupError: There is none of that identity.
        """
        with self.lock:
            old = self.network(instance_id)
            networks = tuple(each for each in self._snapshot.networks if each is not old)
            self._keep(by, "network removed", asdict(old), {}, replace(self._snapshot, networks=networks))

    def network(self, instance_id: str) -> NetworkEntry:
        """Find an entry; keys are compared without case (§7 pitfall 4).

        Raises:
            LookupError: There is none of that identity.
        """
        for entry in self.snapshot.networks:
            if entry.instance_id.lower() == instance_id.lower():
                return entry
        raise LookupError(f"{self.name} has no network {instance_id}")

    def change_facts(self, **changes: Any) -> None:
        """Change what the host is; a fact that does not exist is a TypeError."""
        with self.lock:
            before = self._snapshot.facts
            after = replace(before, **changes)
            self._keep(ADMINISTRATOR, "facts", asdict(before), asdict(after), replace(self._snapshot, facts=after))

    def purge_tickets(self, logon_id: str, by: str) -> None:
        """Note that the tickets of a logon session are gone; the lab has no tickets, so nothing else changes."""
        with self.lock:
            self._keep(by, TICKETS_PURGED, {}, {"logon_id": logon_id}, self._snapshot)

    def _keep(
        self, by: str, what: str, before: Mapping[str, Any], after: Mapping[str, Any], snapshot: Snapshot
    ) -> None:
        self._snapshot = snapshot
        self.history.append(Change(datetime.now(UTC), by, what, before, after, snapshot))


def new_instance_id() -> str:
    """Make an InstanceID; the format of a real one is not known (§10.1): opaque, and not derived from the subnet."""
    return f"Microsoft:{str(uuid.uuid4()).upper()}"


def _entry(network: Network) -> NetworkEntry:
    identity = new_instance_id()
    return NetworkEntry(identity, network.subnet_number, network.prefix_length, network.metric, tuple(network.tags))
