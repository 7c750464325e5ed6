"""Which resource of a run has which target: what two declare is refused, and what another one has is not taken away.

Every resource of a program is checked in every run, before anything is done; what is to be deleted is not. So:

1. Check declares a target by the names that the inputs give it. A second resource with one of these names is refused.
2. Diff, which follows the Check of a resource that stays, tells its id: the resource holds the target.
   Diff without a Check is the engine's look at what depends on a replaced resource; it holds nothing.
3. A Check after the Diff begins a replace: the resource holds nothing until its Create.
4. Create and Update hold the target.
5. Delete of a target that somebody holds writes nothing there. That somebody may be the same resource: then what is deleted
   is what an earlier replace has left over.

A refresh reads what is to be deleted too, so a Read holds nothing. What `--target` leaves out is neither checked nor compared,
and an explicit provider is a process of its own: neither can be known here.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What one resource of the run has."""

    urn: str
    names: frozenset[str] = frozenset()
    """What its target is called, as far as it is known; empty where several resources may share one."""
    id: str = ""
    """The target it holds; empty until that is known."""
    state: Mapping[str, Any] = field(default_factory=dict)
    parts: frozenset[str] = frozenset()
    """What it declares of a target that it shares."""
    created: bool = False
    """Whether this run has created it, so that whatever it found, others were there before."""


class Claims:
    """The claims of one run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._claims: dict[tuple[str, str], Claim] = {}
        self._replaced: dict[tuple[str, str, str], Mapping[str, Any]] = {}
        self._taken: dict[tuple[str, str, str], Mapping[str, Any]] = {}

    def declare(self, kind: str, urn: str, names: Iterable[str]) -> str | None:
        """Enter what Check has seen; returns the other resource that has one of the names, and enters nothing then."""
        if not urn:
            return None
        claim = Claim(urn=urn, names=frozenset(names))
        with self._lock:
            if (other := self._clash(kind, claim)) is None:
                self._claims[kind, urn] = claim
            return other

    def compare(  # noqa: PLR0913 - what Diff is told and answers
        self,
        kind: str,
        urn: str,
        id: str,  # noqa: A002 - the engine's word
        state: Mapping[str, Any],
        *,
        parts: Iterable[str],
        moves: bool,
        changed: bool,
    ) -> str | None:
        """Enter what Diff has seen; returns the other resource that has the same target, and enters nothing then."""
        with self._lock:
            declared = self._claims.get((kind, urn))
            if declared is None:
                return None
            if changed:
                self._replaced[kind, urn, id] = state
            if moves:
                return None
            names = declared.names | {id} if declared.names else declared.names
            claim = replace(declared, names=names, id=id, state=state, parts=frozenset(parts))
            if (other := self._clash(kind, claim)) is None:
                self._claims[kind, urn] = claim
            return other

    def hold(  # noqa: PLR0913 - what an operation tells
        self,
        kind: str,
        urn: str,
        id: str,  # noqa: A002 - the engine's word
        state: Mapping[str, Any],
        *,
        parts: Iterable[str] = (),
        created: bool = False,
    ) -> None:
        """Enter what was created or updated."""
        with self._lock:
            declared = self._claims.get((kind, urn), Claim(urn=urn))
            names = declared.names | {id} if declared.names else declared.names
            self._claims[kind, urn] = replace(
                declared, names=names, id=id, state=state, parts=frozenset(parts), created=created
            )

    def holders(self, kind: str, id: str, *, except_urn: str | None = None) -> list[Claim]:  # noqa: A002 - the engine's word
        """Return who holds a target; where the engine's names are not known, nobody is left out."""
        with self._lock:
            return [claim for claim in self._of(kind) if claim.id == id and (not except_urn or claim.urn != except_urn)]

    def predecessor(self, kind: str, urn: str, id: str) -> Mapping[str, Any] | None:  # noqa: A002
        """Return, once, the state that Diff saw of what a create replaces, if it is about the very same target."""
        with self._lock:
            state = self._replaced.get((kind, urn, id))
            if state is not None:
                self._taken[kind, urn, id] = state
            return state

    def inherited(self, kind: str, urn: str, id: str, state: Mapping[str, Any]) -> bool:  # noqa: A002
        """Tell whether the create has taken over just this state, so that nothing is left to hand on."""
        with self._lock:
            return self._taken.get((kind, urn, id)) == state

    def _of(self, kind: str) -> Iterator[Claim]:
        return (claim for (of, _), claim in self._claims.items() if of == kind)

    def _clash(self, kind: str, claim: Claim) -> str | None:
        return next(
            (other.urn for other in self._of(kind) if other.urn != claim.urn and other.names & claim.names), None
        )


def parts_of(claims: Iterable[Claim]) -> frozenset[str]:
    """Return what several resources declare of a target that they share."""
    return frozenset[str]().union(*(claim.parts for claim in claims))


def name_of(urn: str) -> str:
    """Return the name that a program gave a resource; it may hold colons, as the subnets of IPv6 do."""
    return urn.split("::", 3)[-1] or "another resource"
