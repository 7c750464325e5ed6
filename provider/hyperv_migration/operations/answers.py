"""What the operations on a host make of its answers, and of their absence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hyperv_migration.model.errors import (
    Cancelled,
    Conflict,
    InvalidInput,
    MigrationError,
    ProtocolViolation,
    RemoteFault,
    TimedOut,
    Unreachable,
)
from hyperv_migration.model.facts import HostFacts

ANSWER_LOST: Final[tuple[type[MigrationError], ...]] = (TimedOut, Unreachable, ProtocolViolation, Cancelled)
"""After one of these a write may or may not have happened: only reading again tells.

A cancel ends the wait for a job, not the job itself, which goes on at the host.
"""


def may_have_written(error: MigrationError) -> bool:
    """Tell whether a write that ended so may have had an effect; a failed job, say, may have been half done."""
    return isinstance(error, ANSWER_LOST) or (isinstance(error, RemoteFault) and error.began)


def require_id(kind: str, id: str, validate: Callable[[str], object]) -> None:  # noqa: A002 - the engine's word
    """Refuse an id for an import that can name nothing, before anything is sent."""
    try:
        validate(id)
    except InvalidInput as error:
        raise InvalidInput(f"{id!r} can be no id of a {kind}: {error}") from None


def another_machine(facts: HostFacts, expected: str) -> Conflict:
    """Say that who answers is not who the state is about."""
    return Conflict(
        f"The machine that answers calls itself {facts.fqdn}, but the state is about {expected}; nothing was written. "
        "Check DNS and the addresses setting; after a rename, remove the resource from the state and create it anew."
    )
