"""How long a change may be on its way between sites."""

from __future__ import annotations

import pytest

from hyperv_migration.model.sites import SiteLink, wait_between

LINKS = [
    SiteLink(sites=frozenset({"main", "near"}), interval=15),
    SiteLink(sites=frozenset({"near", "far"}), interval=30),
    SiteLink(sites=frozenset({"main", "far"}), cost=500, interval=15),
    SiteLink(sites=frozenset({"main", "fast"}), interval=180, options=1),
    SiteLink(sites=frozenset({"one", "two", "three"}), interval=60),
]


@pytest.mark.parametrize(
    ("one", "other", "minutes"),
    [
        ("Main", "near", 15),
        ("near", "MAIN", 15),
        ("main", "far", 45),
        ("main", "fast", 0),
        ("fast", "near", 15),
        ("three", "one", 60),
        ("main", "one", None),
        ("main", "unheard-of", None),
    ],
)
def test_intervals_add_up_along_the_cheapest_way(one: str, other: str, minutes: int | None) -> None:
    """A link that announces changes costs nothing; where no way is known nobody can say."""
    assert wait_between(one, other, LINKS) == minutes
