"""Every way an operation can fail, as one tree.

    MigrationError
    ├── InvalidInput          the program asked for something that cannot be; nothing was sent
    ├── MissingConfiguration  a credential or an address is not known; nothing was sent
    ├── Unreachable           nobody answered at the target's address
    ├── AuthenticationFailed  the target answered and refused who we are
    │   └── SignInRefused     it or the KDC refused the password or key, which counts towards a lockout
    ├── AccessDenied          the target knows who we are and refuses what we ask
    │   └── NotReady          the host shows no migration service: starting still, or hidden for lack of rights
    ├── RemoteFault           the target could not do it and said so by number
    ├── NotFound              the target answered, and the thing is positively not there
    ├── Conflict              doing it would break something that is not ours
    ├── TimedOut              a deadline passed; what the target did meanwhile is not known
    ├── Cancelled             the user stopped the operation
    ├── PartiallyApplied      a write succeeded and a later step failed; carries the state as re-read
    └── ProtocolViolation     the target's answer is not what its protocol allows

Each message is one sentence or two: which target, what happened, what to do. Faults are told apart by number, never by
text, which Windows localises. No message carries a secret: messages are built from names and numbers only. Names come
from targets too, so what a terminal would obey in them is spelled out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hyperv_migration.model.terminal import printable


class MigrationError(Exception):
    """Anything this provider refuses or cannot do; its text is what the user reads, fit for a terminal."""

    def __init__(self, message: str = "") -> None:
        super().__init__(printable(message))

    def add(self, sentence: str) -> None:
        """Say one thing more, which only the caller knows."""
        self.args = (f"{self} {printable(sentence)}", *self.args[1:])


class InvalidInput(MigrationError):
    """The program asked for something that cannot be; nothing was sent."""

    def __init__(self, message: str, *, property_name: str = "") -> None:
        super().__init__(message)
        self.property_name = property_name


class MissingConfiguration(MigrationError):
    """A credential or an address is not known; nothing was sent."""


class Unreachable(MigrationError):
    """Nobody answered at the target's address: name not found, refused, reset, or no answer while connecting."""


class AuthenticationFailed(MigrationError):
    """The target answered and refused who we are (HTTP 401, LDAP result 49)."""


class SignInRefused(AuthenticationFailed):
    """The target, or the KDC, refused the password or key itself, which counts towards a lockout; a ticket does not."""


class AccessDenied(MigrationError):
    """The target knows who we are and refuses what we ask."""


class NotReady(AccessDenied):
    """Hyper-V is there and shows no migration service: vmms is starting, or hides it from an account without rights.

    WMI answers a caller without rights with empty lists (hyperv-wsman.md §6), so the two look alike. `present` tells
    whether the namespace of Hyper-V was seen to be there; None where that could not be seen.
    """

    def __init__(self, message: str, *, present: bool | None = True) -> None:
        super().__init__(message)
        self.present = present


class RemoteFault(MigrationError):
    """The target could not do it and said so; `code` is the WS-Man, WMI, method or LDAP number.

    `began` is False where it said so at once, by a return value: then nothing of the request was done.
    """

    def __init__(self, message: str, *, code: int | None = None, began: bool = True) -> None:
        super().__init__(message)
        self.code = code
        self.began = began


class NotFound(MigrationError):
    """The target answered, and the thing is positively not there."""


class Conflict(MigrationError):
    """Doing it would break something that is not ours; nothing was written."""


class TimedOut(MigrationError):
    """A deadline passed; what the target did meanwhile is not known until it is read again."""


class Cancelled(MigrationError):
    """The user stopped the operation."""


class PartiallyApplied(MigrationError):
    """A write succeeded and a later step failed; `id` and `state` are the truth to keep, as re-read."""

    def __init__(self, message: str, *, id: str, state: Mapping[str, Any]) -> None:  # noqa: A002 - the engine's word
        super().__init__(message)
        self.id = id
        self.state = dict(state)


class ProtocolViolation(MigrationError):
    """The target's answer is not what its protocol allows; nothing in it is believed."""
