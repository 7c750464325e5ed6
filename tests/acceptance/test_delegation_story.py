"""KerberosDelegation through the real engine, judged by a real KDC (DESIGN §7, issue: the main job, 6)."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.engine import OperationFailedError, Stack
from support.faces import Face
from support.samba import Domain
from support.samba_accounts import MEMBER, TRUSTED_TO_AUTH_FOR_DELEGATION, service_names

pytestmark = [pytest.mark.engine, pytest.mark.samba]

MIGRATION_SERVICE = "Microsoft Virtual System Migration Service"
TO_HV02 = [*service_names("cifs", "HV02"), *service_names(MIGRATION_SERVICE, "HV02")]
TO_HV01 = [*service_names("cifs", "HV01"), *service_names(MIGRATION_SERVICE, "HV01")]


def both_directions(face: Face) -> None:
    """Declare delegation from each host to the other."""
    face.KerberosDelegation("there", source="hv01.lab.test", destinations=["hv02.lab.test"])
    face.KerberosDelegation("back", source="hv02.lab.test", destinations=["hv01.lab.test"])


@pytest.fixture
def domain(samba_domain: Domain) -> Iterator[Domain]:
    """The domain, with both hosts' delegation as it was at the start."""
    yield samba_domain
    for host in ("HV01", "HV02"):
        samba_domain.modify(
            f"dn: CN={host},CN=Computers,DC=lab,DC=test\nchangetype: modify\nreplace: msDS-AllowedToDelegateTo\n-\n"
            f"replace: userAccountControl\nuserAccountControl: {MEMBER}\n-\n"
        )


@pytest.fixture
def stack(engine: Path, domain: Domain, tmp_path: Path, face: Face) -> Stack:
    """A stack whose directory is the domain."""
    assert engine.is_dir()
    stack = Stack(tmp_path / "stack", both_directions, arguments=(face,))
    stack.configure(
        {
            "hyperv-migration:username": "LAB\\operator",
            "hyperv-migration:directory": {"domain": "lab.test", "domainControllers": ["dc1.lab.test"]},
            "hyperv-migration:addresses": {"dc1.lab.test": domain.address},
        },
        {"hyperv-migration:password": domain.password("operator")},
    )
    return stack


def granted(domain: Domain, source: str, services: list[str]) -> list[bool]:
    """What the KDC answers for each service."""
    return [domain.kdc.s4u2proxy(source, service) for service in services]


def test_the_kdc_refuses_before_up_grants_after_it_and_refuses_after_destroy(stack: Stack, domain: Domain) -> None:
    """All four services of the other host, in both directions, with a fresh ticket cache each time."""
    assert granted(domain, "HV01", TO_HV02) + granted(domain, "HV02", TO_HV01) == [False] * 8
    stack.up()
    assert granted(domain, "HV01", TO_HV02) + granted(domain, "HV02", TO_HV01) == [True] * 8
    assert stack.is_settled()
    stack.destroy()
    assert granted(domain, "HV01", TO_HV02) + granted(domain, "HV02", TO_HV01) == [False] * 8
    assert domain.delegation("HV01") == (set(), MEMBER)
    assert domain.delegation("HV02") == (set(), MEMBER)


def test_without_protocol_transition_the_kdc_refuses_to_act_for_anybody(stack: Stack, domain: Domain) -> None:
    """The list alone is not enough since Windows Server 2016 (active-directory.md, 28)."""

    def kerberos_only(face: Face) -> None:
        face.KerberosDelegation("there", source="HV01", destinations=["HV02"], protocol_transition=False)

    stack.program = kerberos_only
    stack.up()
    assert domain.delegation("HV01") == (set(TO_HV02), MEMBER)
    assert granted(domain, "HV01", TO_HV02) == [False] * 4


def test_foreign_entries_survive_up_and_destroy(stack: Stack, domain: Domain) -> None:
    """What an administrator delegated before stays, with its bit off again as it was found."""
    foreign = {"cifs/fs01.lab.test", "http/intranet"}
    domain.allow("HV01", sorted(foreign))
    stack.up()
    assert domain.delegation("HV01") == (foreign | set(TO_HV02), MEMBER | TRUSTED_TO_AUTH_FOR_DELEGATION)
    stack.destroy()
    assert domain.delegation("HV01") == (foreign, MEMBER)


def test_drift_is_shown_by_refresh_and_repaired_by_up(stack: Stack, domain: Domain) -> None:
    """Somebody takes an entry away by hand."""
    stack.up()
    domain.modify(
        "dn: CN=HV01,CN=Computers,DC=lab,DC=test\nchangetype: modify\ndelete: msDS-AllowedToDelegateTo\n"
        "msDS-AllowedToDelegateTo: cifs/HV02\n-\n"
    )
    refreshed = stack.refresh()
    assert refreshed.changes.get("update") == 1
    assert not stack.is_settled()
    repaired = stack.up()
    assert repaired.steps["there"] == "update"
    assert domain.delegation("HV01")[0] == set(TO_HV02)
    assert stack.is_settled()
    stack.destroy()
    assert domain.delegation("HV01") == (set(), MEMBER)


def test_a_writer_in_a_loop_loses_nothing(stack: Stack, domain: Domain) -> None:
    """Another team adds entries to the same account during `up` and `destroy`."""
    added: list[str] = []
    stop = threading.Event()

    def add_entries() -> None:
        for number in itertools.count():
            if stop.is_set():
                return
            entry = f"http/other-team-{number}"
            domain.allow("HV01", [entry])
            added.append(entry)
            time.sleep(0.02)

    writer = threading.Thread(target=add_entries)
    writer.start()
    try:
        stack.up()
        after_up = domain.delegation("HV01")[0]
        stack.destroy()
    finally:
        stop.set()
        writer.join()
    assert len(added) > 10
    assert set(TO_HV02) <= after_up
    assert domain.delegation("HV01")[0] == set(added)


def test_an_operator_without_the_right_is_told_which_one(stack: Stack, domain: Domain) -> None:
    """Bob may sign in and not delegate: one sentence names the right, and nothing is written."""
    stack.configure({"hyperv-migration:username": "LAB\\bob"}, {"hyperv-migration:password": domain.password("bob")})
    with pytest.raises(OperationFailedError) as failed:
        stack.up()
    sentences = [line for line in failed.value.run.said("error") if "dc1.lab.test" in line]
    assert len(sentences) == 2
    assert all("SeEnableDelegationPrivilege" in sentence for sentence in sentences)
    assert "Traceback" not in failed.value.run.output
    assert domain.delegation("HV01") == (set(), MEMBER)


def test_a_wrong_password_is_told_without_repeating_it(stack: Stack) -> None:
    """Refused is not unreachable, and the password does not travel into the message."""
    stack.configure({}, {"hyperv-migration:password": "Wrong-And-Planted-9"})
    with pytest.raises(OperationFailedError) as failed:
        stack.up()
    said = " ".join(failed.value.run.said("error"))
    assert "dc1.lab.test" in said
    assert "Wrong-And-Planted-9" not in failed.value.run.output
