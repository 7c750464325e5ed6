"""Searches: which objects, which of their attributes, and how much of it in one answer."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from hyperv_migration.lab.directory import codec, messages
from hyperv_migration.lab.directory.controller import DomainController, Identity
from hyperv_migration.lab.directory.entries import Entry
from hyperv_migration.lab.directory.framing import MAX_MESSAGE, Malformed
from hyperv_migration.lab.directory.messages import Scope
from hyperv_migration.lab.directory.readable import Readable
from hyperv_migration.lab.directory.results import Code, Result, critical_extension, no_such_object
from hyperv_migration.lab.directory.root_dse import DOMAIN_SCOPE, PAGED_RESULTS, read_root_dse
from hyperv_migration.lab.directory.schema import ATTRIBUTES, Attribute, Trait, attribute

_RANGE = re.compile(r";range=(\d+)-(\d+|\*)$", re.IGNORECASE)
_NOTHING = "1.1"
_SIZE_LIMIT = Result(
    Code.SIZE_LIMIT_EXCEEDED, "000020EF: SvcErr: DSID-03140645, problem 5010 (ADMIN_LIMIT_EXCEEDED), data 0\n"
)


@dataclass
class Pages:
    """The paged searches that are open on one connection; cookies mean nothing on another."""

    _open: dict[bytes, list[messages.FoundEntry | messages.FoundReference]] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def keep(self, rest: list[messages.FoundEntry | messages.FoundReference]) -> bytes:
        """Keep what did not fit, and give the cookie that asks for it."""
        cookie = b"page-%d" % next(self._numbers)
        self._open[cookie] = rest
        return cookie

    def take(self, cookie: bytes) -> list[messages.FoundEntry | messages.FoundReference]:
        """Give what a cookie stands for, once."""
        if cookie not in self._open:
            raise critical_extension(PAGED_RESULTS)
        return self._open.pop(cookie)


class Searcher:
    """Runs searches for one identity."""

    def __init__(self, controller: DomainController, identity: Identity) -> None:
        self._controller = controller
        self._values = Readable(controller, identity).values

    def run(
        self, request: messages.Search, controls: tuple[messages.Control, ...], pages: Pages
    ) -> list[messages.Response]:
        """Give the whole answer to a search, its last message included."""
        paging = next((each for each in controls if each.oid == PAGED_RESULTS), None)
        if not request.base and request.scope == Scope.BASE:
            return [*read_root_dse(self._controller, request), messages.Answer(Result())]
        with self._controller.database.lock:
            if paging is not None:
                return self._page(request, controls, pages, paging)
            found = self._found(request, controls)
        limit = min(self._page_limit(), request.size_limit or len(found))
        over = len([each for each in found if isinstance(each, messages.FoundEntry)]) > limit
        return [*(found[:limit] if over else found), messages.Answer(_SIZE_LIMIT if over else Result())]

    def _page(
        self,
        request: messages.Search,
        controls: tuple[messages.Control, ...],
        pages: Pages,
        paging: messages.Control,
    ) -> list[messages.Response]:
        try:
            size, cookie = codec.decode_page(paging.value)
        except Malformed:
            raise critical_extension(PAGED_RESULTS) from None
        found = pages.take(cookie) if cookie else self._found(request, controls)
        if cookie and not size:  # the client has seen enough
            found = []
        fitting = min(size or len(found), int(self._page_limit()))
        page, rest = found[:fitting], found[fitting:]
        following = codec.encode_page(pages.keep(rest) if rest else b"")
        return [*page, messages.Answer(Result(), (messages.Control(PAGED_RESULTS, value=following),))]

    def _page_limit(self) -> int:
        limit = self._controller.behaviour.max_page_size
        return MAX_MESSAGE if limit is None else limit

    def _found(
        self, request: messages.Search, controls: tuple[messages.Control, ...]
    ) -> list[messages.FoundEntry | messages.FoundReference]:
        if not request.base:
            raise no_such_object("")
        base = self._controller.resolve(request.base)
        selection = Selection.of(request.attributes)
        found: list[messages.FoundEntry | messages.FoundReference] = [
            messages.FoundEntry(str(each.name), self._sent(each, selection, request.types_only))
            for each in self._candidates(base, request.scope)
            if request.filter.matches(lambda wanted, each=each: self._values(each, wanted))  # type: ignore[misc]
        ]
        found.extend(self._references(base, request.scope, controls))
        return found

    def _candidates(self, base: Entry, scope: Scope) -> Iterator[Entry]:
        if scope == Scope.BASE:
            return iter([base])
        below = self._controller.database.below(base.name)
        if scope == Scope.ONE_LEVEL:
            return (each for each in below if each.name.parent.key == base.name.key)
        return below

    def _references(
        self, base: Entry, scope: Scope, controls: tuple[messages.Control, ...]
    ) -> Iterator[messages.FoundReference]:
        """Point to the other naming contexts below the domain, as a search of its whole tree does (89)."""
        population = self._controller.population
        wanted = self._controller.behaviour.root_references and all(each.oid != DOMAIN_SCOPE for each in controls)
        if not wanted or scope != Scope.SUBTREE or base.name != population.domain:
            return
        domain = self._controller.scenario.domain
        for zone in ("ForestDnsZones", "DomainDnsZones"):
            yield messages.FoundReference((f"ldap://{zone}.{domain}/{population.domain.child('DC', zone)}",))
        yield messages.FoundReference((f"ldap://{domain}/{population.configuration}",))

    def _sent(self, entry: Entry, selection: Selection, types_only: bool) -> tuple[tuple[str, tuple[bytes, ...]], ...]:
        sent: list[tuple[str, tuple[bytes, ...]]] = []
        for wanted, window in selection.attributes(entry):
            values = self._values(entry, wanted)
            if not values:
                continue
            if types_only:
                sent.append((wanted.name, ()))
                continue
            sent.extend(self._in_range(wanted.name, values, window))
        return tuple(sent)

    def _in_range(
        self, name: str, values: list[bytes], window: tuple[int, int | None] | None
    ) -> Iterator[tuple[str, tuple[bytes, ...]]]:
        """Send at most MaxValRange values; Windows puts the plain name, empty, beside the first part (88)."""
        limit = self._controller.behaviour.max_value_range or len(values)
        if window is None and len(values) <= limit:
            yield name, tuple(values)
            return
        first, last = window or (0, None)
        if first >= len(values):
            return
        part = values[first : min(first + limit, len(values) if last is None else last + 1)]
        end = "*" if first + len(part) == len(values) else str(first + len(part) - 1)
        if window is None:
            yield name, ()
        yield f"{name};range={first}-{end}", tuple(part)


@dataclass(frozen=True)
class Selection:
    """Which attributes a search asks for."""

    everything: bool
    operational: bool
    named: tuple[tuple[Attribute, tuple[int, int | None] | None], ...]

    @classmethod
    def of(cls, names: tuple[str, ...]) -> Selection:
        """Read the list of a search; names that the schema does not have are passed over."""
        if _NOTHING in names and len(names) == 1:
            return cls(everything=False, operational=False, named=())
        named: list[tuple[Attribute, tuple[int, int | None] | None]] = []
        for name in names:
            found, window = _RANGE.search(name), None
            if found:
                low, high = found.groups()
                window = (int(low), None if high == "*" else int(high))
            known = attribute(name[: found.start()] if found else name)
            if known is not None and known not in (each for each, _ in named):
                named.append((known, window))
        return cls(everything=not names or "*" in names, operational="+" in names, named=tuple(named))

    def attributes(self, entry: Entry) -> Iterator[tuple[Attribute, tuple[int, int | None] | None]]:
        """Give the attributes to send of an object, each once; a range that was asked for wins."""
        yield from self.named
        asked = {known.name for known, _ in self.named}
        if self.everything:
            for name in entry.values:
                known = ATTRIBUTES[name.lower()]
                if name not in asked and Trait.ASKED not in known.trait:
                    yield known, None
        if self.operational:
            for known in ATTRIBUTES.values():
                if Trait.ASKED in known.trait and known.name not in asked:
                    yield known, None
