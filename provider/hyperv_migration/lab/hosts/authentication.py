"""Who signs in at a host: Negotiate (NTLM or Kerberos) and Kerberos, bound to the connection; Basic; a certificate.

Sources: hyperv-wsman.md §3.7 and §11; DSP0226 Annex C names the profile of the certificate.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

import spnego

from hyperv_migration.lab.accounts import NTLM_ONLY
from hyperv_migration.lab.hosts import client_certificate, sealing
from hyperv_migration.lab.hosts.kerberos import AcceptedContext, Acceptor, prefers_kerberos
from hyperv_migration.lab.hosts.sealing import SealingContext
from hyperv_migration.lab.options import Options
from hyperv_migration.lab.scenario import Account

_NTLM = b"NTLMSSP\0"
_FIRST_MESSAGE = 1
CERTIFICATE_PROFILE = "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual"


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
    realm: str = ""
    """Whose tickets are taken: the domain's name in upper case."""
    acceptor: Acceptor | None = None
    """The host's keys; None where it has no keytab, and takes no Kerberos."""
    account: Account | None = None
    mechanism: str = ""
    """With what: ``NTLM``, ``Kerberos``, ``Basic`` or ``Certificate``."""
    context: SealingContext | None = None
    """What messages are sealed with; None when signed in with Basic or a certificate."""
    protocol: str = sealing.SPNEGO
    """What sealed messages call it."""
    _going_on: Any = field(default=None, repr=False)

    def forget(self) -> None:
        """Drop the context, as a host does that no longer knows the connection."""
        self.account, self.context, self._going_on, self.mechanism = None, None, None, ""

    def offers(self) -> list[str]:
        """Give the WWW-Authenticate headers of a 401."""
        offered = ["Negotiate"] if self.options.allow_negotiate else []
        offered += ["Kerberos"] if self.acceptor is not None else []
        return [*offered, *(['Basic realm="WSMAN"'] if self.options.allow_basic else [])]

    def step(self, authorization: str, certificate: bytes | None = None) -> tuple[Outcome, str | None]:
        """Take one Authorization header; gives the outcome and the WWW-Authenticate header that goes with it.

        Args:
            authorization: the header.
            certificate: the client's, as DER, if it has shown one and the host's authority vouches for it.
        """
        if authorization == CERTIFICATE_PROFILE:
            return self._certificate(certificate)
        scheme, _, text = authorization.partition(" ")
        try:
            token = base64.b64decode(text.strip(), validate=True)
        except (binascii.Error, ValueError):
            return self._refuse()
        match scheme.lower():
            case "negotiate" if self.options.allow_negotiate:
                return self._negotiate(token, "Negotiate")
            case "kerberos" if self.acceptor is not None:
                return self._negotiate(token, "Kerberos")
            case "basic" if self.options.allow_basic:
                return self._basic(token)
        return self._refuse()

    def _negotiate(self, token: bytes, scheme: str) -> tuple[Outcome, str | None]:
        raw = token.startswith(_NTLM)
        try:
            if self._going_on is None or (raw and token[8:12] == _FIRST_MESSAGE.to_bytes(4, "little")):
                self.forget()
                self._going_on = self._begin(token, raw=raw)
            if scheme == "Kerberos" and not isinstance(self._going_on, AcceptedContext):
                return self._refuse()
            answer = self._going_on.step(token)
        except Exception:  # noqa: BLE001 - a wrong password and garbage raise all kinds; every one of them is a refusal
            return self._refuse()
        header = f"{scheme} {base64.b64encode(answer).decode()}" if answer else None
        if not self._going_on.complete:
            return Outcome.CONTINUE, header
        context, self._going_on = self._going_on, None
        principal = context.client_principal or ""
        with_ticket = isinstance(context, AcceptedContext)
        self.account = self._of_realm(principal) if with_ticket else self._find(principal)
        if self.account is None:
            return self._refuse()
        self.context = context
        self.mechanism = "Kerberos" if with_ticket else "NTLM"
        self.protocol = sealing.KERBEROS if scheme == "Kerberos" else sealing.SPNEGO
        return Outcome.SIGNED_IN, header

    def _begin(self, token: bytes, *, raw: bool) -> Any:
        if not raw and self.acceptor is not None and prefers_kerberos(token):
            return self.acceptor.begin()
        # Pure Python in both cases: what the machine's own GSSAPI knows must not matter.
        if raw:
            return spnego.server(protocol="ntlm", options=spnego.NegotiateOptions.use_ntlm)
        return spnego.server(protocol="negotiate", options=spnego.NegotiateOptions.use_negotiate, credentials=NTLM_ONLY)

    def _certificate(self, certificate: bytes | None) -> tuple[Outcome, str | None]:
        self.forget()
        subject = client_certificate.subject_of(certificate) if certificate and self.options.allow_certificate else None
        mapped = (each for each in self.accounts if each.certificate_subject and each.certificate_subject == subject)
        self.account = next(mapped, None)
        if self.account is None:
            return self._refuse()
        self.mechanism = "Certificate"
        return Outcome.SIGNED_IN, None

    def _basic(self, token: bytes) -> tuple[Outcome, str | None]:
        # No encoding is agreed on for Basic: clients of today send UTF-8, older ones and `requests` Latin-1.
        for encoding in ("utf-8", "latin-1"):
            name, _, password = token.decode(encoding, errors="replace").partition(":")
            account = self._find(name)
            if (
                account is not None
                and account.password
                and hmac.compare_digest(account.password.encode(), password.encode())
            ):
                break
        else:
            return self._refuse()
        self.forget()
        self.account, self.mechanism = account, "Basic"
        return Outcome.SIGNED_IN, None

    def _of_realm(self, principal: str) -> Account | None:
        name, _, realm = principal.rpartition("@")
        return self._find(name) if realm == self.realm else None

    def _find(self, principal: str) -> Account | None:
        name = principal.rpartition("\\")[2].partition("@")[0].lower()
        return next((each for each in self.accounts if each.name.lower() == name), None)

    def _refuse(self) -> tuple[Outcome, None]:
        self.forget()
        return Outcome.REFUSED, None
