"""Whether a ticket is at hand, in every place that the library knows."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from acceptance.kerberos.conftest import SignIn
from hyperv_migration.wsman.tickets import ticket_at_hand
from support.tickets import Tickets

pytestmark = [pytest.mark.samba, pytest.mark.kerberos]


def test_nothing_at_hand(sign_in: SignIn) -> None:
    """A cache that is named and does not exist, and no keytab."""
    sign_in()
    assert not ticket_at_hand()


@pytest.mark.parametrize("kind", ["", "FILE:", "DIR:"])
def test_cache_that_is_named(tickets: Tickets, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """A file, or a directory of them."""
    sign_in(tickets.cache())
    place = str(tickets.folder / "operator.ccache")
    if kind == "DIR:":
        place = str(tickets.folder / "collection")
        Path(place).mkdir(mode=0o700)
    monkeypatch.setenv("KRB5CCNAME", f"{kind}{place}")
    if kind == "DIR:":
        before = ticket_at_hand()
        _kinit(tickets)
        assert not before
    assert ticket_at_hand()


def test_cache_that_krb5_conf_names(tickets: Tickets, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the distribution keeps tickets elsewhere than in /tmp."""
    cache = tickets.cache()
    sign_in()
    _configure(tickets, monkeypatch, f"default_ccache_name = FILE:{cache}")
    monkeypatch.delenv("KRB5CCNAME")
    assert ticket_at_hand()


def test_client_keytab(tickets: Tickets, sign_in: SignIn) -> None:
    """A ticket can be got with it; none is there yet, and no KDC is asked whether it would give one."""
    sign_in(keytab=tickets.keytab("operator"))
    assert ticket_at_hand()
    assert not (tickets.folder / "nobody.ccache").exists()


def test_client_keytab_that_is_not_there(tickets: Tickets, sign_in: SignIn) -> None:
    """Named and missing."""
    sign_in(keytab=tickets.folder / "gone.keytab")
    assert not ticket_at_hand()


def test_client_keytab_that_krb5_conf_names(tickets: Tickets, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an administrator sets a machine up for every process on it."""
    sign_in()
    _configure(tickets, monkeypatch, f"default_client_keytab_name = FILE:{tickets.keytab('operator')}")
    assert ticket_at_hand()


def test_krb5_conf_that_cannot_be_read(tickets: Tickets, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is known then, and nothing raised."""
    sign_in(tickets.cache())
    broken = tickets.folder / "broken.conf"
    broken.write_text("[libdefaults\n  default_realm")
    monkeypatch.setenv("KRB5_CONFIG", str(broken))
    assert not ticket_at_hand()


def _configure(tickets: Tickets, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    """Add a line to the first section of krb5.conf."""
    conf = tickets.folder / "own.conf"
    found = tickets.domain.controller.krb5_conf.read_text()
    conf.write_text(found.replace("[libdefaults]\n", f"[libdefaults]\n  {line}\n"))
    monkeypatch.setenv("KRB5_CONFIG", str(conf))


def _kinit(tickets: Tickets) -> None:
    command = ["kinit", "-k", "-t", str(tickets.keytab("operator")), "operator@LAB.TEST"]
    subprocess.run(command, env=dict(os.environ), check=True, capture_output=True, timeout=60)
