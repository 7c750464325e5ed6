"""What DNS says of a domain: which names to ask for its domain controllers, in which order, and under which addresses.

Nothing of it is signed, so it decides only whom to ask next and never where a credential goes (`discovery`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from hyperv_migration.model.computers import is_address
from hyperv_migration.model.errors import Unreachable

if TYPE_CHECKING:
    from dns.resolver import Resolver

_LIFETIME = 5.0
"""Seconds one question may take, with every name server asked."""
_MOST_CANDIDATES, _MOST_ADDRESSES = 12, 4
"""Further ones are not asked; a domain with more has answered by then, or does not."""

_Answer = TypeVar("_Answer")


class Names:
    """DNS, asked with one resolver for everything; this machine's unless another is handed in."""

    def __init__(self, resolver: Resolver | None = None) -> None:
        self._resolver = resolver
        self._making = threading.Lock()

    def controllers(self, domain: str) -> list[str]:
        """Return whom DNS calls a domain controller of the domain: lowest priority first, then by weight (RFC 2782).

        Raises Unreachable where DNS names none, or does not answer.
        """
        question = f"_ldap._tcp.dc._msdcs.{domain}"
        remedy = "check directory.domain and DNS, or name a domain controller in directory.domainControllers."
        rows = self._asked(question, "SRV", lambda answer: list(answer.rrset.processing_order()))
        targets = [str(row.target).rstrip(".") for row in rows]
        found = [target for target in dict.fromkeys(targets) if target and not is_address(target)]
        if not found:
            raise Unreachable(f"DNS names no domain controller of {domain} ({question}); {remedy}")
        return found[:_MOST_CANDIDATES]

    def addresses(self, name: str) -> list[str]:
        """Return the addresses of a host, IPv4 first; raises Unreachable where DNS has none, or does not answer."""
        found: list[str] = []
        silence: Unreachable | None = None
        for kind in ("A", "AAAA"):
            try:
                found += [str(row.address) for row in self._asked(name, kind, list)]
            except Unreachable as error:
                silence = silence or error
        if silence is not None and not found:
            raise silence
        if not found:
            raise Unreachable(
                f"DNS has no address of the domain controller {name}; check DNS, or give its address in addresses."
            )
        return found[:_MOST_ADDRESSES]

    def _asked(self, name: str, kind: str, read: Callable[[Any], list[_Answer]]) -> list[_Answer]:
        """Return what DNS answers; an empty list where it says that there is nothing."""
        from dns.exception import DNSException  # noqa: PLC0415 - at first use
        from dns.name import from_text  # noqa: PLC0415
        from dns.resolver import NXDOMAIN, NoAnswer  # noqa: PLC0415

        try:
            # Absolute, so that no search list makes another question of it.
            absolute = from_text(f"{name.rstrip('.')}.")
            return read(self._made().resolve(absolute, kind, search=False, lifetime=_LIFETIME))
        except (NXDOMAIN, NoAnswer):
            return []
        except (DNSException, OSError, ValueError) as error:
            raise Unreachable(
                f"DNS does not answer for {name} ({kind}, {type(error).__name__}), so no domain controller was found; check "
                "this machine's resolver, or name a domain controller in directory.domainControllers and its address in "
                "addresses."
            ) from error

    def _made(self) -> Resolver:
        from dns.resolver import Resolver  # noqa: PLC0415

        with self._making:
            if self._resolver is None:
                self._resolver = Resolver()
            return self._resolver


SYSTEM = Names()
"""As this machine is set up; nothing is read before the first question."""
