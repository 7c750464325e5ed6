"""What becomes of a write whose answer was lost: it may still be running on the host when nothing of it shows yet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from hyperv_migration.model.errors import MigrationError, TimedOut
from hyperv_migration.operations.answers import ANSWER_LOST
from hyperv_migration.operations.deadline import Deadline, GrowingPauses
from hyperv_migration.operations.ports import HostPort

_LONGEST_PAUSE = 2.0
_LATER_LOOKS = (0.5, 1.0, 1.5)
"""Seconds before each further look where no job runs: a method that answers without a job may take a moment, too."""

_Seen = TypeVar("_Seen")


@dataclass(frozen=True, kw_only=True)
class Aftermath(Generic[_Seen]):
    """What was seen last, and whether more may still come of the write."""

    seen: _Seen
    open: bool
    """True where it is not known that the write has ended: nobody may say that nothing was written."""


def await_jobs(port: HostPort, deadline: Deadline) -> None:
    """Wait until the host runs no job that changes settings. Raises what keeps that from being seen, or TimedOut."""
    host, pauses = port.facts().fqdn, GrowingPauses(deadline, longest=_LONGEST_PAUSE)
    while port.changing():
        pauses.pause(waiting_for=f"an earlier change of {host} that is still running there")


def aftermath(
    port: HostPort,
    deadline: Deadline,
    *,
    lost: MigrationError,
    look: Callable[[], _Seen],
    done: Callable[[_Seen], bool],
) -> Aftermath[_Seen]:
    """Look at the host after a write failed, and where its answer was lost until it shows or has surely ended.

    1. What shows is done.
    2. Jobs that change settings are waited for, within the deadline.
    3. Where none runs, further looks follow within a few seconds.

    A host that gave no answer within the operation timeout may still be at it after that: this stays open.
    """
    seen = look()
    if not isinstance(lost, ANSWER_LOST) or done(seen):
        return Aftermath(seen=seen, open=False)
    ended = True
    try:
        await_jobs(port, deadline)
        seen = look()
        for pause in _LATER_LOOKS:
            if done(seen):
                break
            deadline.pause(pause, waiting_for=f"what {port.facts().fqdn} makes of a change whose answer was lost")
            seen = look()
    except MigrationError:
        # What was seen last stands; that the write has ended was not seen.
        ended = False
    return Aftermath(seen=seen, open=not done(seen) and (not ended or isinstance(lost, TimedOut)))
