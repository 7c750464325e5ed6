"""The judgement that counts: a real KDC, asked by an unmodified Kerberos client with a fresh ticket cache."""

from __future__ import annotations

import pytest

from contract.directory.domains import MEMBER, Samba, call_to, next_run
from hyperv_migration.operations import delegation
from support import samba

SENSITIVE = MEMBER | 0x100000
SERVICES = [
    f"{service}/{host}"
    for service in ("cifs", "Microsoft Virtual System Migration Service")
    for host in ("HV02", "hv02.lab.test")
]


@pytest.mark.samba
def test_a_source_that_is_marked_as_sensitive_is_refused_and_told_so(samba_domain: samba.Domain) -> None:
    """The KDC refuses all of it until the mark goes; the delegation is written, and warned of at each look."""
    domain = Samba(samba_domain)
    domain.set_delegation("HV01", [], SENSITIVE)
    call, heard = call_to(domain.connection())
    given, _ = delegation.check({"source": "HV01", "destinations": ["HV02"]})
    id_, state = delegation.create(given, call)
    assert [samba_domain.kdc.s4u2proxy("HV01", name) for name in SERVICES] == [False] * 4
    assert delegation.read(id_, state, call) == state
    assert [said.partition(" (")[0] for said in heard.warnings] == ["HV01 is marked as sensitive"] * 2
    call = next_run(call)
    delegation.delete(id_, state, call)
    assert domain.delegation("HV01") == (set(), SENSITIVE)
    domain.set_delegation("HV01", [], MEMBER)


@pytest.mark.samba
@pytest.mark.parametrize("protocol_transition", [True, False])
def test_the_kdc_grants_after_create_and_refuses_after_delete(
    samba_domain: samba.Domain, *, protocol_transition: bool
) -> None:
    """All four names with protocol transition; none of them without, because the host must act on its own."""
    call, _ = call_to(Samba(samba_domain).connection())
    given, _ = delegation.check({"source": "HV01", "destinations": ["HV02"], "protocolTransition": protocol_transition})
    ask = samba_domain.kdc.s4u2proxy
    before = [ask("HV01", name) for name in SERVICES]
    id_, state = delegation.create(given, call)
    between = [ask("HV01", name) for name in SERVICES]
    call = next_run(call)
    delegation.delete(id_, state, call)
    after = [ask("HV01", name) for name in SERVICES]
    assert (before, between, after) == ([False] * 4, [protocol_transition] * 4, [False] * 4)
