"""The whole job on emulated hosts and a real Active Directory domain, judged by its KDC; and no secret on the way."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.scenario import Host
from support.engine import Stack
from support.faces import Face
from support.hosts import PASSWORD, scenario
from support.killing import started
from support.samba import Domain
from support.samba_accounts import MEMBER, service_names

pytestmark = [pytest.mark.engine, pytest.mark.samba]

MIGRATION_SERVICE = "Microsoft Virtual System Migration Service"
BOTH_WAYS = [
    (source, spn)
    for source, target in (("HV01", "HV02"), ("HV02", "HV01"))
    for service in ("cifs", MIGRATION_SERVICE)
    for spn in service_names(service, target)
]


def pair(face: Face) -> None:
    """The document's scenario."""
    face.MigrationPair(
        "pair",
        hosts=["hv01.lab.test", "hv02.lab.test"],
        networks=["192.168.10.0/24"],
        performance_option="Compression",
    )


@contextmanager
def command_lines() -> Iterator[set[str]]:
    """Collect the arguments of every process that this test begins meanwhile."""
    seen: set[str] = set()
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            seen.update(started().values())
            time.sleep(0.05)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield seen
    finally:
        stop.set()
        looking.join()


def test_a_pair_on_a_real_domain_and_no_password_anywhere(
    engine: Path, samba_domain: Domain, tmp_path: Path, face: Face
) -> None:
    """Granted after up in both directions, refused after destroy; the password is in no state, output or argument."""
    assert engine.is_dir()
    with Lab(scenario(Host(name="HV01"), Host(name="HV02"))) as lab:
        found = {name: host.snapshot for name, host in lab.hosts.items()}
        stack = Stack(tmp_path / "stack", pair, arguments=(face,))
        keys = lab.configuration()
        stack.configure(
            {
                "hyperv-migration:username": keys["username"],
                "hyperv-migration:addresses": {**keys["addresses"], "dc1.lab.test": samba_domain.address},
                "hyperv-migration:directory": {"domain": "lab.test", "domainControllers": ["dc1.lab.test"]},
            },
            {"hyperv-migration:password": PASSWORD},
        )
        with command_lines() as arguments:
            up = stack.up()
            granted = [samba_domain.kdc.s4u2proxy(source, spn) for source, spn in BOTH_WAYS]
            refreshed = stack.refresh()
            previewed = stack.preview()
            destroyed = stack.destroy()
        refused = [samba_domain.kdc.s4u2proxy(source, spn) for source, spn in BOTH_WAYS]

        assert granted == [True] * 8
        assert refused == [False] * 8
        assert {name: host.snapshot for name, host in lab.hosts.items()} == found
        assert [samba_domain.delegation(host) for host in ("HV01", "HV02")] == [(set(), MEMBER)] * 2
        said = "".join(run.output for run in (up, refreshed, previewed, destroyed))
        assert [text for text in (said, stack.state_files(), *arguments) if PASSWORD in text] == []
        assert any(face.host_process in line for line in arguments)
