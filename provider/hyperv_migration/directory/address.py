"""Under which address and port a domain controller answers."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

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

    Raises MissingConfiguration for an address that is none, or whose scheme contradicts directory.transport.
    """
    scheme = "ldaps" if connection.directory.transport == "ldaps" else "ldap"
    address = connection.address_of(controller)
    if address is None:
        return Endpoint(host=controller, port=_PORTS[scheme])
    given = urlsplit(address if "://" in address else f"{scheme}://{address}")
    if given.scheme != scheme:
        raise MissingConfiguration(
            f"The address {address} of {controller} does not fit directory.transport {connection.directory.transport}; "
            f"give it as {scheme}://host:port, or as host:port."
        )
    try:
        port = given.port
    except ValueError:
        port = 0
    if not given.hostname or port == 0:
        raise MissingConfiguration(f"The address {address} of {controller} is none; give host, host:port or a URL.")
    return Endpoint(host=given.hostname, port=port or _PORTS[scheme])
