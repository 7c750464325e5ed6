"""Which domain controller is written to, and how far it is to be believed.

Always one, the PDC emulator unless directory.domainControllers says otherwise, and never through a pool, because the
delegation list replicates as one value and the last writer wins (active-directory.md, 12 and 110).

Nothing that arrives without a sign-in decides where a credential goes (directory-estate.md, §1c):

1. DNS, or an address configured for the domain's name, says whom to ask, and an anonymous question who answers.
2. Who answers must prove that it is a domain controller of the domain (`trust`) before it is signed in to.
3. That session tells the domain's own list of domain controllers and who is the PDC emulator; only names from it are used.

NTLM proves no domain. With it only a name inside the domain is signed in to, sealed, and so are the names it tells.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from hyperv_migration.directory.errors import BUSY
from hyperv_migration.directory.names import SYSTEM, Names
from hyperv_migration.directory.session import CONFIGURED, Contact, Session, Sessions
from hyperv_migration.directory.topology import writable_controllers
from hyperv_migration.directory.trust import Unproven, inside, unproven
from hyperv_migration.model.computers import is_address
from hyperv_migration.model.errors import (
    AuthenticationFailed,
    Conflict,
    InvalidInput,
    MigrationError,
    MissingConfiguration,
    ProtocolViolation,
    RemoteFault,
    SignInRefused,
    TimedOut,
    Unreachable,
)
from hyperv_migration.model.settings import Connection

_PING = 5
"""Seconds an anonymous question may take, where another domain controller may be asked instead."""

_NEXT = (Unreachable, TimedOut, AuthenticationFailed, RemoteFault, ProtocolViolation)
"""Of an anonymous question: whatever is wrong with one, another may answer, and have a good certificate."""


@dataclass(frozen=True, kw_only=True)
class Reached:
    """The domain controller to write to."""

    session: Session
    sessions: Sessions
    """Those of whoever asked."""
    contact: Contact = CONFIGURED
    """How the others of the domain are reached."""
    confined_to: str | None = None
    """The domain whose own names alone are believed; None where the domain's list is."""
    passed_over: tuple[str, ...] = ()
    """Configured before it, and silent."""

    def remarks(self) -> list[str]:
        """Return a sentence where another one is used than the one that was configured first, or its name is not proved."""
        said = [self.session.remark] if self.session.remark else []
        if not self.passed_over:
            return said
        silent = ", ".join(self.passed_over)
        used = f"{self.session.controller}, the next one in directory.domainControllers, is read and written to."
        return [f"{silent} did not answer; {used}", *said]

    def other(self, controller: str, connection: Connection) -> Session:
        """Return a session with another domain controller of the domain, by a name that this one told."""
        if self.confined_to is not None and not inside(controller, self.confined_to):
            raise _refusal(
                unproven(controller, self.confined_to, "NTLM proves no domain, and the name is not inside it")
            )
        return self.sessions.to(controller, connection, self.contact)


def reach(connection: Connection, domain: str, sessions: Sessions, names: Names = SYSTEM) -> Reached:
    """Return the domain controller to write to; of several configured ones the first that answers.

    Raises Conflict if what answers serves another domain.
    """
    if connection.directory.domain_controllers:
        return _first_answering(connection, domain, sessions)
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
    try:
        return _Search(connection, domain.rstrip("."), sessions, names).emulator()
    except Unproven as error:
        raise _refusal(error) from error


def _refusal(error: Unproven) -> MissingConfiguration:
    return MissingConfiguration(str(error))


def _first_answering(connection: Connection, domain: str, sessions: Sessions) -> Reached:
    controllers = connection.directory.domain_controllers
    silent: dict[str, MigrationError] = {}
    for controller in controllers:
        if len(controllers) > 1 and (trouble := _silence(controller, connection, sessions)):
            silent[controller] = trouble
            continue
        found = sessions.to(controller, connection)
        try:
            _check_domain(found, domain)
        except (Unreachable, TimedOut) as error:
            silent[controller] = error
            continue
        return Reached(session=found, sessions=sessions, passed_over=tuple(silent))
    raise next(iter(silent.values()))


def _silence(controller: str, connection: Connection, sessions: Sessions) -> MigrationError | None:
    """Return why a domain controller does not answer; None if it does."""
    try:
        with _anonymous(controller, connection, sessions, None) as asked:
            asked.root()
    except (Unreachable, TimedOut) as error:
        return error
    except RemoteFault as error:
        if error.code not in BUSY:
            raise
        return error
    return None


@contextmanager
def _anonymous(name: str, connection: Connection, sessions: Sessions, names: Names | None) -> Iterator[Session]:
    """Ask what anybody may ask, for a short time, since another domain controller may be asked instead."""
    directory = connection.directory
    hurried = replace(
        directory,
        connect_timeout=min(_PING, directory.connect_timeout),
        operation_timeout=min(_PING, directory.operation_timeout),
    )
    asked = sessions.trial(name, replace(connection, directory=hurried), Contact(anonymous=True, names=names))
    try:
        yield asked
    finally:
        asked.close()


class _Search:
    """The way from a domain's name to its PDC emulator."""

    def __init__(self, connection: Connection, domain: str, sessions: Sessions, names: Names) -> None:
        self._connection, self._domain, self._sessions, self._names = connection, domain, sessions, names
        self._contact = Contact(names=names)

    def emulator(self) -> Reached:
        """Return the PDC emulator, as the first candidate that is to be believed tells it."""
        trouble: MigrationError | None = None
        for controller in self._candidates():
            try:
                found = self._believed(controller)
            except SignInRefused:
                raise
            except (Unproven, Unreachable, TimedOut, AuthenticationFailed) as error:
                # No password was refused: whoever cannot open a ticket, or has a bad certificate, keeps nobody from the next.
                trouble = trouble or error
                continue
            try:
                return self._from(found)
            finally:
                found.session.close()
        raise trouble or ProtocolViolation(
            f"Nobody who answers for {self._domain} is a domain controller of it; name one in directory.domainControllers."
        )

    def _candidates(self) -> Iterator[str]:
        """Yield the names to try, each of a machine that answers for the domain when anybody asks."""
        trouble: MigrationError | None = None
        answered = False
        mapped = self._connection.address_of(self._domain) is not None
        for name in [self._domain] if mapped else self._names.controllers(self._domain):
            try:
                told = self._ping(name)
            except _NEXT as error:
                trouble = trouble or error
                continue
            if told is not None:
                answered = True
                yield told if mapped else name
        if trouble is not None and not answered:
            raise trouble

    def _ping(self, name: str) -> str | None:
        """Return what a machine calls itself; None if it serves another domain."""
        with _anonymous(name, self._connection, self._sessions, self._names) as asked:
            return asked.root().text("dnsHostName") if domain_of(asked) == self._domain.casefold() else None

    def _believed(self, controller: str) -> Reached:
        """Sign in to a candidate that proves itself, or that NTLM may be spoken with. Raises Unproven."""
        proving = replace(self._contact, proves=self._domain)
        found = self._sessions.trial(controller, self._connection, proving)
        try:
            _check_domain(found, self._domain)
        except Unproven as error:
            found.close()
            if error.impostor or not self._may_go_unproven(controller):
                raise
        except MigrationError:
            found.close()
            raise
        else:
            return Reached(session=found, sessions=self._sessions, contact=self._contact)
        found = self._sessions.trial(controller, self._connection, self._contact)
        _check_domain(found, self._domain)
        return Reached(session=found, sessions=self._sessions, contact=self._contact, confined_to=self._domain)

    def _may_go_unproven(self, controller: str) -> bool:
        """NTLM, sealed, with a machine of the domain: it learns nothing that it could use elsewhere."""
        directory = self._connection.directory
        return directory.transport == "sealed" and inside(controller, self._domain)

    def _from(self, found: Reached) -> Reached:
        """Follow the domain's fSMORoleOwner to the PDC emulator, if the domain's own list has it."""
        listed = {each.name.casefold() for each in writable_controllers(found.session)}
        emulator = _role_owner(found.session).casefold()
        if emulator not in listed:
            raise ProtocolViolation(
                f"{found.session.controller} names {emulator} as the PDC emulator of {self._domain}, which the domain's own "
                "list of domain controllers lacks; name one in directory.domainControllers."
            )
        chosen = found.other(emulator, self._connection)
        try:
            _check_domain(chosen, self._domain)
        except (Unreachable, TimedOut) as error:
            others = ", ".join(sorted(listed - {emulator})) or "none"
            raise Unreachable(
                f"The PDC emulator of {self._domain}, {emulator}, does not answer, and no other domain controller is written to "
                f"unless it is configured: {error} The others are: {others}. Name one of them in directory.domainControllers."
            ) from error
        return replace(found, session=chosen)


def _role_owner(found: Session) -> str:
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
