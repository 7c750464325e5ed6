"""The prerequisites two hosts have to meet together. Pure."""

from __future__ import annotations

import ipaddress

from hyperv_migration.model.network import named_networks, uses_any_network
from hyperv_migration.model.readiness import Check, Finding, joined, no, unknown, yes
from hyperv_migration.model.readiness_seen import HostSeen, PairSeen
from hyperv_migration.model.subnet import Network


def _why_unseen(pair: PairSeen, *seen: object) -> str:
    return next(host.why_unseen for host, one in zip(pair.hosts, seen, strict=True) if one is None)


def _same_domain(pair: PairSeen) -> Finding:
    one, other = (host.facts for host in pair.hosts)
    if one is None or other is None:
        return unknown(_why_unseen(pair, one, other))
    if one.domain_joined is None or other.domain_joined is None:
        return unknown(_why_unseen(pair, one.domain_joined, other.domain_joined))
    if not (one.domain_joined and other.domain_joined):
        return no("At least one of them is in no domain.", "Join both hosts to one domain: Add-Computer -DomainName.")
    if one.domain.casefold() == other.domain.casefold():
        return yes(f"Both are in {one.domain}.")
    domains = joined({one.domain, other.domain})
    if not pair.delegation_needed:
        return unknown(
            f"They are in {domains}, and use CredSSP.", "See that the domains trust each other: Get-ADTrust -Filter *."
        )
    return no(f"They are in {domains}, and classic constrained delegation does not cross a trust.")


def _same_authentication(pair: PairSeen) -> Finding:
    one, other = (host.setting("authenticationType") for host in pair.hosts)
    if one is None or other is None:
        return unknown(_why_unseen(pair, one, other))
    if one == other:
        return yes(f"Both use {one}.")
    return no(f"{pair.source.name} uses {one}, {pair.destination.name} uses {other}.")


def _common_network(pair: PairSeen) -> Finding:
    if any(host.entries is None for host in pair.hosts):
        return unknown(_why_unseen(pair, *(host.entries for host in pair.hosts)))
    anywhere = [host.name for host in pair.hosts if uses_any_network(host.entries or ())]
    if anywhere:
        return yes(f"Any network is allowed at {' and '.join(anywhere)}.")
    one, other = (_networks(host) for host in pair.hosts)
    shared = [each for each in one if any(_overlap(each, another) for another in other)]
    if shared:
        return yes(f"{joined(shared)}.")
    said = f"{pair.source.name} allows {joined(one) or 'none'}, {pair.destination.name} {joined(other) or 'none'}."
    if one and other and (_only_addresses(one) or _only_addresses(other)):
        # Single addresses, each host its own, as in the days of 2012 R2 (P19): whether they reach each other is open.
        return unknown(said, "Name subnets that both hosts have an address in, instead of single addresses.")
    return no(said)


def _networks(host: HostSeen) -> list[Network]:
    subnets = [entry.subnet for entry in named_networks(host.entries or ())]
    return [ipaddress.ip_network(str(subnet)) for subnet in subnets if subnet is not None]


def _overlap(one: Network, other: Network) -> bool:
    return one.version == other.version and one.overlaps(other)


def _only_addresses(networks: list[Network]) -> bool:
    return all(network.prefixlen == network.max_prefixlen for network in networks)


def _ports(pair: PairSeen) -> Finding:
    commands = [
        f"Test-NetConnection {there.name} -Port {port} (on {here.name})"
        for here, there in (pair.hosts, pair.hosts[::-1])
        for port in (6600, 445)
    ]
    return unknown(
        "Ports are not probed from here, because only a connection between the two hosts says anything.",
        f"Run {'; '.join(commands)}.",
    )


PAIR_CHECKS: tuple[Check[PairSeen], ...] = (
    Check(
        id="sameDomain",
        question="Are {subject} in one domain?",
        judge=_same_domain,
        remedy="Use hosts of one domain, or authenticationType CredSSP at both.",
        look="Get-CimInstance Win32_ComputerSystem",
    ),
    Check(
        id="sameAuthentication",
        question="Do {subject} use the same authentication type?",
        judge=_same_authentication,
        remedy="Declare the same authenticationType for both.",
        look="(Get-VMHost).VirtualMachineMigrationAuthenticationType",
    ),
    Check(
        id="commonNetwork",
        question="Do {subject} allow a network in common?",
        judge=_common_network,
        remedy="Declare a MigrationNetwork with the same subnet for both, or useAnyNetwork.",
        look="Get-VMMigrationNetwork",
    ),
    Check(
        id="ports",
        question="Do {subject} reach each other on TCP 6600 and 445?",
        judge=_ports,
        remedy="",
        look="Test-NetConnection -Port 6600",
        decisive=False,
    ),
)
