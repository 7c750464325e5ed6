"""Sign-ins: simple inside TLS, and GSS-SPNEGO with a security layer (MS-ADTS 5.1.1)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

import spnego
from spnego.exceptions import SpnegoError

from hyperv_migration.lab.accounts import NTLM_ONLY
from hyperv_migration.lab.directory.controller import NOBODY, DomainController, Identity
from hyperv_migration.lab.directory.messages import Answer, Bind
from hyperv_migration.lab.directory.names import Name
from hyperv_migration.lab.directory.results import Code, Refused, Result, bad_credentials
from hyperv_migration.lab.scenario import Account

_VERSION = 3
_SPNEGO = "GSS-SPNEGO"
_PROTECTED = spnego.ContextReq.integrity | spnego.ContextReq.confidentiality


@dataclass(frozen=True)
class SignedIn:
    """How a bind, or one leg of it, ended well."""

    answer: Answer
    identity: Identity = NOBODY
    context: spnego.ContextProxy | None = None
    """The context that wraps everything after the answer."""


class Binder:
    """The sign-ins of one connection; a SASL sign-in takes several legs."""

    def __init__(self, controller: DomainController) -> None:
        self._controller = controller
        self._context: spnego.ContextProxy | None = None

    def bind(self, request: Bind, *, encrypted: bool, sealed: bool) -> SignedIn:
        """Carry out one bind request."""
        pending, self._context = self._context, None  # any other bind abandons a SASL sign-in that is under way
        if request.version != _VERSION:
            raise Refused(Code.PROTOCOL_ERROR, "00000057: LdapErr: DSID-0C090A3A, comment: bad version, data 0, v4563")
        if sealed:
            raise Refused(
                Code.UNWILLING_TO_PERFORM, "00002029: LdapErr: DSID-0C0905FF, comment: Cannot bind again, data 0, v4563"
            )
        if request.password is not None:
            return self._simple(request.name, request.password, encrypted=encrypted)
        if request.mechanism is not None and request.mechanism.upper() == _SPNEGO:
            return self._negotiate(request, pending, encrypted=encrypted)
        raise Refused(
            Code.AUTH_METHOD_NOT_SUPPORTED,
            "00002027: LdapErr: DSID-0C090706, comment: Authentication method unsupported, data 0, v4563",
        )

    def _simple(self, name: str, password: bytes, *, encrypted: bool) -> SignedIn:
        if not name and not password:
            return SignedIn(Answer(Result()))
        if not encrypted:
            raise _stronger_needed("00002028", "DSID-0C090256")
        account = self._account_of(name)
        # An empty password would be an anonymous sign-in that looks like a named one.
        if account is None or not password or not hmac.compare_digest(account.password.encode(), password):
            raise bad_credentials()
        return SignedIn(Answer(Result()), self._controller.identity(account))

    def _account_of(self, name: str) -> Account | None:
        r"""Take ``LAB\user``, ``user@domain`` and distinguished names, no bare name (active-directory.md, 96)."""
        scenario = self._controller.scenario
        domain, separator, user = name.partition("\\")
        if separator:
            known = domain.casefold() in (scenario.netbios.casefold(), scenario.domain.casefold())
            return self._controller.find_account(user) if known else None
        user, separator, domain = name.rpartition("@")
        if separator:
            return self._controller.find_account(user) if domain.casefold() == scenario.domain.casefold() else None
        try:
            entry = self._controller.database.find(Name.parse(name))
        except ValueError:
            return None
        return self._controller.find_account(entry.text("sAMAccountName")) if entry else None

    def _negotiate(self, request: Bind, pending: spnego.ContextProxy | None, *, encrypted: bool) -> SignedIn:
        # pyspnego's own acceptor on every machine, so that a GSSAPI library that is installed changes nothing.
        context = pending or spnego.server(
            hostname=self._controller.host_name,
            service="ldap",
            protocol="negotiate",
            options=spnego.NegotiateOptions.use_negotiate,
            credentials=NTLM_ONLY,
        )
        try:
            token = context.step(request.token)
        except (SpnegoError, ValueError, LookupError):
            # The last one is a ticket that pyspnego takes for NTLM.
            raise bad_credentials() from None
        if not context.complete:
            self._context = context
            return SignedIn(Answer(Result(Code.SASL_BIND_IN_PROGRESS), token=token))
        account = self._controller.find_account(_plain_name(context.client_principal or ""))
        if account is None:
            raise bad_credentials()
        protected = bool(context.context_attr & _PROTECTED)
        if protected and encrypted:
            raise Refused(
                Code.UNWILLING_TO_PERFORM,
                "00002029: LdapErr: DSID-0C0904FE, comment: Cannot sign or seal inside TLS, data 0, v4563",
            )
        if not protected and not encrypted:
            raise _stronger_needed("00002028", "DSID-0C09023C")
        answer = Answer(Result(), token=token)
        return SignedIn(answer, self._controller.identity(account), context if protected else None)


def _plain_name(principal: str) -> str:
    """Take the domain off, on whichever side it stands."""
    return principal.rpartition("\\")[2].partition("@")[0]


def _stronger_needed(number: str, place: str) -> Refused:
    return Refused(
        Code.STRONGER_AUTH_REQUIRED,
        f"{number}: LdapErr: {place}, comment: The server requires binds to turn on integrity checking if SSL\\TLS are "
        "not already active on the connection, data 0, v4563",
    )
