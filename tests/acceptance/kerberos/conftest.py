"""A real domain, emulated hosts that take its tickets, and nobody's password."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from hyperv_migration.lab.hosts.host import EmulatedHost
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.scenario import Account, Host, Scenario
from support.samba import Domain
from support.tickets import Tickets

ACCOUNTS = (Account(name="operator", certificate_subject="operator@lab.test"), Account(name="bob", administrator=False))
StartHosts = Callable[..., Lab]
SignIn = Callable[..., None]


@pytest.fixture(autouse=True)
def extra_installed() -> None:
    """Skip where the package extra is not installed; in CI a skipped test fails."""
    if importlib.util.find_spec("gssapi") is None or importlib.util.find_spec("kerberos") is None:
        pytest.skip("the package extra [kerberos] is not installed (`make kerberos` builds it)")


@pytest.fixture
def tickets(samba_domain: Domain, tmp_path: Path) -> Tickets:
    """A folder for keytabs and caches."""
    folder = tmp_path / "tickets"
    folder.mkdir()
    return Tickets(samba_domain, folder)


@pytest.fixture
def sign_in(tickets: Tickets, monkeypatch: pytest.MonkeyPatch) -> SignIn:
    """Give this process a cache or a client keytab; neither without arguments."""

    def give(cache: Path | None = None, keytab: Path | None = None) -> None:
        for name in ("KRB5_CONFIG", "KRB5CCNAME", "KRB5_CLIENT_KTNAME"):
            monkeypatch.delenv(name, raising=False)
        for name, value in tickets.environment(cache=cache, keytab=keytab).items():
            monkeypatch.setenv(name, value)

    give()
    return give


@pytest.fixture
def start_hosts(samba_domain: Domain) -> Iterator[StartHosts]:
    """Start a lab of HV01 and HV02, each with the keytab of its own computer account; further fields for both."""
    with ExitStack() as stack:

        def start(**fields: Any) -> Lab:
            keytabs = samba_domain.controller.folder / "keytabs"
            hosts = tuple(Host(**{"name": name, "keytab": str(keytabs / name), **fields}) for name in ("HV01", "HV02"))
            return stack.enter_context(Lab(Scenario(accounts=ACCOUNTS, hosts=hosts)))

        yield start


@pytest.fixture
def lab(start_hosts: StartHosts) -> Lab:
    """HV01 and HV02 over http."""
    return start_hosts()


def signed_in(host: EmulatedHost) -> set[tuple[str, str]]:
    """With what, and as whom, a host was asked anything."""
    return {(each.mechanism, each.account) for each in host.journal.received()}
