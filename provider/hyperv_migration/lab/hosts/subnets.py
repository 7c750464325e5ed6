"""How a host takes the subnet of a migration network (hyperv-wsman.md §2.3, §2.4, §10.2, §10.5)."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

from hyperv_migration.lab.hosts.cim_xml import INVALID_PARAMETER, Unacceptable
from hyperv_migration.lab.options import Options


def accept(subnet_number: str, prefix_length: int, options: Options) -> str:
    """Give the text the host keeps for a subnet.

    Raises:
        Unacceptable: It is no address, the prefix is too long, or host bits are set.
    """
    try:
        address = ip_address(subnet_number.strip())
    except ValueError:
        raise Unacceptable(INVALID_PARAMETER, "no address") from None
    try:
        ip_network((address, prefix_length))
    except ValueError:
        if options.bad_prefix:
            raise Unacceptable(options.bad_prefix, "host bits or prefix") from None
    if isinstance(address, IPv6Address):
        if int(address) == 0 and prefix_length == 0:
            return options.any_network_v6 or subnet_number
        return str(address) if options.normalise_v6 else subnet_number
    return subnet_number


def same(first: tuple[str, int], second: tuple[str, int]) -> bool:
    """Say whether two subnets are one, whatever their spelling."""
    return (ip_address(first[0]), first[1]) == (ip_address(second[0]), second[1])
