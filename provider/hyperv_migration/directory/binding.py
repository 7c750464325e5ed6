"""Signing in on an open ldap3 connection."""

from __future__ import annotations

from typing import Any

import ldap3
from ldap3.protocol.sasl.sasl import send_sasl_negotiation
from spnego import ContextReq

from hyperv_migration.directory.contexts import SignIn
from hyperv_migration.directory.errors import SASL_BIND_IN_PROGRESS, SUCCESS, from_result, refused_inside_tls
from hyperv_migration.model.errors import AuthenticationFailed, ProtocolViolation
from hyperv_migration.model.settings import Credentials
from hyperv_migration.operations.signing_in import channel_bindings

_LONGEST_EXCHANGE = 8


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


def bind_negotiate(
    connection: Any, controller: str, credentials: Credentials, *, tls: bool, domain: str | None = None
) -> None:
    """Sign in with SPNEGO: Kerberos or NTLM. Without TLS every later message is sealed; the socket is a MessageSocket.

    Inside TLS the sign-in is tied to the channel and not sealed again, which Active Directory forbids
    (active-directory.md, 100 and 102). With a domain the domain controller must prove that it is one of it, by Kerberos.
    """
    bindings = channel_bindings(connection.socket.getpeercert(binary_form=True)) if tls else None
    sign_in = SignIn(controller, credentials, tls=tls, bindings=bindings)
    context, token = sign_in.begin() if domain is None else sign_in.begin_proving(domain)
    connection.sasl_mechanism = "GSS-SPNEGO"
    for _ in range(_LONGEST_EXCHANGE):
        result: dict[str, Any] = send_sasl_negotiation(connection, None, token)  # type: ignore[no-untyped-call]
        answer = result.get("saslCreds")
        if result["result"] == SUCCESS:
            if answer and not context.complete:
                context.step(answer)
            break
        if result["result"] != SASL_BIND_IN_PROGRESS:
            raise refused_inside_tls(result, controller) if tls else from_result(result, controller)
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
