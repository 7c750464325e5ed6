"""Subnets: what the cmdlets accept and refuse, and one canonical form for every spelling (hyperv-wsman.md §2.4)."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperv_migration.model.errors import InvalidInput
from hyperv_migration.model.subnet import Subnet, canonical_subnet, live_subnet, parse_subnet


def _usable(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    address = network.network_address
    mapped = isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None
    special = address.is_loopback or address.is_link_local or address.is_multicast or address.is_unspecified
    reserved = isinstance(network, ipaddress.IPv4Network) and (
        network.subnet_of(ipaddress.IPv4Network("240.0.0.0/4")) or network.subnet_of(ipaddress.IPv4Network("0.0.0.0/8"))
    )
    return network.prefixlen > 0 and not mapped and not special and not reserved


NETWORKS = st.one_of(
    st.builds(
        lambda address, prefix: ipaddress.ip_network((address, prefix), strict=False),
        st.ip_addresses(v=4),
        st.integers(min_value=1, max_value=32),
    ),
    st.builds(
        lambda address, prefix: ipaddress.ip_network((address, prefix), strict=False),
        st.ip_addresses(v=6),
        st.integers(min_value=1, max_value=128),
    ),
).filter(_usable)
BLANKS = st.text(" \t", max_size=2)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        # Fact sheet §2.4.
        ("192.168.10.1", "192.168.10.1/32"),
        ("192.168.10.0/24", "192.168.10.0/24"),
        ("fd00:1::5", "fd00:1::5/128"),
        ("fd00:1::/64", "fd00:1::/64"),
        ("  192.168.10.0/24\t", "192.168.10.0/24"),
        # C03: Add-VMMigrationNetwork's own page.
        ("192.168.0.1", "192.168.0.1/32"),
        ("2001:836c:6456:1c99::/64", "2001:836c:6456:1c99::/64"),
        # C06: what the source document tells people to paste.
        ("192.168.10.1/32", "192.168.10.1/32"),
        # C11: a Windows Server 2012 R2 lab's single addresses.
        ("192.168.10.107", "192.168.10.107/32"),
        ("192.168.10.106", "192.168.10.106/32"),
        # Spellings of RFC 5952.
        ("FD00:0001:0000::0/64", "fd00:1::/64"),
        ("192.168.10.0 / 24", "192.168.10.0/24"),
        ("fd00::10.0.0.1", "fd00::a00:1/128"),
    ],
)
def test_accepted_subnet_gets_its_canonical_form(text: str, canonical: str) -> None:
    """An address or CIDR that the cmdlet takes has one canonical spelling."""
    assert canonical == canonical_subnet(text)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("192.168.10.5/24", "192.168.10.0/24"),  # Fact sheet §2.4.
        ("2001:836c:6456:1c99::/32", "2001:836c::/32"),  # C03: the example of the cmdlet's own page has host bits.
        ("10.0.0.1/0", "0.0.0.0/0"),
        ("fd00::1/127", "fd00::/127"),
    ],
)
def test_host_bits_are_refused_with_the_subnet_that_was_meant(text: str, masked: str) -> None:
    """The user reads what to write instead, since two spellings of one subnet would differ for ever (P17)."""
    with pytest.raises(InvalidInput, match=f"host bits.* {masked.replace('.', '[.]')}$"):
        parse_subnet(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        # P16: the cmdlets remove everything that matches.
        ("192.168.*", "wildcard"),
        ("*", "wildcard"),
        ("192.168.1?.0/24", "wildcard"),
        ("192.168.[01].0/24", "wildcard"),
        # Fact sheet §2.4: refused as unusable by the cmdlet.
        ("127.0.0.1", "loopback"),
        ("127.0.0.0/8", "loopback"),
        ("::1", "loopback"),
        ("169.254.0.0/16", "link-local"),
        ("169.254.7.7", "link-local"),
        ("fe80::1", "link-local"),
        ("fe80::1%eth0", "zone id"),
        ("192.168.10.0/33", "prefix length from 0 to 32"),
        ("fd00::/129", "prefix length from 0 to 128"),
        ("192.168.10.0/", "prefix length"),
        ("192.168.10.0/24/24", "prefix length"),
        ("192.168.10.0/255.255.255.0", "mask after its slash; write 192.168.10.0/24"),
        ("192.168.10.0/-1", "prefix length"),
        ("192.168.10.0/２４", "prefix length"),
        ("192.168.10.0/" + "9" * 5000, "prefix length"),
        # The any-network pair has a property of its own (DESIGN §3).
        ("0.0.0.0/0", "useAnyNetwork"),
        ("::/0", "useAnyNetwork"),
        ("::0/0", "useAnyNetwork"),
        ("::ffff:192.168.10.1", "IPv4-mapped"),
        ("::ffff:192.168.10.0/120", "IPv4-mapped"),
        ("0.0.0.0", "no address"),
        ("0.1.0.0/16", "reserved range"),
        ("240.0.0.0/4", "reserved range"),
        ("255.255.255.255", "reserved range"),
        ("251.3.0.0/16", "reserved range"),
        ("::", "no address"),
        ("224.0.0.0/4", "no address"),
        ("ff02::1", "no address"),
        ("", "no IP address"),
        ("/24", "no IP address"),
        ("hv01.corp.example", "no IP address"),
        ("192.168.010.1", "no IP address"),
        ("192.168.10", "no IP address"),
        ("３.1.1.1", "no IP address"),
    ],
)
def test_unusable_subnet_is_refused_with_its_reason(text: str, reason: str) -> None:
    """What the cmdlets refuse, and what another property stands for, is refused before anything is sent."""
    with pytest.raises(InvalidInput, match=reason):
        parse_subnet(text)


@given(network=NETWORKS)
def test_canonical_form_is_its_own_canonical_form(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> None:
    """Reading the canonical text again changes nothing, so a state never differs from itself."""
    canonical = canonical_subnet(str(network))
    assert canonical == canonical_subnet(canonical)


@given(network=NETWORKS, before=BLANKS, after=BLANKS, upper=st.booleans(), long=st.booleans())
def test_respelled_subnets_are_equal(
    network: ipaddress.IPv4Network | ipaddress.IPv6Network, before: str, after: str, *, upper: bool, long: bool
) -> None:
    """Case, zeros written out and blanks around make no other subnet."""
    text = network.exploded if long else network.compressed
    respelled = before + (text.upper() if upper else text) + after
    assert parse_subnet(str(network)) == parse_subnet(respelled)


@given(network=NETWORKS)
def test_host_lists_an_added_subnet_as_the_same_subnet(
    network: ipaddress.IPv4Network | ipaddress.IPv6Network,
) -> None:
    """What is written to a host and listed by it again is recognised, also if Windows spells zeros out."""
    ours = parse_subnet(str(network))
    assert ours == live_subnet(network.network_address.exploded, network.prefixlen)


@given(text=st.text() | st.text("0123456789abcdef.:/% ", max_size=30))
def test_arbitrary_text_is_a_subnet_or_invalid_input(text: str) -> None:
    """No text a program may hold ends in anything but a subnet or the one error the user is shown."""
    try:
        subnet = parse_subnet(text)
    except InvalidInput:
        return
    assert subnet == parse_subnet(str(subnet))


@given(number=st.text() | st.text("0123456789abcdef.:/% ", max_size=30), prefix=st.integers())
def test_whatever_a_host_lists_is_a_subnet_or_none(number: str, prefix: int) -> None:
    """An entry that is no subnet is no reason to fail: it is not ours."""
    listed = live_subnet(number, prefix)
    assert listed is None or listed == live_subnet(listed.address, listed.prefix_length)


def test_host_entry_with_host_bits_is_compared_masked() -> None:
    """Older tools could leave host bits in an entry; it still is the subnet it listens on."""
    assert Subnet(address="192.168.10.0", prefix_length=24) == live_subnet("192.168.10.5", 24)


@pytest.mark.parametrize(("number", "prefix"), [("::0", 0), ("::", 0), ("0:0:0:0:0:0:0:0", 0)])
def test_both_spellings_of_the_ipv6_any_network_are_one(number: str, prefix: int) -> None:
    """Windows has been seen with ::0/0 and ::/0 (hyperv-wsman.md §2.3)."""
    assert Subnet(address="::", prefix_length=0) == live_subnet(number, prefix)


@pytest.mark.parametrize(
    ("text", "private"),
    [
        ("192.168.10.0/24", True),
        ("10.0.0.0/8", True),
        ("172.16.0.0/12", True),
        ("fd00:10::/64", True),
        ("10.0.0.0/7", False),
        ("192.168.0.0/15", False),
        # Private at both ends, public in between.
        ("192.0.0.0/2", False),
        ("203.0.112.0/23", False),
        ("8.8.8.8", False),
        ("2a00::/16", False),
        # Shared addresses of carriers, the former site-local ones, and those of NAT64: none is routed on the Internet.
        ("100.64.0.0/10", True),
        ("100.127.255.255", True),
        ("100.0.0.0/8", False),
        ("fec0::/10", True),
        ("64:ff9b::/96", True),
        ("64:ff9b::c000:201", True),
    ],
)
def test_only_wholly_private_subnets_pass_without_a_warning(text: str, private: bool) -> None:
    """Migration traffic is not encrypted (S20), so a subnet with one public address in it is public."""
    assert private == parse_subnet(text).is_private
