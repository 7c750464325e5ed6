"""The prerequisites each host has to meet by itself. Pure."""

from __future__ import annotations

import ipaddress

from hyperv_migration.model.network import named_networks, uses_any_network
from hyperv_migration.model.readiness import Check, Finding, joined, no, unknown, yes
from hyperv_migration.model.readiness_seen import HostSeen

FIRST_BUILD, LAST_BUILD = 9600, 26100
"""Windows Server 2012 R2 to 2025."""


def _hyper_v(host: HostSeen) -> Finding:
    if host.hyper_v is None:
        return unknown(host.why_unseen)
    if host.hyper_v:
        return yes("root/virtualization/v2 is there.")
    return no(f"{host.name} answers and has no root/virtualization/v2.")


def _service(host: HostSeen) -> Finding:
    if host.settings is not None:
        return yes("It shows its settings.")
    if host.hyper_v is False:
        return no("Hyper-V is not installed.")
    return unknown(host.why_unseen)


def _domain_joined(host: HostSeen) -> Finding:
    if host.facts is None or host.facts.domain_joined is None:
        return unknown(host.why_unseen)
    if host.facts.domain_joined:
        return yes(f"It is in {host.facts.domain}.")
    return no(f"It is in workgroup {host.facts.domain}.")


def _build(host: HostSeen) -> Finding:
    if host.facts is None or host.facts.build is None:
        return unknown(host.why_unseen)
    build = host.facts.build
    if build < FIRST_BUILD:
        return no(f"Its build is {build}.")
    if build > LAST_BUILD:
        return unknown(
            f"Its build is {build}, newer than any this provider is known to work with ({LAST_BUILD}).",
            "Try it on a host that may fail, and read the release notes of its build.",
        )
    return yes(f"Its build is {build}.")


def _capable(host: HostSeen) -> Finding:
    capable = host.facts.live_migration_capable if host.facts else None
    if host.hyper_v is False:
        return no("Hyper-V is not installed.")
    if capable is None:
        return unknown(host.why_unseen)
    return yes("It offers live migration.") if capable else no("It has Hyper-V and offers no live migration.")


def _enabled(host: HostSeen) -> Finding:
    enabled = host.setting("enabled")
    if enabled is None:
        return unknown(host.why_unseen)
    return yes("It is switched on.") if enabled else no("It is switched off.")


def _listening(host: HostSeen) -> Finding:
    if host.status is None:
        return unknown(host.why_unseen)
    addresses = host.status.listener_addresses
    if not addresses:
        # Some hosts list only addresses in networks that are configured (fidelity.md, listener-addresses).
        if host.entries is None:
            return unknown("It lists no address, and its networks could not be seen.")
        if not (uses_any_network(host.entries) or named_networks(host.entries)):
            return unknown(
                "It lists no address, and no network is configured yet.",
                "Declare a MigrationNetwork first, or useAnyNetwork in its MigrationHost, and look again.",
            )
        return no("It lists no address.")
    # The list holds the host's usable addresses, enabled or not (hyperv-wsman.md §1.2).
    once = "" if host.setting("enabled") is not False else ", once live migration is switched on"
    return yes(f"{joined(addresses)}{once}.")


def _allowed(host: HostSeen) -> Finding:
    if host.entries is None:
        return unknown(host.why_unseen)
    if uses_any_network(host.entries):
        return yes("Any network.")
    names = [entry.subnet for entry in named_networks(host.entries)]
    return yes(f"{joined(names)}.") if names else no("It allows neither any network nor a named one.")


def _address_in_network(host: HostSeen) -> Finding:
    if host.entries is None or host.status is None:
        return unknown(host.why_unseen)
    if uses_any_network(host.entries):
        return yes("Any network is allowed.")
    networks = [str(entry.subnet) for entry in named_networks(host.entries) if entry.subnet is not None]
    addresses = host.status.listener_addresses
    within = [each for each in addresses if any(holds(network, each) for network in networks)]
    if within:
        return yes(f"{joined(within)}.")
    if not networks and not addresses:
        # Likewise: what its addresses are shows once there is a network.
        return unknown("It lists no address, and no network is configured yet.", "Declare a MigrationNetwork first.")
    return no(f"None of its addresses ({joined(addresses) or 'none'}) lies in {joined(networks) or 'a network'}.")


def holds(network: str, address: str) -> bool:
    """Tell whether an address, which may carry a zone, lies in a network."""
    try:
        return ipaddress.ip_address(address.partition("%")[0].strip()) in ipaddress.ip_network(network)
    except ValueError:
        return False


def _confined(host: HostSeen) -> Finding:
    if host.entries is None:
        return unknown(host.why_unseen)
    names = [entry.subnet for entry in named_networks(host.entries)]
    if names and uses_any_network(host.entries):
        return no(f"Any network is used, so {joined(names)} confines nothing.")
    return yes("No named network is overruled.")


def _credentials(host: HostSeen) -> Finding:
    authentication = host.setting("authenticationType")
    guard = host.facts.credential_guard_running if host.facts else None
    if authentication is None:
        return unknown(host.why_unseen)
    if authentication != "CredSSP":
        return yes(f"It uses {authentication}, which Credential Guard leaves alone.")
    if guard is None:
        return unknown("It uses CredSSP, and whether Credential Guard runs cannot be seen.")
    return no("It uses CredSSP, and Credential Guard runs.") if guard else yes("Credential Guard does not run.")


def _not_clustered(host: HostSeen) -> Finding:
    clustered = host.facts.clustered if host.facts else None
    if clustered is None:
        return unknown(host.why_unseen)
    return no("It is a node of a failover cluster.") if clustered else yes("It is in no failover cluster.")


def _rdma(host: HostSeen) -> Finding:
    performance = host.setting("performanceOption")
    if performance is None:
        return unknown(host.why_unseen)
    if performance != "SMB":
        return yes(f"It uses {performance}, which needs none.")
    if host.rdma is None:
        return unknown("It uses SMB, and what its adapters can do cannot be seen.")
    return yes("An adapter has RDMA on.") if host.rdma else no("It uses SMB, and no adapter has RDMA on.")


HOST_CHECKS: tuple[Check[HostSeen], ...] = (
    Check(
        id="reachable",
        question="Does {subject} answer over WinRM, and accept the account in use?",
        judge=lambda host: host.contact,
        remedy="Give the account that is configured the rights of docs/rights.md there, or configure another one.",
        look="Test-WSMan",
        # About us, and not about the two hosts: what they are is told by the other rows.
        decisive=False,
    ),
    Check(
        id="hyperV",
        question="Is the Hyper-V role installed on {subject}?",
        judge=_hyper_v,
        remedy="Install it: Install-WindowsFeature Hyper-V -IncludeManagementTools -Restart.",
        look="Get-WindowsFeature Hyper-V",
    ),
    Check(
        id="service",
        question="Does the Virtual Machine Management service (vmms) of {subject} answer?",
        judge=_service,
        remedy="Install the Hyper-V role first.",
        look="Get-Service vmms",
    ),
    Check(
        id="domainJoined",
        question="Is {subject} a member of a domain?",
        judge=_domain_joined,
        remedy="Join it: Add-Computer -DomainName.",
        look="Get-CimInstance Win32_ComputerSystem",
    ),
    Check(
        id="operatingSystem",
        question="Is the Windows build of {subject} one that is supported?",
        judge=_build,
        remedy=f"Use Windows Server 2012 R2 (build {FIRST_BUILD}) or later.",
        look="Get-CimInstance Win32_OperatingSystem",
    ),
    Check(
        id="liveMigrationCapable",
        question="Does {subject} offer live migration at all?",
        judge=_capable,
        remedy="Install the Hyper-V role on an edition of Windows that has live migration.",
        look="Get-VMHost",
    ),
    Check(
        id="notClustered",
        question="Is {subject} outside a failover cluster?",
        judge=_not_clustered,
        remedy="Leave live migration to the cluster, or take the node out of it.",
        look="Get-Cluster",
    ),
    Check(
        id="enabled",
        question="Is live migration switched on at {subject}?",
        judge=_enabled,
        remedy="Declare enabled in its MigrationHost (Enable-VMMigration).",
        look="(Get-VMHost).VirtualMachineMigrationEnabled",
    ),
    Check(
        id="credentialGuard",
        question="Can {subject} pass credentials on as its authentication type wants?",
        judge=_credentials,
        remedy="Use authenticationType Kerberos with a KerberosDelegation, since Credential Guard breaks CredSSP.",
        look="Get-CimInstance Win32_DeviceGuard -Namespace root/Microsoft/Windows/DeviceGuard",
    ),
    Check(
        id="listening",
        question="Has {subject} an address on which it accepts migrations?",
        judge=_listening,
        remedy="Give it a network adapter with an address other than link-local, and restart vmms.",
        look="Get-CimInstance Msvm_VirtualSystemMigrationService -Namespace root/virtualization/v2",
    ),
    Check(
        id="networksAllowed",
        question="Does {subject} allow any network, or at least one named network, for migrations?",
        judge=_allowed,
        remedy="Declare a MigrationNetwork, or useAnyNetwork in its MigrationHost.",
        look="Get-VMMigrationNetwork",
    ),
    Check(
        id="addressInNetwork",
        question="Has {subject} an address in one of the networks it allows?",
        judge=_address_in_network,
        remedy="Name the subnet of one of its addresses in a MigrationNetwork.",
        look="Get-VMMigrationNetwork; Get-NetIPAddress",
    ),
    Check(
        id="namedNetworksUsed",
        question="Do the named networks of {subject} confine migrations?",
        judge=_confined,
        remedy="Set useAnyNetwork to false in its MigrationHost, or take the named networks away.",
        look="(Get-VMHost).UseAnyNetworkForMigration",
        decisive=False,
    ),
    Check(
        id="rdma",
        question="Has {subject} RDMA where it copies memory over SMB?",
        judge=_rdma,
        remedy="Use performanceOption Compression, or switch RDMA on: Enable-NetAdapterRdma.",
        look="Get-NetAdapterRdma",
        decisive=False,
    ),
)
