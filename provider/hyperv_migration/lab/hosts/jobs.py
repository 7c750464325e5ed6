"""Jobs of the settings methods: a job takes some polls, then has its effect and its end (hyperv-wsman.md §1.7)."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import IntEnum

from hyperv_migration.lab.hosts import cim_xml
from hyperv_migration.lab.hosts.cim_xml import Unacceptable
from hyperv_migration.lab.hosts.migration_classes import CONCRETE_JOB, ERROR
from hyperv_migration.lab.hosts.schema import Instance
from hyperv_migration.lab.options import Options

FAILED = 32768
_HEALTHY, _FAULTY = 5, 25
_MODIFY_SETTINGS = 4
"""JobType "modify management service settings"."""


class JobState(IntEnum):
    """The states a job of the lab goes through."""

    RUNNING = 4
    COMPLETED = 7
    TERMINATED = 8
    KILLED = 9
    EXCEPTION = 10
    WARNINGS = 32768

    @property
    def succeeded(self) -> bool:
        """Completed, with or without warnings (§7 pitfall 16)."""
        return self in (JobState.COMPLETED, JobState.WARNINGS)


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a job is going to end."""

    state: JobState = JobState.COMPLETED
    error_code: int = 0
    description: str = ""
    """ErrorDescription; localised on real hosts, so nothing may be read out of it but numbers."""
    errors: tuple[str, ...] = ()
    """Messages of the Msvm_Error instances that GetErrorEx gives."""
    polls: int | None = None
    """None takes the host's own number."""


@dataclass
class Job:
    """One job."""

    identity: str
    ending: Ending
    effect: Callable[[], None] | None
    polls_left: int
    deadline: float
    submitted: datetime = field(default_factory=lambda: datetime.now(UTC))
    ended: datetime | None = None
    ended_at: float = 0.0
    state: JobState = JobState.RUNNING
    error_code: int = 0


class Jobs:
    """The jobs of one host; those that ended stay readable for a while."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._jobs: dict[str, Job] = {}
        self._lock = threading.RLock()

    def start(self, effect: Callable[[], None] | None, ending: Ending | None = None) -> Job:
        """Start a job that has its effect when it ends well, or when the ending says so."""
        ending = ending or Ending()
        polls = self._options.job_polls if ending.polls is None else ending.polls
        deadline = time.monotonic() + self._options.job_seconds
        job = Job(str(uuid.uuid4()).upper(), ending, effect, polls, deadline)
        with self._lock:
            self._jobs[job.identity] = job
        return job

    def settle(self, *, all_of_them: bool = False) -> None:
        """End what has run its time, and forget what ended long ago."""
        now = time.monotonic()
        with self._lock:
            for job in list(self._jobs.values()):
                if job.ended is None and (all_of_them or now >= job.deadline):
                    self._end(job)
                elif job.ended is not None and now >= job.ended_at + self._options.job_removal:
                    del self._jobs[job.identity]

    def polled(self, identity: str) -> None:
        """Note that somebody asked after a job; the last poll that it takes sees it ended."""
        with self._lock:
            job = self._jobs.get(identity.upper())
            if job is None or job.ended is not None:
                return
            job.polls_left -= 1
            if job.polls_left <= 0:
                self._end(job)

    def error_texts(self, identity: str, build: int) -> list[str]:
        """Give the Msvm_Error instances of a job, embedded as text."""
        with self._lock:
            job = self._jobs.get(identity.upper())
        messages = () if job is None or job.ended is None else job.ending.errors
        shown = {"CIMStatusCode": 1, "ErrorType": 4, "OwningEntity": "Hyper-V"}
        return [cim_xml.write(Instance(ERROR, {**shown, "Message": each}), build) for each in messages]

    def instances(self) -> list[Instance]:
        """Give the jobs as Msvm_ConcreteJob."""
        with self._lock:
            return [_instance(job, self._options) for job in self._jobs.values()]

    def _end(self, job: Job) -> None:
        job.state, job.error_code = job.ending.state, job.ending.error_code
        if job.effect is not None:
            try:
                job.effect()
            except Unacceptable as error:
                job.state, job.error_code = JobState.EXCEPTION, error.code
        job.ended, job.ended_at = datetime.now(UTC), time.monotonic()


def _instance(job: Job, options: Options) -> Instance:
    running = job.ended is None
    failed = not running and not job.state.succeeded
    now = datetime.now(UTC)
    return Instance(
        CONCRETE_JOB,
        {
            "InstanceID": job.identity,
            "Name": "Msvm_ConcreteJob",
            "Caption": "Job",
            "Description": "Job",
            "ElementName": "Job",
            "OperationalStatus": (2,) if running else (6, 17) if failed else (2, 17),
            "StatusDescriptions": ("OK",),
            "Status": "OK",
            "HealthState": _FAULTY if failed else _HEALTHY,
            "JobStatus": "Running" if running else "Error" if failed else "OK",
            "TimeSubmitted": job.submitted,
            "ScheduledStartTime": job.submitted,
            "StartTime": job.submitted,
            "ElapsedTime": (job.ended or now) - job.submitted,
            "JobRunTimes": 1,
            "LocalOrUtcTime": 2,
            "Owner": "",
            "PercentComplete": 50 if running else 100,
            "DeleteOnCompletion": False,
            "ErrorCode": job.error_code,
            "ErrorDescription": job.ending.description if failed else None,
            "ErrorSummaryDescription": job.ending.description if failed else None,
            "JobState": int(job.state),
            "TimeOfLastStateChange": job.ended or job.submitted,
            "TimeBeforeRemoval": timedelta(seconds=options.job_removal),
            "Cancellable": False,
            "JobType": _MODIFY_SETTINGS,
        },
    )
