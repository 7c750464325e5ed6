"""Domain controllers, sites and subnets, as the configuration partition tells them."""

from __future__ import annotations

import ipaddress
import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hyperv_migration.directory.accounts import WRITABLE_CONTROLLERS
from hyperv_migration.directory.entries import Entry
from hyperv_migration.directory.session import Session
from hyperv_migration.model.sites import DEFAULT_INTERVAL, SiteLink

_GUID_LENGTH = 16
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, kw_only=True)
class Controller:
    """A writable domain controller of the domain; site None where it is not known."""

    name: str
    site: str | None
    invocation: str | None = None
    """Which database it writes to at present; None where that may not be read."""
    settings: str | None = None
    """The objectGUID of its NTDS Settings."""


def writable_controllers(found: Session) -> list[Controller]:
    """List the writable domain controllers of the domain, dead ones that were never demoted included.

    A domain controller is writable for the domain if its NTDS Settings masters the domain's naming context; a
    read-only one holds it only as a replica (active-directory.md, 54 and 55). Where the configuration does not show the
    one that is asked, the accounts of domain controllers are taken instead.
    """
    root = found.root()
    domain, configuration = root.text("defaultNamingContext") or "", root.text("configurationNamingContext") or ""
    sites = f"CN=Sites,{configuration}"
    entries = found.search(
        sites,
        "(|(objectClass=nTDSDSA)(objectClass=server))",
        (
            "objectClass",
            "dNSHostName",
            "msDS-hasMasterNCs",
            "hasMasterNCs",
            "msDS-isRODC",
            "invocationId",
            "objectGUID",
        ),
    )
    servers = {entry.dn.casefold(): entry for entry in entries if entry.text("dNSHostName")}
    listed = [
        Controller(
            name=server.text("dNSHostName") or "",
            site=_site_of(server.dn),
            invocation=_guid(entry, "invocationId"),
            settings=_guid(entry, "objectGUID"),
        )
        for entry in entries
        if _masters(entry, domain) and (server := servers.get(entry.dn.partition(",")[2].casefold())) is not None
    ]
    own = (root.text("dnsHostName") or found.controller).casefold()
    if any(controller.name.casefold() == own for controller in listed):
        return listed
    accounts = found.search(domain, WRITABLE_CONTROLLERS, ("dNSHostName",))
    names = {name.casefold(): name for entry in accounts if (name := entry.text("dNSHostName"))}
    return [Controller(name=name, site=None) for name in names.values()]


def _guid(entry: Entry, name: str) -> str | None:
    octets = entry.octets(name)
    if octets is not None and len(octets) != _GUID_LENGTH:
        raise entry.broken(name, f"has {len(octets)} octets")
    return None if octets is None else str(uuid.UUID(bytes_le=octets))


def _masters(entry: Entry, domain: str) -> bool:
    contexts = {*entry.texts("msDS-hasMasterNCs"), *entry.texts("hasMasterNCs")}
    read_only = (entry.text("msDS-isRODC") or "").upper() == "TRUE"
    return not read_only and domain.casefold() in {context.casefold() for context in contexts}


def _site_of(server_dn: str) -> str | None:
    """Return the site in a server's name, CN=DC1,CN=Servers,CN=<site>,CN=Sites and so on."""
    parts = server_dn.split(",")
    return parts[2].partition("=")[2] if len(parts) > 3 and parts[1].casefold() == "cn=servers" else None  # noqa: PLR2004


def site_links(found: Session) -> list[SiteLink]:
    """Return the links between sites, which say how long a change may wait between them."""
    configuration = found.root().text("configurationNamingContext") or ""
    names = ("siteList", "cost", "replInterval", "options")
    entries = found.search(f"CN=Inter-Site Transports,CN=Sites,{configuration}", "(objectClass=siteLink)", names)
    return [
        SiteLink(
            sites=frozenset(dn.split(",")[0].partition("=")[2].casefold() for dn in entry.texts("siteList")),
            cost=_number(entry, "cost", 100),
            interval=_number(entry, "replInterval", DEFAULT_INTERVAL),
            options=_number(entry, "options", 0),
        )
        for entry in entries
    ]


def _number(entry: Entry, name: str, default: int) -> int:
    text = entry.text(name)
    if text is None:
        return default
    if not re.fullmatch(r"-?[0-9]{1,10}", text):
        raise entry.broken(name, "is no number")
    return int(text)


def site_of_address(found: Session, addresses: Sequence[Address]) -> str | None:
    """Return the site whose subnet fits one of the addresses best; None if no subnet does."""
    configuration = found.root().text("configurationNamingContext") or ""
    entries = found.search(f"CN=Subnets,CN=Sites,{configuration}", "(objectClass=subnet)", ("cn", "siteObject"))
    return best_site(addresses, ((entry.text("cn") or "", entry.text("siteObject") or "") for entry in entries))


def best_site(addresses: Sequence[Address], subnets: Iterable[tuple[str, str]]) -> str | None:
    """Choose by the longest prefix among (subnet, DN of its site) pairs; what is no subnet is passed over."""
    best: tuple[int, str] | None = None
    for text, site in subnets:
        try:
            network = ipaddress.ip_network(text)
        except ValueError:
            continue
        fits = any(address.version == network.version and address in network for address in addresses)
        if fits and site and (best is None or network.prefixlen > best[0]):
            best = (network.prefixlen, site.split(",")[0].partition("=")[2])
    return best[1] if best else None
