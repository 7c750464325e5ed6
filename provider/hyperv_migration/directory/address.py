"""Under which address and port a domain controller answers."""

from __future__ import annotations

from dataclasses import dataclass

from hyperv_migration.model.addresses import HOST_NAME, parse_address
from hyperv_migration.model.errors import MissingConfiguration
from hyperv_migration.model.settings import Connection

_PORTS = {"ldap": 389, "ldaps": 636}


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where to connect to; the domain controller's name stays what certificates and tickets are checked against."""

    host: str
    port: int


def endpoint_of(controller: str, connection: Connection) -> Endpoint:
    """Return the endpoint of a domain controller: its own name, or what `addresses` says.

    Raises MissingConfiguration for a name or an address that is none, or whose scheme contradicts directory.transport.
    """
    # A directory may have named it, too.
    if not HOST_NAME.fullmatch(controller):
        raise MissingConfiguration(
            f"{controller} is no name of a domain controller, whoever gave it as one; name one in directory.domainControllers."
        )
    scheme = "ldaps" if connection.directory.transport == "ldaps" else "ldap"
    address = connection.address_of(controller)
    if address is None:
        return Endpoint(host=controller, port=_PORTS[scheme])
    given = parse_address(address)
    if given is None:
        raise MissingConfiguration(f"The address {address} of {controller} is none; give host, host:port or a URL.")
    if given.scheme not in {"", scheme}:
        raise MissingConfiguration(
            f"The address {address} of {controller} does not fit directory.transport {connection.directory.transport}; "
            f"give it as {scheme}://host:port, or as host:port."
        )
    return Endpoint(host=given.host, port=given.port or _PORTS[scheme])
