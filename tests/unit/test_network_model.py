"""A host's network list: whose an entry is, the any-network pair, ids, and what makes another network."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperv_migration.model.declaration import check
from hyperv_migration.model.difference import Difference, managed_names
from hyperv_migration.model.errors import InvalidInput
from hyperv_migration.model.network import (
    ALL_NETWORKS,
    CLUSTER_MANAGED,
    NETWORK,
    USER_MANAGED,
    NetworkEntry,
    difference,
    entries_of,
    named_networks,
    network_id,
    parse_network_id,
    uses_any_network,
)
from hyperv_migration.model.subnet import parse_subnet
from hyperv_migration.model.unknown import UNKNOWN


def _entry(number: str, prefix: int, *tags: str, metric: int = 0) -> NetworkEntry:
    return NetworkEntry(
        instance_id=f"{number}/{prefix}", subnet_number=number, prefix_length=prefix, metric=metric, tags=tags
    )


ANY_4, ANY_6 = _entry("0.0.0.0", 0, ALL_NETWORKS), _entry("::", 0, ALL_NETWORKS)
NAMED = _entry("192.168.10.0", 24, USER_MANAGED)
CLUSTERED = _entry("10.1.10.0", 24, CLUSTER_MANAGED, metric=5000)


@pytest.mark.parametrize(
    ("entries", "uses"),
    [
        ([ANY_4, ANY_6], True),
        ([ANY_4, _entry("::0", 0, ALL_NETWORKS)], True),
        ([ANY_4, ANY_6, NAMED], True),  # C13: both at once is allowed, the pair wins.
        ([ANY_4, ANY_6, ANY_6], True),
        ([ANY_4], False),
        ([ANY_6], False),
        ([ANY_4, ANY_4], False),
        ([NAMED], False),
        ([], False),
        ([_entry("0.0.0.0", 0, USER_MANAGED), _entry("::", 0, USER_MANAGED)], False),
        ([_entry("0.0.0.0", 8, ALL_NETWORKS), ANY_6], False),
    ],
)
def test_any_network_is_both_halves_with_their_mark(entries: list[NetworkEntry], uses: bool) -> None:
    """There is no flag: the tagged pair of 0.0.0.0/0 and ::/0 is the setting (hyperv-wsman.md §2.3)."""
    assert uses == uses_any_network(entries)


def test_named_networks_are_all_but_the_pair() -> None:
    """A cluster's network listens as well, so it counts as one."""
    assert named_networks([ANY_4, NAMED, ANY_6, CLUSTERED]) == [NAMED, CLUSTERED]


@pytest.mark.parametrize(
    ("tags", "ours"),
    [
        ((USER_MANAGED,), True),
        ((USER_MANAGED, "Vendor:Other"), True),
        ((CLUSTER_MANAGED,), False),
        ((USER_MANAGED, CLUSTER_MANAGED), False),
        ((ALL_NETWORKS,), False),
        ((), False),
    ],
)
def test_only_an_administrators_entry_is_user_managed(tags: tuple[str, ...], ours: bool) -> None:
    """P18: entries of a cluster or of Network ATC are never ours, whatever else they carry."""
    assert ours == _entry("10.0.0.0", 24, *tags).user_managed


def test_entries_are_found_by_subnet_and_never_by_text() -> None:
    """Spelling differs between hosts; prefix lengths make other networks; text that begins alike is another one."""
    spelled = [
        _entry("FD00:10:0::", 64, USER_MANAGED),
        _entry("fd00:10::", 64),
        _entry("fd00:10::", 65),
        _entry("?", 64),
    ]
    assert entries_of(spelled, parse_subnet("fd00:10::/64")) == spelled[:2]
    assert entries_of([_entry("192.168.1.0", 24), _entry("192.168.10.0", 24)], parse_subnet("192.168.1.0/24")) == [
        _entry("192.168.1.0", 24)
    ]


@given(
    host=st.from_regex(r"[a-z]([a-z0-9-]{0,13}[a-z0-9])?(\.[a-z0-9]{1,8}){0,3}", fullmatch=True),
    subnet=st.sampled_from(["192.168.10.0/24", "10.0.0.1", "fd00:10::/64", "FD00::5"]),
)
def test_id_is_read_back(host: str, subnet: str) -> None:
    """The id names host and subnet without ambiguity."""
    assert (host, parse_subnet(subnet)) == parse_network_id(network_id(host, parse_subnet(subnet)))


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("hv01.corp.example/192.168.10.0/24", "hv01.corp.example/192.168.10.0/24"),
        ("hv01.corp.example/192.168.10.1", "hv01.corp.example/192.168.10.1/32"),
        ("hv01/FD00:10::0/64", "hv01/fd00:10::/64"),
    ],
)
def test_import_takes_an_address_without_prefix(text: str, canonical: str) -> None:
    """An import may name host/address, and any spelling."""
    assert canonical == network_id(*parse_network_id(text))


@pytest.mark.parametrize("text", ["hv01.corp.example", "hv01/", "hv01/net", "hv01/10.0.0.1/24", ""])
def test_broken_id_is_invalid_input(text: str) -> None:
    """A mistyped import is told so."""
    with pytest.raises(InvalidInput):
        parse_network_id(text)


def _checked(**news: Any) -> dict[str, Any]:
    checked, failures = check(NETWORK, {"computerName": "hv01.corp.example", "subnet": "192.168.10.0/24", **news})
    assert failures == []
    return checked


def _state(news: dict[str, Any], **live: Any) -> dict[str, Any]:
    return {**news, "managed": managed_names(news), "host": "hv01.corp.example", "priority": 0, **live}


@pytest.mark.parametrize(
    ("source", "subnet"),
    [
        ("C03", "192.168.0.1"),
        ("C03", "192.168.10.0/24"),
        ("C03", "2001:836c:6456:1c99::/64"),
        ("C06", "192.168.10.1"),
        ("C11", "192.168.10.107"),
        ("P17", "FD00:0010:0::/64"),
    ],
)
def test_spelling_of_others_never_differs_for_ever(source: str, subnet: str) -> None:
    """The state keeps the user's own spelling, so the next preview shows nothing."""
    news = _checked(subnet=subnet)
    assert (source, difference(_state(news), news)) == (source, Difference())


@pytest.mark.parametrize(
    ("old", "new"),
    [("192.168.10.1", "192.168.10.1/32"), ("fd00:10::/64", "FD00:10:0::0/64"), ("10.0.0.0/8", " 10.0.0.0/8 ")],
)
def test_respelled_subnet_is_updated_and_never_replaced(old: str, new: str) -> None:
    """The state takes the new spelling, and nothing is removed from the host for it."""
    assert difference(_state(_checked(subnet=old)), _checked(subnet=new)) == Difference(changed=("subnet",))


@pytest.mark.parametrize("new", ["192.168.10.0/25", "192.168.11.0/24", "192.168.10.0", UNKNOWN])
def test_another_subnet_is_another_network(new: Any) -> None:
    """Set-VMMigrationNetwork -NewSubnet is no change in place either (hyperv-wsman.md §2.2)."""
    found = difference(_state(_checked()), {**_checked(), "subnet": new})
    assert found == Difference(changed=("subnet",), replaced=("subnet",))


@pytest.mark.parametrize(
    ("live", "news", "changed"),
    [
        ({"priority": 15}, {"priority": 5}, ("priority",)),  # C01: 15, then 5.
        ({"priority": 15}, {"priority": 15.0}, ()),
        ({"priority": 15}, {"priority": 0}, ("priority",)),
    ],
)
def test_priority_is_changed_in_place(live: dict[str, Any], news: dict[str, Any], changed: tuple[str, ...]) -> None:
    """C01: ansible's hv_migration_network sets 15, then 5 on the same entry; 0 is a value."""
    assert difference(_state(_checked(priority=15), **live), _checked(**news)) == Difference(changed=changed)


def test_unset_priority_never_differs() -> None:
    """Unset leaves the metric alone, whatever it is."""
    assert difference(_state(_checked(), priority=5000), _checked()) == Difference()
