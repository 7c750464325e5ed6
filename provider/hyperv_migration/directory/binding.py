"""Signing in on an open ldap3 connection."""

from __future__ import annotations

import importlib.util
from typing import Any

import ldap3
import spnego
from ldap3.protocol.sasl.sasl import send_sasl_negotiation
from spnego import ContextProxy, ContextReq
from spnego.exceptions import SpnegoError

from hyperv_migration.directory.errors import SASL_BIND_IN_PROGRESS, SUCCESS, from_result
from hyperv_migration.directory.tls import channel_bindings
from hyperv_migration.model.errors import AuthenticationFailed, MissingConfiguration, ProtocolViolation
from hyperv_migration.model.kerberos import principal_of
from hyperv_migration.model.settings import Credentials

_LONGEST_EXCHANGE = 8
_SEALED = (
    ContextReq.mutual_auth
    | ContextReq.replay_detect
    | ContextReq.sequence_detect
    | ContextReq.integrity
    | ContextReq.confidentiality
)
_INSIDE_TLS = ContextReq.mutual_auth | ContextReq.no_integrity
"""Detecting replays would ask for signatures, so it is left to TLS."""


def bind_simple(connection: Any, controller: str, credentials: Credentials) -> None:
    """Send name and password; only ever called on a connection that has TLS."""
    connection.user = credentials.username
    connection.password = credentials.password
    connection.authentication = ldap3.SIMPLE
    try:
        connection.bind(read_server_info=False)
    finally:
        connection.password = None
    if connection.result["result"] != SUCCESS:
        raise from_result(connection.result, controller)


def bind_negotiate(connection: Any, controller: str, credentials: Credentials, *, tls: bool) -> None:
    """Sign in with SPNEGO: Kerberos or NTLM. Without TLS every later message is sealed; the socket is a MessageSocket.

    Inside TLS the sign-in is tied to the channel and not sealed again, which Active Directory forbids
    (active-directory.md, 100 and 102).
    """
    context, token = _begin(connection, controller, credentials, tls=tls)
    connection.sasl_mechanism = "GSS-SPNEGO"
    for _ in range(_LONGEST_EXCHANGE):
        result: dict[str, Any] = send_sasl_negotiation(connection, None, token)  # type: ignore[no-untyped-call]
        answer = result.get("saslCreds")
        if result["result"] == SUCCESS:
            if answer and not context.complete:
                context.step(answer)
            break
        if result["result"] != SASL_BIND_IN_PROGRESS:
            raise from_result(result, controller)
        token = context.step(answer)
    if not context.complete:
        raise ProtocolViolation(f"The sign-in to the domain controller {controller} did not come to an end; run again.")
    if not tls:
        if not context.context_attr & ContextReq.confidentiality:
            raise AuthenticationFailed(
                f"The domain controller {controller} did not agree to encrypt the connection; set directory.transport to "
                "ldaps."
            )
        connection.socket.seal(context)
    connection.bound = True


def _begin(
    connection: Any, controller: str, credentials: Credentials, *, tls: bool
) -> tuple[ContextProxy, bytes | None]:
    """Return the security context and its first token; nothing is sent to the domain controller."""
    username = credentials.username
    if credentials.password is None:
        username = principal_of(username)
        if not _kerberos_installed():
            # Without, pyspnego would fall back to files named for NTLM.
            raise MissingConfiguration(
                f"No password is configured for the domain controller {controller}, and the package extra for Kerberos is "
                "not installed; run `pip install 'pulumi-hyperv-migration[kerberos]'`, or set username and password."
            )
    how: dict[str, Any] = {
        "hostname": controller,
        "service": "ldap",
        "channel_bindings": channel_bindings(connection.socket) if tls else None,
        "context_req": _INSIDE_TLS if tls else _SEALED,
    }
    context = spnego.client(username, credentials.password, **how)
    if credentials.password is not None:
        return context, context.step()
    try:
        token = context.step()
        without_ticket = _uses_a_file(context)
    except SpnegoError:
        without_ticket = True
    if without_ticket:
        # Negotiation says only that nothing is left to negotiate; Kerberos by itself says why, by number.
        spnego.client(username, protocol="kerberos", **how).step()
        raise ProtocolViolation(f"The sign-in to the domain controller {controller} changed its way; run again.")
    return context, token


def _uses_a_file(context: ContextProxy) -> bool:
    """Tell whether NTLM signs in though no password is configured: pyspnego takes one from the file in NTLM_USER_FILE."""
    return importlib.util.find_spec("gssapi") is not None and context.negotiated_protocol == "ntlm"


def _kerberos_installed() -> bool:
    return any(importlib.util.find_spec(name) is not None for name in ("gssapi", "sspilib"))
