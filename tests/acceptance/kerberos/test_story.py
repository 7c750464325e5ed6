"""The whole job with tickets alone, as docs/getting-started.md sets a runner up: no password is configured anywhere."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from acceptance.kerberos.conftest import ACCOUNTS, signed_in
from hyperv_migration.lab.lab import Lab
from pulumi_hyperv_migration import MigrationPair
from support.engine import Stack
from support.samba import Domain
from support.samba_accounts import CONTROLLER, MEMBER, service_names
from support.tickets import Tickets

pytestmark = [pytest.mark.engine, pytest.mark.samba, pytest.mark.kerberos]

GETTING_STARTED = Path(__file__).resolve().parents[3] / "docs" / "getting-started.md"
MIGRATION_SERVICE = "Microsoft Virtual System Migration Service"
BOTH_WAYS = [
    (source, spn)
    for source, target in (("HV01", "HV02"), ("HV02", "HV01"))
    for service in ("cifs", MIGRATION_SERVICE)
    for spn in service_names(service, target)
]
TICKETS_ONLY = {("Kerberos", "operator")}


def pair() -> None:
    """The document's scenario."""
    MigrationPair(
        "pair",
        hosts=["hv01.lab.test", "hv02.lab.test"],
        networks=["192.168.10.0/24"],
        performance_option="Compression",
    )


def with_ticket_cache(tickets: Tickets) -> dict[str, str]:
    """Somebody has run kinit."""
    return tickets.environment(cache=tickets.cache())


def with_keytab_as_documented(tickets: Tickets) -> dict[str, str]:
    """What the exports of docs/getting-started.md leave in the environment, with this test's keytab and realm."""
    exports = re.findall(
        r"^\$ (export KRB5\w+=.*?)(?: +#.*)?$", GETTING_STARTED.read_text(encoding="utf-8"), re.MULTILINE
    )
    keytab = tickets.keytab("operator")
    script = "; ".join([*exports, "env"]).replace("/etc/pulumi/svc-migration.keytab", str(keytab))
    assert str(keytab) in script
    done = subprocess.run(["sh", "-c", script], env={}, capture_output=True, text=True, check=True)
    named = dict(line.split("=", 1) for line in done.stdout.splitlines() if line.startswith("KRB5"))
    return {"KRB5_CONFIG": str(tickets.domain.controller.krb5_conf), **named}


def configuration(lab: Lab, domain: Domain) -> dict[str, Any]:
    """Where everything is, and nobody's name."""
    addresses = {host.fqdn: host.url for host in lab.hosts.values()}
    return {
        "hyperv-migration:addresses": {**addresses, CONTROLLER: domain.address},
        "hyperv-migration:directory": {"domain": domain.dns_name, "domainControllers": [CONTROLLER]},
    }


@pytest.mark.parametrize("signed_in_with", [with_ticket_cache, with_keytab_as_documented])
def test_a_pair_from_nothing_to_nothing_without_a_password(
    engine: Path,
    lab: Lab,
    tickets: Tickets,
    tmp_path: Path,
    signed_in_with: Callable[[Tickets], dict[str, str]],
) -> None:
    """Granted in both directions after `up`, settled, refused after `destroy`; every message came with a ticket."""
    assert engine.is_dir()
    domain = tickets.domain
    found = {name: host.snapshot for name, host in lab.hosts.items()}
    environment = signed_in_with(tickets)
    assert [name for name in environment if "PASSWORD" in name] == []
    stack = Stack(tmp_path / "stack", pair, environment)
    stack.configure(configuration(lab, domain))

    stack.up()
    granted = [domain.kdc.s4u2proxy(source, spn) for source, spn in BOTH_WAYS]
    settled = stack.is_settled()
    assert stack.refresh().changes == {"same": 8}
    kept = stack.state_files()
    stack.destroy()
    refused = [domain.kdc.s4u2proxy(source, spn) for source, spn in BOTH_WAYS]

    assert (granted, settled, refused) == ([True] * 8, True, [False] * 8)
    assert {name: host.snapshot for name, host in lab.hosts.items()} == found
    assert [domain.delegation(host) for host in ("HV01", "HV02")] == [(set(), MEMBER)] * 2
    assert [signed_in(host) for host in lab.hosts.values()] == [TICKETS_ONLY, TICKETS_ONLY]
    assert [account.password for account in ACCOUNTS] == ["", ""]
    assert [word for word in ("password", str(tickets.folder)) if word in kept] == []
