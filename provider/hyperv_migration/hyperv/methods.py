"""Methods of the migration service: return codes, and jobs polled to their end (hyperv-wsman.md §1.2, §1.7)."""

from __future__ import annotations

import re

from hyperv_migration.model.errors import (
    AccessDenied,
    MigrationError,
    NotFound,
    ProtocolViolation,
    RemoteFault,
    TimedOut,
)
from hyperv_migration.operations.deadline import Deadline, GrowingPauses
from hyperv_migration.wsman.cim import EndpointReference, Instance
from hyperv_migration.wsman.envelope import Parameters
from hyperv_migration.wsman.refusals import NotShown
from hyperv_migration.wsman.session import Session

DONE = 0
JOB_STARTED = 4096
ACCESS_DENIED = 32769

_MEANING = {
    1: "not supported",
    2: "unknown failure",
    3: "timeout",
    4: "failed",
    5: "invalid parameter",
    6: "in use",
    32768: "failed",
    32769: "access denied",
    32770: "not supported",
    32771: "status unknown",
    32772: "timeout",
    32773: "invalid parameter",
    32774: "system in use",
    32775: "invalid state",
    32776: "incorrect data type",
    32777: "system not available",
    32778: "out of memory",
}
_SUCCEEDED = {7, 32768}
_FAILED = {8, 9, 10}
_MODIFY_SETTINGS = 4
"""JobType "modify management service settings"."""
_FIRST_POLL = 0.1
_SLOWEST_POLL = 2.0
ADDRESS_NOT_VALID = 0x80072741
"""WSAEADDRNOTAVAIL as HRESULT: a listener's address is not valid yet, as in duplicate address detection (§2.5)."""
_HRESULT = re.compile(r"0x([0-9A-Fa-f]{8})")


def call_method(
    session: Session, service: EndpointReference, method: str, parameters: Parameters, deadline: Deadline
) -> None:
    """Call a method and see it through: return code 4096 is a job, which is polled until it ends or the deadline passes."""
    output = session.invoke(service, method, parameters, deadline)
    code = output.integer("ReturnValue")
    if code is None:
        raise ProtocolViolation(f"{session.target} answered {method} without a return value; check what answers there.")
    if code == JOB_STARTED:
        job = output.reference("Job")
        if job is None:
            raise ProtocolViolation(f"{session.target} started a job for {method} and did not say which.")
        _see_job_through(session, method, job, deadline)
    elif code != DONE:
        raise _failure(session.target, method, code, began=False)


def changes_settings(job: Instance) -> bool:
    """Tell whether a job may still change settings; jobs of virtual machines, which may take hours, do not."""
    if job.integer("JobState") in _SUCCEEDED | _FAILED:
        return False
    return job.integer("JobType") in {_MODIFY_SETTINGS, None}


def _see_job_through(session: Session, method: str, job: EndpointReference, deadline: Deadline) -> None:
    polls = GrowingPauses(deadline, first=_FIRST_POLL, longest=_SLOWEST_POLL)
    while True:
        try:
            # The reference's own URI and selectors, unchanged: the job may be of a derived class (§1.7).
            instance = session.get(job, deadline)
        except (NotFound, NotShown):
            # A finished job vanishes after a while, with its result; only reading the settings can tell.
            raise TimedOut(f"{session.target} forgot the job of {method} before it was read to its end.") from None
        state = instance.integer("JobState")
        if state in _SUCCEEDED:
            return
        if state in _FAILED or state is None:
            raise _job_failure(session, method, job, instance, deadline)
        polls.pause(waiting_for=f"the job of {method} on {session.target}")


def _job_failure(
    session: Session, method: str, job: EndpointReference, instance: Instance, deadline: Deadline
) -> MigrationError:
    """Name the failure by number; the texts, which are localised, are searched for nothing but HRESULTs."""
    code = instance.integer("ErrorCode") or 32768
    texts = [instance.text("ErrorDescription") or "", instance.text("ErrorSummaryDescription") or ""]
    hresults = _hresults(texts) or _hresults(_errors(session, job, deadline))
    return _failure(session.target, method, hresults[0] if hresults else code)


def _errors(session: Session, job: EndpointReference, deadline: Deadline) -> list[str]:
    try:
        return list(session.invoke(job, "GetErrorEx", {}, deadline).texts("Errors"))
    except MigrationError:
        # The reason is a courtesy; that the job failed is known already.
        return []


def _hresults(texts: list[str]) -> list[int]:
    return [int(number, 16) for text in texts for number in _HRESULT.findall(text)]


def _failure(target: str, method: str, code: int, *, began: bool = True) -> MigrationError:
    number = f"0x{code:08X}" if code >= 0x80000000 else str(code)  # noqa: PLR2004 - where HRESULTs begin
    if code == ACCESS_DENIED:
        return AccessDenied(
            f"{target} refuses {method} ({number}, access denied); add the account to Hyper-V Administrators."
        )
    if code == ADDRESS_NOT_VALID:
        return RemoteFault(
            f"{target} could not set up its listener for {method} ({number}); its address is not valid yet, try again.",
            code=code,
            began=began,
        )
    meaning = _MEANING.get(code)
    said = f"{number}, {meaning}" if meaning else number
    return RemoteFault(
        f"{target} could not do {method} ({said}); see the Hyper-V-VMMS event log there.", code=code, began=began
    )
