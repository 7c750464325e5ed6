"""Which domain controller is written to.

Always one, the PDC emulator unless directory.domainControllers says otherwise, and never through a pool, because the
delegation list replicates as one value and the last writer wins (active-directory.md, 12 and 110).

Without a configured name the domain's own name is asked, whose addresses are those of its domain controllers: any of
them tells in its rootDSE, without a sign-in and without a secret sent, what it is called. Signed in to that one by its
own name, the domain's fSMORoleOwner leads to the PDC emulator. The package has no DNS resolver of its own, so SRV
records are not asked; where the domain's name has no address record, name a domain controller.
"""

from __future__ import annotations

from dataclasses import replace

from hyperv_migration.directory.session import Session, session
from hyperv_migration.model.computers import is_address
from hyperv_migration.model.errors import Conflict, InvalidInput, MissingConfiguration, ProtocolViolation, Unreachable
from hyperv_migration.model.settings import Connection


def writable_session(connection: Connection, domain: str) -> Session:
    """Return a session with the domain controller to write to.

    Of several configured ones the first that answers is taken, once for the process.
    Raises Conflict if what answers serves another domain.
    """
    controllers = connection.directory.domain_controllers
    if controllers:
        return _first_answering(controllers, connection, domain)
    if not domain:
        raise MissingConfiguration(
            "The domain is not known; set directory.domain, or give the source as FQDN, or name a domain controller in "
            "directory.domainControllers."
        )
    if is_address(domain):
        raise InvalidInput(
            f"{domain} is an address or a number and no domain, so nothing was asked; set directory.domain to the domain's "
            "DNS name."
        )
    found = session(_any_controller(connection, domain), connection)
    _check_domain(found, domain)
    emulator = session(_pdc_emulator(found), connection)
    _check_domain(emulator, domain)
    return emulator


def _first_answering(controllers: tuple[str, ...], connection: Connection, domain: str) -> Session:
    silent: Unreachable | None = None
    for controller in controllers:
        found = session(controller, connection)
        try:
            found.root()
        except Unreachable as error:
            silent = silent or error
            continue
        _check_domain(found, domain)
        return found
    raise silent or MissingConfiguration("directory.domainControllers is empty; name a domain controller.")


def _any_controller(connection: Connection, domain: str) -> str:
    """Ask the domain's name for the name of the domain controller behind it, in the clear and without a sign-in."""
    clear = replace(connection, directory=replace(connection.directory, transport="sealed", bind="negotiate"))
    asked = Session(domain, clear, anonymous=True)
    try:
        name = asked.root().text("dnsHostName")
    except Unreachable as error:
        raise Unreachable(
            f"No domain controller of {domain} was found: nothing answers LDAP under the domain's own name. Name one in "
            "directory.domainControllers."
        ) from error
    finally:
        asked.close()
    if not name:
        raise ProtocolViolation(f"What answers as {domain} does not say its name; set directory.domainControllers.")
    return name


def _pdc_emulator(found: Session) -> str:
    """Follow fSMORoleOwner of the domain, an NTDS Settings object, to the server above it and its DNS name."""
    base = found.root().text("defaultNamingContext") or ""
    head = found.read(base, ("fSMORoleOwner",))
    owner = head.text("fSMORoleOwner") if head is not None else None
    if owner is None:
        return found.controller
    _, _, server = owner.partition(",")
    entry = found.read(server, ("dNSHostName",))
    return (entry.text("dNSHostName") if entry is not None else None) or found.controller


def _check_domain(found: Session, domain: str) -> None:
    served = domain_of(found)
    if domain and served != domain.casefold().rstrip("."):
        raise Conflict(
            f"The domain controller {found.controller} serves {served}, not {domain}; nothing was written. Correct "
            "directory.domain or directory.domainControllers."
        )


def domain_of(found: Session) -> str:
    """Return the DNS name of the domain that a domain controller serves."""
    base = found.root().text("defaultNamingContext") or ""
    return ".".join(part.partition("=")[2] for part in base.split(",")).casefold()
