"""Where a network's entry comes from, and which metric goes back to it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hyperv_migration.model.declaration import State
from hyperv_migration.model.network import NetworkEntry

Noted = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Origin:
    """What a MigrationNetwork knows of its entry beside what the host shows."""

    preexisting: bool
    """Whether it was found, so that it stays; what we added, or added again, is ours."""
    prior: int | None = None
    """The metric found, to be put back."""
    written: int | None = None
    """The metric we last ensured; None while it is not managed."""

    @classmethod
    def of(cls, state: State) -> Origin:
        """Read it from a state."""
        return cls(
            preexisting=bool(state.get("preexisting")),
            prior=state.get("priorPriority"),
            written=state.get("writtenPriority"),
        )

    @property
    def found(self) -> dict[str, Any]:
        """What was found, as states and notes keep it."""
        return {"preexisting": self.preexisting, **({} if self.prior is None else {"priorPriority": self.prior})}

    def knows(self, other: Origin, *, newer: bool) -> bool:
        """Tell whether nothing is to be learnt of the other one: it knows no more, or had found what this one had made.

        One that is known to be the newer one made nothing that the other could have found.
        """
        if not self.preexisting or not other.preexisting:
            return not self.preexisting
        later = not newer and other.prior == self.written and self.prior not in {None, other.written}
        return other.prior in {None, self.prior} or later

    def with_noted(self, entry: NetworkEntry | None, found: Noted, intended: Noted) -> Origin:
        """Return it with what a note on this machine tells, if the entry is as it was to be then."""
        written = intended.get("priority")
        if entry is None or written not in {None, entry.metric}:
            return self
        return Origin(
            preexisting=self.preexisting and bool(found.get("preexisting", True)),
            prior=found.get("priorPriority", self.prior),
            written=self.written if written is None else written,
        )

    def ensuring(self, entry: NetworkEntry | None, priority: int | None) -> Origin:
        """Return what is known once the entry is there with this priority.

        The metric that was found stays known while the priority is managed; managed anew, it is what is found now.
        """
        if entry is None or not self.preexisting:
            return Origin(preexisting=False, written=priority)
        known = self.prior if self.written is not None and self.prior is not None else entry.metric
        return Origin(preexisting=True, prior=None if priority is None else known, written=priority)
