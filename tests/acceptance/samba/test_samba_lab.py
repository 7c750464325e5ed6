"""The probe itself: the domain's KDC judges delegation as active-directory.md §13 measured it."""

from __future__ import annotations

import ssl

import ldap3
import pytest

from support.kdc import KdcError
from support.samba import Domain
from support.samba_accounts import (
    MEMBER,
    TRUSTED_FOR_DELEGATION,
    TRUSTED_TO_AUTH_FOR_DELEGATION,
    computer_dn,
    service_names,
)

pytestmark = pytest.mark.samba

MIGRATION = "Microsoft Virtual System Migration Service"
TARGETS = [*service_names("cifs", "HV02"), *service_names(MIGRATION, "HV02")]
FULL_NAMES = [name for name in TARGETS if name.endswith(".lab.test")]
ANY_PROTOCOL = MEMBER | TRUSTED_TO_AUTH_FOR_DELEGATION
UNCONSTRAINED = MEMBER | TRUSTED_FOR_DELEGATION


@pytest.mark.parametrize(
    ("listed", "account_control", "granted"),
    [
        pytest.param([], MEMBER, [], id="nothing"),
        pytest.param([], ANY_PROTOCOL, [], id="bit without list"),
        pytest.param(TARGETS, MEMBER, [], id="list only"),
        pytest.param(TARGETS, ANY_PROTOCOL, TARGETS, id="list and bit"),
        pytest.param(TARGETS, UNCONSTRAINED, [], id="list and unconstrained"),
        pytest.param(FULL_NAMES, ANY_PROTOCOL, FULL_NAMES, id="full names only"),
        pytest.param([name.upper() for name in TARGETS], ANY_PROTOCOL, TARGETS, id="upper case"),
    ],
)
def test_kdc_grants_only_what_is_listed_with_protocol_transition(
    samba_domain: Domain, listed: list[str], account_control: int, granted: list[str]
) -> None:
    """Each row of the measured matrix, for all four service names of the target."""
    samba_domain.set_delegation("HV01", listed, account_control)
    assert [name for name in TARGETS if samba_domain.kdc.s4u2proxy("HV01", name)] == granted


def test_sensitive_user_is_never_delegated(samba_domain: Domain) -> None:
    """An account marked sensitive is refused although the same question is granted for an ordinary one."""
    samba_domain.set_delegation("HV01", TARGETS, ANY_PROTOCOL)
    assert samba_domain.kdc.s4u2proxy("HV01", TARGETS[0], user="alice")
    assert not samba_domain.kdc.s4u2proxy("HV01", TARGETS[0], user="sensitive")


def test_delegation_is_one_way(samba_domain: Domain) -> None:
    """What HV01 may do towards HV02 gives HV02 nothing towards HV01."""
    samba_domain.set_delegation("HV01", TARGETS, ANY_PROTOCOL)
    samba_domain.set_delegation("HV02", [], MEMBER)
    assert not samba_domain.kdc.s4u2proxy("HV02", "cifs/HV01")


def test_unknown_service_is_no_judgement(samba_domain: Domain) -> None:
    """A service that no account carries is an error of the question, not a refusal."""
    with pytest.raises(KdcError, match="not found in Kerberos database"):
        samba_domain.kdc.s4u2proxy("HV01", "cifs/nobody.lab.test")


def test_silent_kdc_is_no_judgement(samba_domain: Domain) -> None:
    """A KDC that is down is never taken for one that refuses."""
    samba_domain.controller.stop()
    try:
        with pytest.raises(KdcError, match="HV01 could not sign in"):
            samba_domain.kdc.s4u2proxy("HV01", TARGETS[0])
    finally:
        samba_domain.controller.start()


@pytest.mark.parametrize(("user", "result"), [("operator", 0), ("alice", 50), ("bob", 50)])
def test_directory_lets_only_operators_write_delegation(samba_domain: Domain, user: str, result: int) -> None:
    """Over verified TLS a domain administrator may write the list; anybody else gets insufficientAccessRights."""
    samba_domain.set_delegation("HV01", [], MEMBER)
    tls = ldap3.Tls(
        validate=ssl.CERT_REQUIRED,
        ca_certs_file=str(samba_domain.ca_file),
        valid_names=[samba_domain.controller_name],
    )
    server = ldap3.Server(samba_domain.address, port=636, use_ssl=True, tls=tls, get_info=ldap3.NONE)
    change = {"msDS-AllowedToDelegateTo": [(ldap3.MODIFY_ADD, TARGETS)]}
    account = f"{user}@{samba_domain.dns_name}"
    with ldap3.Connection(server, user=account, password=samba_domain.password(user)) as connection:
        connection.modify(computer_dn("HV01"), change)
        answered = connection.result["result"]
    assert answered == result
    assert samba_domain.delegation("HV01") == (set(TARGETS) if result == 0 else set(), MEMBER)


def test_another_administrator_adds_without_replacing(samba_domain: Domain) -> None:
    """A foreign addition stands beside what was there."""
    samba_domain.set_delegation("HV01", TARGETS, ANY_PROTOCOL)
    samba_domain.allow("HV01", ["http/elsewhere.lab.test"])
    assert samba_domain.delegation("HV01") == ({*TARGETS, "http/elsewhere.lab.test"}, ANY_PROTOCOL)


def test_independent_reader_sees_what_was_written(samba_domain: Domain) -> None:
    """Samba's own administration tool shows the list and the bit."""
    samba_domain.set_delegation("HV02", service_names("cifs", "HV01"), ANY_PROTOCOL)
    shown = samba_domain.show_delegation("HV02")
    assert "UF_TRUSTED_TO_AUTHENTICATE_FOR_DELEGATION: True" in shown
    assert all(name in shown for name in service_names("cifs", "HV01"))
