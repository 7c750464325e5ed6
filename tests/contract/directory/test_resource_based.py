"""Whether an account has resource-based delegation towards it: read, never written (P10, C39)."""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable, Iterator

import pytest

from contract.directory.domains import Domain, Embedded, Samba
from hyperv_migration.directory.port import Directory
from support.samba_accounts import computer_dn

ATTRIBUTE = "msDS-AllowedToActOnBehalfOfOtherIdentity"


def _sid(*parts: int) -> bytes:
    """A SID of the NT authority (MS-DTYP 2.4.2.2)."""
    return struct.pack("<BB6s", 1, len(parts), (5).to_bytes(6, "big")) + b"".join(
        struct.pack("<I", one) for one in parts
    )


def descriptor() -> bytes:
    """A security descriptor that lets the built-in administrators act (MS-DTYP 2.4.6, self-relative)."""
    administrators = _sid(32, 544)
    entry = struct.pack("<BBHI", 0, 0, 8 + len(administrators), 0xF01FF) + administrators
    access = struct.pack("<BBHHH", 2, 0, 8 + len(entry), 1, 0) + entry
    return struct.pack("<BBHIIII", 1, 0, 0x8004, 20, 0, 0, 20 + len(administrators)) + administrators + access


def _changed(domain: Domain, host: str, change: str) -> None:
    assert isinstance(domain, Samba)
    domain.domain.modify(f"dn: {computer_dn(host)}\nchangetype: modify\n{change}\n-\n")


@pytest.fixture
def let_act(domain: Domain) -> Iterator[Callable[[str], None]]:
    """Set the attribute past LDAP; it is gone again afterwards."""
    given: list[str] = []

    def let(host: str) -> None:
        given.append(host)
        if isinstance(domain, Embedded):
            domain.directory.administrator.set_attribute(host, ATTRIBUTE, ["any octets"])
            return
        value = base64.b64encode(descriptor()).decode()
        _changed(domain, host, f"replace: {ATTRIBUTE}\n{ATTRIBUTE}:: {value}")

    yield let
    for host in given:
        if isinstance(domain, Samba):
            _changed(domain, host, f"replace: {ATTRIBUTE}")


def test_only_the_accounts_that_have_it_are_told(domain: Domain, let_act: Callable[[str], None]) -> None:
    """Of those that were asked for, in one search."""
    directory = Directory(domain.connection())
    guids = {name: directory.find_computers([name])[name][0].guid for name in ("HV01", "HV02", "FS01")}
    assert directory.acted_upon(list(guids.values())) == frozenset()
    let_act("HV02")
    let_act("FS01")
    assert directory.acted_upon([guids["HV01"], guids["HV02"]]) == {guids["HV02"]}


def test_an_account_without_more_rights_sees_it(domain: Domain, let_act: Callable[[str], None]) -> None:
    """Whoever may read the account may read this of it."""
    let_act("HV02")
    directory = Directory(domain.connection(user="bob"))
    guid = directory.find_computers(["HV02"])["HV02"][0].guid
    assert directory.acted_upon([guid]) == {guid}
