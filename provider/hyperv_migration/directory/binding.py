"""Signing in on an open ldap3 connection."""

from __future__ import annotations

from typing import Any

import ldap3
from ldap3.protocol.sasl.sasl import send_sasl_negotiation
from spnego import ContextProxy, ContextReq

from hyperv_migration.directory.contexts import KERBEROS, Begun, SignIn
from hyperv_migration.directory.errors import (
    SASL_BIND_IN_PROGRESS,
    SUCCESS,
    from_exception,
    from_result,
    refused_inside_tls,
    refused_ticket,
)
from hyperv_migration.model.errors import AuthenticationFailed, MigrationError, ProtocolViolation
from hyperv_migration.model.settings import Credentials
from hyperv_migration.operations.sign_ins import Verdict
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


def bind_negotiate(connection: Any, verdict: Verdict, *, tls: bool, domain: str | None = None) -> str | None:
    """Sign in with SPNEGO: Kerberos or NTLM. Without TLS every later message is sealed; the socket is a MessageSocket.

    Inside TLS the sign-in is tied to the channel and not sealed again, which Active Directory forbids
    (active-directory.md, 100 and 102). With a domain the domain controller must prove that it is one of it, by Kerberos.
    Returns what is to be said of the way it was done; None where nothing is.
    """
    controller = verdict.target
    bindings = channel_bindings(connection.socket.getpeercert(binary_form=True)) if tls else None
    sign_in = SignIn(controller, verdict.credentials, tls=tls, bindings=bindings)
    with verdict.of_the_kdc() as asked:
        context, token = _begun(sign_in, controller, domain)
        if context.negotiated_protocol == KERBEROS:
            asked.has_ticket()
    with verdict.of_the_target():
        _exchange(connection, controller, context, token, tls=tls)
    if not tls:
        if not context.context_attr & ContextReq.confidentiality:
            raise AuthenticationFailed(
                f"The domain controller {controller} did not agree to encrypt the connection; set directory.transport to "
                "ldaps."
            )
        connection.socket.seal(context)
    connection.bound = True
    if tls or not sign_in.unknown_service:
        return None
    return (
        f"{controller} was signed in to with NTLM, because the KDC knows no service ldap/{controller}. NTLM does not show which "
        "computer answers: give directory.domainControllers the name that the domain controller's account has (setspn -L)."
    )


def _begun(sign_in: SignIn, controller: str, domain: str | None) -> Begun:
    """Begin, with every foreign exception mapped: whether the KDC has refused the account is asked of ours."""
    try:
        return sign_in.begin() if domain is None else sign_in.begin_proving(domain)
    except Exception as error:
        raise from_exception(error, controller) from error


def _exchange(connection: Any, controller: str, context: ContextProxy, token: bytes | None, *, tls: bool) -> None:
    """Send what the two sides have to say until both agree."""
    connection.sasl_mechanism = "GSS-SPNEGO"
    for _ in range(_LONGEST_EXCHANGE):
        result: dict[str, Any] = send_sasl_negotiation(connection, None, token)  # type: ignore[no-untyped-call]
        answer = result.get("saslCreds")
        if result["result"] == SUCCESS:
            if answer and not context.complete:
                context.step(answer)
            break
        if result["result"] != SASL_BIND_IN_PROGRESS:
            raise _refused(result, controller, context, tls=tls)
        token = context.step(answer)
    if not context.complete:
        raise ProtocolViolation(f"The sign-in to the domain controller {controller} did not come to an end; run again.")


def _refused(result: dict[str, Any], controller: str, context: ContextProxy, *, tls: bool) -> MigrationError:
    if context.negotiated_protocol == KERBEROS and (ours := refused_ticket(result, controller)) is not None:
        return ours
    return refused_inside_tls(result, controller) if tls else from_result(result, controller)
