"""Replication lag told from drift: who wrote an attribute last, and how far a domain controller follows the others. Pure.

The evidence is the directory's own (directory-estate.md §2): each attribute carries the stamp of its last write, the same on
every domain controller, and each domain controller says up to which write of every other one it has all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

BOUND = "highestCommittedUSN"
"""In the place of an attribute's name: where no stamp may be read, the write is not after this one of the same database."""


@dataclass(frozen=True, kw_only=True)
class Stamp:
    """One write of an attribute, as every domain controller that has it tells it."""

    version: int
    invocation: str
    """The database that the write was made on; a domain controller restored from a backup gets another one."""
    usn: int


Stamps = Mapping[str, Stamp]
"""By the attribute's name."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What one domain controller has of the writes of all."""

    invocation: str | None = None
    """Its own database; None where that may not be read."""
    followed: Mapping[str, int] | None = None
    """Up to which USN of each other database it has everything; None where that was not asked or may not be read."""
    present: frozenset[str] | None = None
    """The databases of the domain controllers that the directory lists; None where that was not asked or may not be read."""

    def reaches(self, stamp: Stamp) -> bool | None:
        """Tell whether the write has come by here; None where nobody can say, as the database it was made on is no more."""
        if stamp.invocation == self.invocation:
            return True
        if self.followed is None:
            return None
        reached = self.followed.get(stamp.invocation)
        if reached is not None and reached >= stamp.usn:
            return True
        return None if self.present is not None and stamp.invocation not in self.present else False


class Verdict(Enum):
    """What a domain controller's view of an account says about what was last known of it."""

    ARRIVED = auto()
    """It is the account as it was last known."""
    DRIFT = auto()
    """It had that, and somebody has written since."""
    LAG = auto()
    """It has not had that yet: its values say nothing."""
    CONFLICT = auto()
    """It has not had that yet, and somebody has written to it meanwhile: one of the two will be lost."""
    UNKNOWN = auto()
    """Nobody can say."""

    @property
    def believed(self) -> bool:
        """Whether what is not there is gone."""
        return self in {Verdict.ARRIVED, Verdict.DRIFT}

    @property
    def late(self) -> bool:
        """Whether what is known is still on its way."""
        return self in {Verdict.LAG, Verdict.CONFLICT}


_GRAVEST = (Verdict.CONFLICT, Verdict.LAG, Verdict.UNKNOWN, Verdict.DRIFT, Verdict.ARRIVED)


def same_writes(known: Stamps, there: Stamps | None) -> bool:
    """Tell whether an account shows exactly the writes that are known; never where none are."""
    return bool(known) and there is not None and all(there.get(name) == stamp for name, stamp in known.items())


def behind(known: Stamps, there: Stamps | None) -> bool:
    """Tell whether an account shows another write than a known one, and no later one; never where none may be read."""
    if not there:
        return False
    stamped = {name: stamp for name, stamp in known.items() if name != BOUND}
    return any(
        name not in there or (there[name] != stamp and there[name].version <= stamp.version)
        for name, stamp in stamped.items()
    )


def judge(known: Stamps, there: Stamps | None, standing: Standing) -> Verdict:
    """Weigh what a domain controller shows against the writes that are known; `there` is None for an account it lacks.

    The same where its stamps may not be read: then what has come by decides.
    """
    found = {_judged(stamp, (there or {}).get(name), standing) for name, stamp in known.items()}
    return next((verdict for verdict in _GRAVEST if verdict in found), Verdict.UNKNOWN)


def _judged(known: Stamp, there: Stamp | None, standing: Standing) -> Verdict:
    if there == known:
        return Verdict.ARRIVED
    newer = there is not None and there.version >= known.version
    reaches = standing.reaches(known)
    if reaches is None:
        return Verdict.UNKNOWN
    if reaches:
        # An older write where a newer one has come by: a part of the directory only, or none of it at all.
        return Verdict.DRIFT if newer or there is None else Verdict.UNKNOWN
    return Verdict.CONFLICT if newer else Verdict.LAG


def stamps_of(state: Mapping[str, Any]) -> dict[str, Stamp]:
    """Return the writes that a state knows; none in a state of before they were kept."""
    return {
        name: Stamp(version=int(kept["version"]), invocation=kept["invocationId"], usn=int(kept["usn"]))
        for name, kept in (state.get("writtenTo") or {}).items()
    }


def as_state(stamps: Stamps | None) -> dict[str, Any]:
    """Return the writes as a state keeps them."""
    return {
        "writtenTo": {
            name: {"version": stamp.version, "invocationId": stamp.invocation, "usn": str(stamp.usn)}
            for name, stamp in (stamps or {}).items()
        }
    }


def all_own(stamps: Iterable[Stamp], invocation: str | None) -> bool:
    """Tell whether all writes were made on one database."""
    return invocation is not None and all(stamp.invocation == invocation for stamp in stamps)
