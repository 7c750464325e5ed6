"""How much longer an operation goes on after ^C, the same on both faces."""

from __future__ import annotations

from hyperv_migration.model.errors import Cancelled
from hyperv_migration.operations.run import Run

LAST_ANSWERS, GIVEN_UP = 0.5, 1.2
"""Seconds after a cancel. The command line shall be free again within two.

A target that is well answers within the moment that is left to it, so that the state says what was written. Then the sockets
are shut, and who still waits, as for a name or for somebody to take a connection, is not waited for.
"""


def given_up(run: Run, urn: str) -> Cancelled:
    """What is said for an operation that is not waited for any more; `urn` is empty where none can write."""
    if run.has_note(urn):
        return Cancelled(
            "Stopped before the target answered; whether it was changed is not known. What was found before the first "
            "write is noted on this machine, and the next up goes on from there."
        )
    if urn:
        return Cancelled(
            "Stopped before the target answered. Nothing was noted on this machine; a refresh shows what the target has now."
        )
    return Cancelled("Stopped before the target answered.")
