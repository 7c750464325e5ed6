"""What a SOAP fault is to who asked: one error for each kind of fault."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hyperv_migration.model.errors import AccessDenied, MigrationError, NotFound, RemoteFault, TimedOut
from hyperv_migration.wsman.fault import Fault, FaultKind


class QuotaExceeded(RemoteFault):
    """The host has too many WinRM operations running; nothing was done."""


class NotShown(RemoteFault):
    """The host shows no such class or instance at this moment, which does not say that there is none.

    WMI answers so for a namespace that is not there, and for a provider that is not there yet.
    """

    def __init__(self, message: str, *, fault: Fault) -> None:
        super().__init__(message, code=fault.code)
        self.said = str(fault)
        """The fault by its numbers."""


class Faltering(TimedOut):
    """WMI could not answer just now: it is stopping, or cannot load the provider, or has too much to do.

    What a method did that ended so is not known until the target is read again.
    """


def error_of(fault: Fault, target: str, namespace: str) -> MigrationError:
    """Return the error of a fault; its sentence has numbers and no localised text."""
    if fault.kind is FaultKind.ACCESS_DENIED:
        return AccessDenied(f"{target} denies access to its WMI namespace {namespace} ({fault}); {_grant(namespace)}.")
    return _ERRORS[fault.kind](fault, target)


def _grant(namespace: str) -> str:
    if namespace.startswith("root/virtualization"):
        return "add the account to Hyper-V Administrators and Remote Management Users there"
    return f"give the account Enable and Remote Enable on {namespace} there (docs/rights.md has the script)"


_ERRORS: Mapping[FaultKind, Callable[[Fault, str], MigrationError]] = {
    FaultKind.NO_NAMESPACE: lambda fault, target: NotFound(f"{target} has no such WMI namespace ({fault})."),
    FaultKind.NOT_SHOWN: lambda fault, target: NotShown(
        f"{target} shows no such class or instance ({fault}).", fault=fault
    ),
    FaultKind.TIMED_OUT: lambda fault, target: TimedOut(
        f"{target} did not finish within its operation timeout ({fault}); read it again before a retry."
    ),
    FaultKind.QUOTA: lambda fault, target: QuotaExceeded(
        f"{target} has too many WinRM operations running ({fault}); try again, or raise its quotas.", code=fault.code
    ),
    FaultKind.FALTERING: lambda fault, target: Faltering(
        f"WMI of {target} could not answer just now ({fault}); it is starting, stopping or overloaded. Try again."
    ),
    FaultKind.OTHER: lambda fault, target: RemoteFault(
        f"{target} refused the request ({fault}); see its WinRM event log.", code=fault.code
    ),
}
