"""How far apart in time the sites of a directory are. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import permutations

DEFAULT_INTERVAL = 180
"""Minutes of a site link that does not say (directory-estate.md, 42)."""
NOTIFIES = 0x1
"""A bit of a site link's options: changes are announced across it as inside a site (43)."""


@dataclass(frozen=True, kw_only=True)
class SiteLink:
    """Sites that replicate with each other; their names folded."""

    sites: frozenset[str]
    cost: int = 100
    interval: int = DEFAULT_INTERVAL
    options: int = 0

    @property
    def wait(self) -> int:
        """Minutes a change may wait for the next turn."""
        return 0 if self.options & NOTIFIES else self.interval


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """Where a domain controller is that is in another site than the one written to."""

    site: str
    minutes: int | None
    """How long a change may wait on its way there; 0 where it is announced, None where the directory does not tell."""


def wait_between(one: str, other: str, links: Iterable[SiteLink]) -> int | None:
    """Return the waits along the cheapest way between two sites, which add up; None if no way is known."""
    ways: dict[str, list[tuple[str, SiteLink]]] = {}
    for link in links:
        for here, there in permutations(link.sites, 2):
            ways.setdefault(here, []).append((there, link))
    reached: set[str] = set()
    open_ends = [(0, 0, one.casefold())]
    while open_ends:
        cost, waits, site = heappop(open_ends)
        if site == other.casefold():
            return waits
        if site not in reached:
            reached.add(site)
            for there, link in ways.get(site, ()):
                heappush(open_ends, (cost + link.cost, waits + link.wait, there))
    return None
