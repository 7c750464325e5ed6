"""Who and what a host is, from root/cimv2 and beside it (hyperv-wsman.md §5). Read once per host and process."""

from __future__ import annotations

from collections.abc import Callable

from hyperv_migration.hyperv import classes
from hyperv_migration.hyperv.namespaces import is_there
from hyperv_migration.model.errors import AccessDenied, NotFound, ProtocolViolation, RemoteFault
from hyperv_migration.model.facts import HostFacts
from hyperv_migration.model.terminal import printable
from hyperv_migration.wsman.cim import Instance
from hyperv_migration.wsman.refusals import Faltering, NotShown
from hyperv_migration.wsman.session import Session

_LONGEST_NAME = 255
"""Octets of a DNS name (RFC 1035 §2.3.4)."""
_CREDENTIAL_GUARD = "1"
"""Win32_DeviceGuard.SecurityServicesRunning: 1 is Credential Guard."""


def read_facts(session: Session, name_in_full: Callable[[], str]) -> HostFacts:
    """Read the facts; what cannot be seen is None, but who the host is must be known.

    A member of Remote Management Users does not see root/cimv2 without a grant (docs/rights.md). `name_in_full` tells then
    who the host is.
    """
    computer = _only(session, "Win32_ComputerSystem")
    system = _only(session, "Win32_OperatingSystem") if computer is not None else None
    if computer is not None:
        name = computer.text("DNSHostName") or computer.required_text("Name")
        domain = computer.text("Domain") or computer.text("Workgroup") or ""
    else:
        name, _, domain = name_in_full().partition(".")
    return HostFacts(
        name=_name(session, name),
        domain=_name(session, domain),
        domain_joined=None if computer is None else computer.boolean("PartOfDomain") is True,
        build=system.integer("BuildNumber") if system is not None else None,
        operating_system=printable(system.text("Caption") or "") or None if system is not None else None,
        credential_guard_running=_seen(session, classes.DEVICE_GUARD, _credential_guard_running, absent=False),
        clustered=_seen(session, classes.CLUSTER, _clustered, absent=False),
        live_migration_capable=_seen(session, classes.VIRTUALIZATION, _live_migration_capable),
    )


def _name(session: Session, text: str) -> str:
    """Return a name that ids and messages may carry."""
    if len(text) > _LONGEST_NAME or not text.isprintable():
        raise ProtocolViolation(
            f"{session.target} says a name that no computer or domain has; check what answers there."
        )
    return text


def _only(session: Session, class_name: str) -> Instance | None:
    """Return the one instance; None where it is hidden from the account."""
    try:
        instances = session.enumerate(classes.CIMV2, f"SELECT * FROM {class_name}")  # noqa: S608 - a constant
    except AccessDenied:
        return None
    if len(instances) > 1:
        raise ProtocolViolation(f"{session.target} shows {len(instances)} instances of {class_name}; there is one.")
    return instances[0] if instances else None


def _seen(
    session: Session, namespace: str, look: Callable[[Session], bool | None], *, absent: bool | None = None
) -> bool | None:
    """Three answers: what was seen, what a positively missing namespace means, and None for what may not be seen."""
    try:
        return look(session)
    except NotFound:
        return absent
    except NotShown:
        return absent if is_there(session, namespace) is False else None
    except (AccessDenied, Faltering, RemoteFault):
        return None


def _credential_guard_running(session: Session) -> bool | None:
    instances = session.enumerate(classes.DEVICE_GUARD, "SELECT * FROM Win32_DeviceGuard")
    return _CREDENTIAL_GUARD in instances[0].texts("SecurityServicesRunning") if instances else None


def _clustered(session: Session) -> bool | None:
    """Tell whether there is a cluster; the feature alone, installed and not in use, has its service disabled."""
    try:
        if session.enumerate(classes.CLUSTER, "SELECT * FROM MSCluster_Cluster"):
            return True
    except NotShown:
        if is_there(session, classes.CLUSTER) is False:
            return False
    except RemoteFault:
        # The service tells.
        pass
    services = session.enumerate(classes.CIMV2, "SELECT * FROM Win32_Service WHERE Name = 'ClusSvc'")
    return False if services and services[0].text("StartMode") == "Disabled" else None


def read_rdma(session: Session) -> bool | None:
    """Tell whether an adapter has RDMA switched on (Get-NetAdapterRdma); None where that cannot be seen.

    Adapters without RDMA are not listed at all, and an empty list may be a lack of rights: so it counts only where the
    adapters themselves are shown.
    """
    return _seen(session, classes.STANDARD_CIMV2, _rdma)


def _rdma(session: Session) -> bool | None:
    capable = session.enumerate(classes.STANDARD_CIMV2, "SELECT * FROM MSFT_NetAdapterRdmaSettingData")
    if capable:
        return any(instance.boolean("Enabled") for instance in capable)
    return False if session.enumerate(classes.STANDARD_CIMV2, "SELECT * FROM MSFT_NetAdapter") else None


def _live_migration_capable(session: Session) -> bool | None:
    query = f"SELECT * FROM {classes.MIGRATION_SETTING}"  # noqa: S608 - a constant
    instances = session.enumerate(classes.VIRTUALIZATION, query)
    # An empty list may be a lack of rights or a service still starting: not known, and no reason to refuse.
    if not instances:
        return None
    return any(instance.integer("MigrationType") == classes.LIVE_MIGRATION for instance in instances)
