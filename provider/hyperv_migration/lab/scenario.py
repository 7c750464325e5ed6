"""What a lab starts from: one domain, its accounts, its computers and its Hyper-V hosts, as a TOML file tells it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from hyperv_migration.lab.options import Options

MIGRATION_SERVICE = "Microsoft Virtual System Migration Service"


@dataclass(frozen=True, kw_only=True)
class Account:
    """Somebody who may sign in, at every host and in the directory."""

    name: str
    password: str = field(default="", repr=False)
    """Without one the account signs in with a ticket or a certificate only."""
    administrator: bool = True
    """Member of Administrators on each host; may write computer accounts in the directory."""
    remote_management_user: bool = False
    """Member of Remote Management Users on each host: may use WinRM, and sees no root/cimv2 by that (hyperv-wsman.md §6)."""
    reads_cimv2: bool = False
    """Has Enable and Remote Enable on root/cimv2 of each host, the grant of docs/rights.md."""
    hyperv_administrator: bool = False
    """Member of Hyper-V Administrators on each host; needs Remote Management Users beside it (§6)."""
    enable_delegation: bool = True
    """Holds SeEnableDelegationPrivilege on the domain controllers (active-directory.md, 15-18)."""
    certificate_subject: str | None = None
    """The user principal name, or common name, in the client certificate that stands for this account at each host."""


@dataclass(frozen=True, kw_only=True)
class Computer:
    """A computer account of the directory that is not (also) an emulated host, such as a file server."""

    name: str
    service_principal_names: tuple[str, ...] = ()
    """Beside HOST/short and HOST/fqdn, which every computer account carries."""
    user_account_control: int = 0x1000
    allowed_to_delegate_to: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Network:
    """One entry of a host's migration networks at the start."""

    subnet_number: str
    prefix_length: int
    metric: int = 0
    tags: tuple[str, ...] = ("Microsoft:UserManaged",)


@dataclass(frozen=True, kw_only=True)
class Host:
    """One emulated Hyper-V host; its computer account stands in the directory too, with the SPNs vmms registers."""

    name: str
    address: str = "127.0.0.1"
    port: int = 0
    """0 takes any free port."""
    scheme: str = "http"
    """http (sealed messages) or https (the lab makes its own certificate authority)."""
    keytab: str | None = None
    """File with the keys of the host's computer account in a real domain: the host takes Kerberos, too (§3.7)."""
    build: int = 20348
    domain_joined: bool = True
    clustered: bool = False
    credential_guard_running: bool = False
    role_installed: bool = True
    listener_addresses: tuple[str, ...] = ("192.168.10.11",)
    networks: tuple[Network, ...] = ()
    live_migration_capable: bool = True
    """Whether a migration setting of type 32768 exists (hyperv-wsman.md §1.6)."""
    rdma: Literal["enabled", "disabled", "none"] = "enabled"
    """Whether its network adapter can do RDMA, and does (MSFT_NetAdapterRdmaSettingData)."""
    jobs: bool = False
    """Answer the settings methods with 4096 and a job instead of 0."""
    options: Options = field(default_factory=Options)
    """What is open about real hosts, and the settings of WinRM."""
    user_account_control: int = 0x1000
    allowed_to_delegate_to: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Replica:
    """Where a second domain controller listens, which follows the first one until its replication is paused."""

    host_name: str = "dc2"
    address: str = "127.0.0.1"
    port: int = 0
    ldaps_port: int = 0


@dataclass(frozen=True, kw_only=True)
class Directory:
    """Where the embedded directory listens; None in a scenario means hosts only."""

    host_name: str = "dc1"
    address: str = "127.0.0.1"
    port: int = 0
    ldaps_port: int = 0
    latency: float = 0.0
    """Seconds each answer is on its way, as over a distance; a connection is made without."""
    replica: Replica | None = None


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A whole lab."""

    domain: str = "lab.test"
    netbios: str = "LAB"
    accounts: tuple[Account, ...] = ()
    directory: Directory | None = None
    computers: tuple[Computer, ...] = ()
    hosts: tuple[Host, ...] = ()
