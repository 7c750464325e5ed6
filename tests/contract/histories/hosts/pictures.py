"""What a host looks like at one moment, past every client of ours, in the words of a program."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hyperv_migration.lab.hosts.state import NetworkEntry, Snapshot

USER = "Microsoft:UserManaged"
ANY = "Microsoft:UserManagedAllNetworks"
CLUSTER = "Microsoft:ClusterManaged"
USE_ANY = "useAnyNetwork"

CIM = {
    "enabled": "EnableVirtualSystemMigration",
    "maximumVirtualMachineMigrations": "MaximumActiveVirtualSystemMigration",
    "maximumStorageMigrations": "MaximumActiveStorageMigration",
}
AUTHENTICATION = ("CredSSP", "Kerberos")
PERFORMANCE = {"TCPIP": (False, False), "Compression": (True, False), "SMB": (False, True)}


@dataclass(frozen=True)
class Entry:
    """One migration network; two spellings of a subnet are one."""

    identity: str
    subnet: str
    metric: int
    tags: tuple[str, ...]

    @property
    def is_any(self) -> bool:
        """Half of the any-network pair."""
        return ANY in self.tags

    @property
    def of_a_user(self) -> bool:
        """What an administrator may manage, and therefore we."""
        return USER in self.tags and CLUSTER not in self.tags


@dataclass(frozen=True)
class Machine:
    """One host: its own name, its settings by the names of a program, and its networks."""

    fqdn: str
    settings: Mapping[str, Any]
    entries: tuple[Entry, ...]
    clustered: bool = False

    @property
    def named(self) -> tuple[Entry, ...]:
        """The entries that are no half of the any-network pair."""
        return tuple(entry for entry in self.entries if not entry.is_any)

    @property
    def halves(self) -> frozenset[str]:
        """What is there of the any-network pair."""
        return frozenset(entry.subnet for entry in self.entries if entry.is_any)

    @property
    def everything(self) -> dict[str, Any]:
        """The settings, the any-network pair among them."""
        return {**self.settings, USE_ANY: self.halves == {"0.0.0.0/0", "::/0"}}

    @property
    def contents(self) -> tuple[Any, ...]:
        """What can be lost: the settings, and the entries without the identity that the host gives them."""
        entries = sorted((entry.subnet, entry.metric, entry.tags) for entry in self.entries)
        return sorted(self.settings.items()), entries

    def of(self, subnet: str) -> list[Entry]:
        """The named entries of one subnet."""
        return [entry for entry in self.named if entry.subnet == subnet]


def machine(fqdn: str, snapshot: Snapshot) -> Machine:
    """Read a host's state."""
    cim = snapshot.settings
    settings: dict[str, Any] = {name: cim[prop] for name, prop in CIM.items()}
    settings["authenticationType"] = AUTHENTICATION[int(cim["AuthenticationType"])]
    copied = (bool(cim["EnableCompression"]), bool(cim["EnableSmbTransport"]))
    settings["performanceOption"] = next(name for name, flags in PERFORMANCE.items() if flags == copied)
    entries = tuple(entry_of(entry) for entry in snapshot.networks)
    return Machine(fqdn, settings, entries, snapshot.facts.clustered)


def entry_of(entry: NetworkEntry) -> Entry:
    """Read one network."""
    return Entry(entry.instance_id, canonical(entry.subnet_number, entry.prefix_length), entry.metric, entry.tags)


def as_cim(name: str, value: Any) -> dict[str, bool | int]:
    """Return the CIM properties that carry one setting."""
    if name == "authenticationType":
        return {"AuthenticationType": AUTHENTICATION.index(value)}
    if name == "performanceOption":
        return dict(zip(("EnableCompression", "EnableSmbTransport"), PERFORMANCE[value], strict=True))
    return {CIM[name]: value}


def canonical(address: str, prefix_length: int) -> str:
    """Return the one spelling of a subnet."""
    return str(ipaddress.ip_network(f"{address}/{prefix_length}"))
