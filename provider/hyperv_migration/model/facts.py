"""What is known of a Hyper-V host before anything is written to it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class HostFacts:
    """Facts of one host, read once per process; None means not known, for lack of rights or an old build."""

    name: str
    """DNSHostName, without the domain."""
    domain: str
    """DNS name of the domain, or the workgroup's name; what stands behind the host's name where neither is shown."""
    domain_joined: bool | None
    build: int | None
    operating_system: str | None
    credential_guard_running: bool | None
    clustered: bool | None
    live_migration_capable: bool | None
    site: str | None = None
    """The Active Directory site the host is in, as Windows itself knows it (Win32_NTDomain)."""

    @property
    def fqdn(self) -> str:
        """The id of the host: DNSHostName and domain in lower case, or the short name in a workgroup."""
        in_domain = self.domain_joined is not False and self.domain
        return f"{self.name}.{self.domain}".lower() if in_domain else self.name.lower()


@dataclass(frozen=True, kw_only=True)
class MigrationServiceStatus:
    """What the migration service says of itself."""

    listener_addresses: tuple[str, ...]
    active_migrations: int
    active_storage_migrations: int
