"""Security contexts of a sign-in with SPNEGO, each with its first token; nothing is sent to the domain controller here.

pyspnego chooses between Kerberos and NTLM by itself and says afterwards which it was. Where that is not enough, the
choice is made here, and handed to its SPNEGO: Kerberos alone for a proof, and an NTLM that fits inside TLS.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import spnego
from spnego import ContextProxy, ContextReq
from spnego._context import GSSMech
from spnego._negotiate import NegotiateProxy
from spnego._ntlm import NTLMProxy
from spnego._ntlm_raw.messages import NegotiateFlags

from hyperv_migration.directory.errors import from_exception
from hyperv_migration.directory.trust import unproven
from hyperv_migration.model.errors import MissingConfiguration
from hyperv_migration.model.kerberos import (
    NO_KDC,
    REFUSED_ACCOUNT,
    UNKNOWN_SERVICE,
    kerberos_code,
    principal_of,
    whose_ticket,
)
from hyperv_migration.model.settings import Credentials
from hyperv_migration.operations.signing_in import kerberos_installed

if TYPE_CHECKING:
    from spnego.channel_bindings import GssChannelBindings

_SEALED = (
    ContextReq.mutual_auth
    | ContextReq.replay_detect
    | ContextReq.sequence_detect
    | ContextReq.integrity
    | ContextReq.confidentiality
)
_INSIDE_TLS = ContextReq.mutual_auth | ContextReq.no_integrity
"""Detecting replays would ask for signatures, so it is left to TLS."""
Begun = tuple[ContextProxy, bytes | None]
KERBEROS = "kerberos"
"""As pyspnego calls it."""


class KeyedNtlm(NTLMProxy):
    """NTLM that does not ask for a session key to be exchanged.

    pyspnego asks for it always, and sends one octet in its place where nothing is to be signed or sealed, as inside TLS;
    Samba refuses that with data 57 after it has found the password right (directory-estate.md, 68 to 72).
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._context_req &= ~NegotiateFlags.key_exch


class SignIn:
    """Who signs in to which domain controller, and over what."""

    def __init__(
        self,
        controller: str,
        credentials: Credentials,
        *,
        tls: bool,
        bindings: GssChannelBindings | None,
        platform: str = sys.platform,
    ) -> None:
        self._controller, self._tls = controller, tls
        self._by_windows = platform == "win32"
        self.unknown_service = False
        """Whether the KDC knows the account, and no service of this name; NTLM, which asks for no name, is what is left."""
        self._password = credentials.password
        self._account = credentials
        # Kerberos takes no DOMAIN\user, and without a password there is nothing else.
        self._username = (
            credentials.username if credentials.password is not None else whose_ticket(credentials, platform)
        )
        self._how: dict[str, Any] = {
            "hostname": controller,
            "service": "ldap",
            "channel_bindings": bindings,
            "context_req": _INSIDE_TLS if tls else _SEALED,
        }

    def begin(self) -> Begun:
        """Kerberos where it is to be had, else NTLM where there is a password; Windows chooses by itself."""
        if self._password is None:
            return self._with_a_ticket()
        context = spnego.client(self._username, self._password, **self._how) if self._by_windows else self._either()
        return context, context.step()

    def begin_proving(self, domain: str) -> Begun:
        """Kerberos, by a service name that only domain controllers of the domain may have: ldap/HOST/DOMAIN.

        A member may give itself ldap/HOST, and everybody gets tickets for that (directory-estate.md, §1c).
        Raises Unproven where the KDC knows no such name, or Kerberos is not to be had.
        """
        if self._password is not None and "@" not in (self._username or ""):
            raise unproven(
                self._controller, domain, "a sign-in as DOMAIN\\user is one with NTLM, which proves no domain"
            )
        if not kerberos_installed():
            raise unproven(self._controller, domain, "the package extra [kerberos] is not installed")
        try:
            context = self._negotiating({GSSMech.kerberos: self._kerberos_for(domain)})
            return context, context.step()
        except Exception as error:
            code = kerberos_code(error)
            if code == UNKNOWN_SERVICE:
                name = f"ldap/{self._controller}/{domain}"
                raise unproven(self._controller, domain, f"the KDC knows no service {name}", impostor=True) from error
            if code in NO_KDC and self._password is not None:
                reason = "no KDC is to be had that knows the account"
                raise unproven(self._controller, domain, reason) from error
            raise from_exception(error, self._controller) from error

    def _kerberos_for(self, domain: str) -> ContextProxy:
        if self._by_windows:
            how = {**self._how, "hostname": f"{self._controller}/{domain}"}
            return spnego.client(principal_of(self._username), self._password, protocol="kerberos", **how)
        import gssapi  # noqa: PLC0415 - of the extra

        inner: Any = spnego.client(principal_of(self._username), self._password, protocol="kerberos", **self._how)
        bindings = self._how["channel_bindings"]
        # pyspnego would make two parts of it, with an escaped slash in the second one (directory-estate.md, 17).
        inner._context = gssapi.SecurityContext(  # noqa: SLF001 - it makes one only where there is none yet
            name=gssapi.Name(f"ldap/{self._controller}/{domain}@{domain.upper()}", gssapi.NameType.kerberos_principal),
            creds=inner._credential,  # noqa: SLF001
            usage="initiate",
            mech=inner._mech,  # noqa: SLF001
            flags=inner._context_req,  # noqa: SLF001
            channel_bindings=None
            if bindings is None
            else gssapi.raw.ChannelBindings(application_data=bindings.application_data),
        )
        return inner  # type: ignore[no-any-return]

    def _either(self) -> ContextProxy:
        """Offer Kerberos and NTLM, as pyspnego does; but not the password that a KDC has refused a second time."""
        mechanisms: dict[GSSMech, Any] = {}
        # DOMAIN\user says no realm, and Kerberos would take it for somebody else's name.
        if kerberos_installed() and "\\" not in (self._username or ""):
            try:
                mechanisms[GSSMech.kerberos] = self._listening(
                    spnego.client(principal_of(self._username), self._password, protocol="kerberos", **self._how)
                )
            except Exception as error:
                if kerberos_code(error) in REFUSED_ACCOUNT:
                    raise from_exception(error, self._controller) from error
        ntlm = KeyedNtlm if self._tls else NTLMProxy
        mechanisms[GSSMech.ntlm] = ntlm(self._username, self._password, protocol="ntlm", **self._how)
        return self._negotiating(mechanisms)

    def _listening(self, context: ContextProxy) -> ContextProxy:
        """Keep why it cannot begin, of which negotiation says nothing where NTLM is left."""
        step = context.step

        def heard(*arguments: Any, **named: Any) -> bytes | None:
            try:
                return step(*arguments, **named)
            except Exception as error:
                self.unknown_service = kerberos_code(error) == UNKNOWN_SERVICE
                raise

        context.step = heard  # type: ignore[method-assign]
        return context

    def _negotiating(self, mechanisms: dict[GSSMech, Any]) -> ContextProxy:
        for context in mechanisms.values():
            context._is_wrapped = True  # noqa: SLF001 - as pyspnego does with what it wraps
        return NegotiateProxy(self._username, self._password, **self._how, _negotiate_contexts=mechanisms)

    def _with_a_ticket(self) -> Begun:
        if not kerberos_installed():
            # Without, pyspnego would fall back to files named for NTLM.
            raise MissingConfiguration(
                f"No password is configured for the domain controller {self._controller}, and the package extra for Kerberos "
                "is not installed; install it from the provider's checkout: `pip install '/path/to/this/checkout[kerberos]'`; "
                f"or, for the password, {self._account.how_to_set('password')}."
            )
        if self._by_windows:
            context = spnego.client(self._username, None, **self._how)
        else:
            # Kerberos alone: for NTLM pyspnego would take a password from the file in NTLM_USER_FILE. And once: where the key of
            # a keytab is wrong, each question is an attempt.
            alone = spnego.client(self._username, None, protocol="kerberos", **self._how)
            context = self._negotiating({GSSMech.kerberos: alone})
        return context, context.step()
