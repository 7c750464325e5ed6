"""The judgement that counts: a real KDC, asked by an unmodified Kerberos client with a fresh ticket cache."""

from __future__ import annotations

import pytest

from contract.directory.domains import Samba, call_to, next_run
from hyperv_migration.operations import delegation
from support import samba

SERVICES = [
    f"{service}/{host}"
    for service in ("cifs", "Microsoft Virtual System Migration Service")
    for host in ("HV02", "hv02.lab.test")
]


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
