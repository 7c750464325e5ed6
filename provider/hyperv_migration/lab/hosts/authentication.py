"""Who signs in at a host: Negotiate (NTLM) bound to the connection, and Basic where it is allowed (§3.7, §11)."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

import spnego

from hyperv_migration.lab.hosts.sealing import SealingContext
from hyperv_migration.lab.options import Options
from hyperv_migration.lab.scenario import Account

_NTLM = b"NTLMSSP\0"
_FIRST_MESSAGE = 1


class Outcome(Enum):
    """How far a sign-in has come with one request."""

    SIGNED_IN = auto()
    CONTINUE = auto()
    """A token goes back with 401, and the client sends another one."""
    REFUSED = auto()


@dataclass
class SignIn:
    """The security context of one TCP connection; a new connection starts without one."""

    accounts: Sequence[Account]
    options: Options
    account: Account | None = None
    context: SealingContext | None = None
    """What messages are sealed with; None when signed in with Basic."""
    _going_on: Any = field(default=None, repr=False)

    def forget(self) -> None:
        """Drop the context, as a host does that no longer knows the connection."""
        self.account, self.context, self._going_on = None, None, None

    def offers(self) -> list[str]:
        """Give the WWW-Authenticate headers of a 401."""
        return ["Negotiate", *(['Basic realm="WSMAN"'] if self.options.allow_basic else [])]

    def step(self, authorization: str) -> tuple[Outcome, str | None]:
        """Take one Authorization header; gives the outcome and the WWW-Authenticate header that goes with it."""
        scheme, _, text = authorization.partition(" ")
        try:
            token = base64.b64decode(text.strip(), validate=True)
        except (binascii.Error, ValueError):
            return self._refuse()
        if scheme.lower() == "negotiate":
            return self._negotiate(token)
        if scheme.lower() == "basic" and self.options.allow_basic:
            return self._basic(token)
        return self._refuse()

    def _negotiate(self, token: bytes) -> tuple[Outcome, str | None]:
        raw = token.startswith(_NTLM)
        if self._going_on is None or (raw and token[8:12] == _FIRST_MESSAGE.to_bytes(4, "little")):
            self.forget()
            # Pure Python in both cases: what the machine's own GSSAPI knows must not matter.
            self._going_on = (
                spnego.server(protocol="ntlm", options=spnego.NegotiateOptions.use_ntlm)
                if raw
                else spnego.server(protocol="negotiate", options=spnego.NegotiateOptions.use_negotiate)
            )
        try:
            answer = self._going_on.step(token)
        except Exception:  # noqa: BLE001 - a wrong password and garbage raise all kinds; every one of them is a refusal
            return self._refuse()
        header = f"Negotiate {base64.b64encode(answer).decode()}" if answer else None
        if not self._going_on.complete:
            return Outcome.CONTINUE, header
        context, self._going_on = self._going_on, None
        self.account = self._find(context.client_principal or "")
        if self.account is None:
            return self._refuse()
        self.context = context
        return Outcome.SIGNED_IN, header

    def _basic(self, token: bytes) -> tuple[Outcome, str | None]:
        # No encoding is agreed on for Basic: clients of today send UTF-8, older ones and `requests` Latin-1.
        for encoding in ("utf-8", "latin-1"):
            name, _, password = token.decode(encoding, errors="replace").partition(":")
            account = self._find(name)
            if account is not None and hmac.compare_digest(account.password.encode(), password.encode()):
                break
        else:
            return self._refuse()
        self.forget()
        self.account = account
        return Outcome.SIGNED_IN, None

    def _find(self, principal: str) -> Account | None:
        name = principal.rpartition("\\")[2].partition("@")[0].lower()
        return next((each for each in self.accounts if each.name.lower() == name), None)

    def _refuse(self) -> tuple[Outcome, None]:
        self.forget()
        return Outcome.REFUSED, None
