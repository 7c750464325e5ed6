"""What the oracle knows of resources that were destroyed before others of their account and stack.

A destroy puts back what was found before the first of them, in whatever order they go: who goes first leaves what it knows,
for the others of its run, and on this machine for those whose entries were there beside it when it went.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from contract.histories.judgements import as_expected
from contract.histories.kept import Where
from contract.histories.oracle import Owned, after_removal
from contract.histories.pictures import Account


@dataclass(frozen=True)
class Departed:
    """What one resource knew when it went, and the entries of others that were there then."""

    owned: Owned
    beside: frozenset[str]

    def concerns(self, owned: Owned) -> bool:
        """Whether entries of that resource were there beside it."""
        return bool(owned.own & self.beside)


@dataclass
class _Left:
    """The departures of one account in one stack."""

    here: dict[Where, Departed] = field(default_factory=dict)
    noted: dict[Where, Departed] = field(default_factory=dict)
    doubtful: set[Where] = field(default_factory=set)
    """Whose destroy failed so that nobody can tell whether it wrote; then it has left what it knows, or taken it back."""

    def next_run(self) -> None:
        """Only what stood beside others is noted on this machine."""
        self.noted = {where: one for where, one in {**self.noted, **self.here}.items() if one.beside}
        self.here = {}

    def known_to(self, where: Where, owned: Owned) -> Iterator[Owned]:
        """What the resource knows with what those knew who went before; two answers where that cannot be told."""
        others = {one: left for one, left in self.noted.items() if one != where and left.concerns(owned)}
        others |= {one: left for one, left in self.here.items() if one != where}
        for names in ([*others], [one for one in others if one not in self.doubtful]):
            known = owned
            # In the order in which they are asked: those of this run first.
            for one in sorted(names, key=lambda one: one not in self.here):
                known = replace(known.inheriting(others[one].owned), own=owned.own)
            yield known

    def leave(self, where: Where, owned: Owned, live: Account, *, sure: bool) -> None:
        """Enter what a resource leaves when it goes, or fails to."""
        self.noted.pop(where, None)
        self.here[where] = Departed(owned, live.entries - owned.own)
        (self.doubtful.discard if sure else self.doubtful.add)(where)

    def over(self, owned: Owned) -> None:
        """The account is as it was before all that this resource has taken in."""
        self.here = {}
        self.noted = {where: one for where, one in self.noted.items() if not one.concerns(owned)}

    def begun_anew(self, own: frozenset[str]) -> None:
        """Entries of these names are a new resource's now."""
        self.noted = {
            where: Departed(one.owned, one.beside - own) for where, one in self.noted.items() if one.beside - own
        }


@dataclass
class Departures:
    """The departures of one history, per stack and account."""

    _left: dict[tuple[str, str], _Left] = field(default_factory=dict)

    def next_run(self) -> None:
        """A new process begins."""
        for left in self._left.values():
            left.next_run()

    def begun_anew(self, where: Where, guid: str, own: frozenset[str]) -> None:
        """A resource was created with entries of its own."""
        self._at(where, guid).begun_anew(own)

    def failed(self, where: Where, owned: Owned, looks: tuple[Account, Account, Account]) -> None:
        """A destroy failed; the looks are at the beginning, with what others did counted in, and at the end."""
        first, live, now = looks
        self._at(where, owned.guid).leave(where, owned, first, sure=live != now)

    def gone(self, where: Where, guid: str) -> None:
        """The account is gone."""
        self._left.pop((where[0], guid), None)

    def removed(  # noqa: PLR0913 - what is known of one destroy
        self,
        where: Where,
        owned: Owned,
        looks: tuple[Account, Account, Account],
        *,
        on_destroy: str,
        claimed: frozenset[str],
        late: bool,
    ) -> None:
        """Hold what a destroy leaves against what was known before it, by the resource and by those that went first."""
        first, live, now = looks
        left = self._at(where, owned.guid)
        known = {after_removal(live, one, on_destroy, claimed): one for one in left.known_to(where, owned)}
        expected = now if now in known else next(iter(known))
        as_expected("delete", live, now, expected, late=late)
        left.leave(where, owned, first, sure=True)
        if now.entries <= known[expected].found.entries and not claimed:
            left.over(owned)

    def _at(self, where: Where, guid: str) -> _Left:
        return self._left.setdefault((where[0], guid), _Left())
