"""What shows that a name found by DNS is a domain controller of the domain, before a credential goes there.

DNS, a ping and a rootDSE are whatever somebody on the way likes. A ticket for ldap/HOST, or a certificate for HOST, can
be had by any member of the domain. Two things can not: a ticket for ldap/HOST/DOMAIN, and a certificate that names the
domain itself beside the host (directory-estate.md, §1c).
"""

from __future__ import annotations

import ssl
from typing import Any

from hyperv_migration.model.errors import MissingConfiguration


class Unproven(MissingConfiguration):
    """Nothing shows that a name found by DNS is a domain controller of the domain; no credential was sent to it."""

    impostor = False
    """Whether the KDC was asked for the proof and has none: then nothing less will do."""


def unproven(controller: str, domain: str, reason: str, *, impostor: bool = False) -> Unproven:
    """Return the error for a name that is not believed, and what to do."""
    error = Unproven(
        f"{controller} is not configured, and nothing proves that it is a domain controller of {domain}: {reason}. No credential "
        "was sent to it. Name the domain controllers in directory.domainControllers, or sign in with Kerberos as "
        "user@domain (extra [kerberos]), or use ldaps where their certificates name the domain."
    )
    error.impostor = impostor
    return error


def inside(name: str, domain: str) -> bool:
    """Tell whether a host's name is in the domain's own namespace."""
    return name.casefold().rstrip(".").endswith(f".{domain.casefold().rstrip('.')}")


def names_domain(tls_socket: ssl.SSLSocket, domain: str) -> bool:
    """Tell whether a certificate that was verified for its host names the domain too, and not by a wildcard.

    Of Microsoft's templates only "Kerberos Authentication" puts the domain's DNS name there, and only a domain
    controller may have one of it.
    """
    certificate: dict[str, Any] = tls_socket.getpeercert() or {}
    names = [str(value) for kind, value in certificate.get("subjectAltName", ()) if kind == "DNS"]
    return domain.casefold().rstrip(".") in {name.casefold().rstrip(".") for name in names}
