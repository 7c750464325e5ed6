"""The canonical form of a migration network's subnet, and what the cmdlets refuse in one (hyperv-wsman.md §2.4)."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from hyperv_migration.model.errors import InvalidInput

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_LINK_LOCAL_HINT = "link-local addresses reach no other host"


_NOT_PUBLIC = tuple(ipaddress.ip_network(text) for text in ("100.64.0.0/10", "fec0::/10", "64:ff9b::/96"))
"""Not routed on the public Internet either: RFC 6598, RFC 3879, RFC 6052."""
_RESERVED = tuple(ipaddress.ip_network(text) for text in ("0.0.0.0/8", "240.0.0.0/4"))
"""RFC 1122 §3.2.1.3 and RFC 1112 §4, 255.255.255.255 among them."""


@dataclass(frozen=True, order=True)
class Subnet:
    """A subnet in canonical form: the address in RFC 5952 spelling, and the prefix length."""

    address: str
    prefix_length: int

    def __str__(self) -> str:
        return f"{self.address}/{self.prefix_length}"

    @property
    def is_private(self) -> bool:
        """Tell whether no part of it is routed on the public Internet; migration traffic is not encrypted."""
        network = ipaddress.ip_network(str(self))
        return network.is_private or any(_within(network, other) for other in _NOT_PUBLIC)


def parse_subnet(text: str) -> Subnet:
    """Read an address or CIDR; a bare address is /32 or /128.

    Raises InvalidInput for what Add-VMMigrationNetwork refuses (host bits, loopback, link-local, wildcards), for
    0.0.0.0/0 and ::/0, which useAnyNetwork stands for, and for IPv4-mapped addresses and zone ids.
    """
    written = text.strip()
    if any(character in written for character in "*?["):
        raise InvalidInput(f"{text!r} has a wildcard; give one address or subnet, such as 192.168.10.0/24")
    if "%" in written:
        raise InvalidInput(f"{text!r} has a zone id, which is of one machine only; give the address without it")
    address_text, slash, prefix_text = written.partition("/")
    address = _address(text, address_text)
    network = _network(text, address, prefix_text if slash else str(address.max_prefixlen))
    _refuse_unusable(text, network)
    return Subnet(address=str(network.network_address), prefix_length=network.prefixlen)


def canonical_subnet(text: str) -> str:
    """Return the canonical text of a subnet that `parse_subnet` accepts."""
    return str(parse_subnet(text))


def live_subnet(subnet_number: str, prefix_length: int) -> Subnet | None:
    """Read an entry as a host lists it; None for what is no subnet. Host bits are masked away, for comparison only."""
    try:
        network = ipaddress.ip_network(f"{subnet_number.strip()}/{prefix_length}", strict=False)
    except ValueError:
        # Windows has been seen to write ::/0 as ::0/0 (hyperv-wsman.md §2.3); ipaddress reads both.
        return None
    return Subnet(address=str(network.network_address), prefix_length=network.prefixlen)


def _address(text: str, address_text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        return ipaddress.ip_address(address_text.strip())
    except ValueError:
        raise InvalidInput(
            f"{text!r} is no IP address or subnet; give one such as 192.168.10.0/24, 192.168.10.1 or fd00:10::/64"
        ) from None


def _network(text: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address, prefix_text: str) -> Network:
    prefix = prefix_text.strip()
    if "." in prefix and (length := _length_of_mask(f"{address}/{prefix}")) is not None:
        raise InvalidInput(f"{text!r} has a mask after its slash; write {address}/{length}")
    if not re.fullmatch("[0-9]{1,3}", prefix) or int(prefix) > address.max_prefixlen:
        raise InvalidInput(f"{text!r} has no prefix length from 0 to {address.max_prefixlen} after its slash")
    network = ipaddress.ip_network(f"{address}/{int(prefix)}", strict=False)
    if network.network_address != address:
        raise InvalidInput(f"{text!r} has host bits set beyond its prefix; the subnet is {network}")
    return network


def _length_of_mask(text: str) -> int | None:
    try:
        return ipaddress.ip_network(text, strict=False).prefixlen
    except ValueError:
        return None


def _refuse_unusable(text: str, network: Network) -> None:
    address = network.network_address
    if network.prefixlen == 0:
        raise InvalidInput(f"{text!r} is every network; set useAnyNetwork on the MigrationHost instead")
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        raise InvalidInput(f"{text!r} is an IPv4-mapped address; write it as IPv4")
    if address.is_loopback:
        raise InvalidInput(f"{text!r} is a loopback address, which no other host reaches")
    if address.is_link_local:
        raise InvalidInput(f"{text!r} is link-local; {_LINK_LOCAL_HINT}")
    if address.is_multicast or address.is_unspecified:
        raise InvalidInput(f"{text!r} is no address of a host's network")
    if any(_within(network, other) for other in _RESERVED):
        raise InvalidInput(f"{text!r} is in a reserved range, which no host has an address of")


def _within(network: Network, other: Network) -> bool:
    if isinstance(network, ipaddress.IPv4Network):
        return isinstance(other, ipaddress.IPv4Network) and network.subnet_of(other)
    return isinstance(other, ipaddress.IPv6Network) and network.subnet_of(other)
