from __future__ import annotations

from pathlib import Path

import pytest

from contract.live.conftest import LabOf
from hyperv_migration.lab.directory import EmbeddedDirectory
from hyperv_migration.lab.directory.behaviour import SAMBA
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.scenario import Account, Computer, Directory, Host, Scenario
from hyperv_migration.operations.journal import Journal
from support.hosts import PASSWORD
from support.live import visit

DONT_EXPIRE_PASSWORD = 0x10000
SERVICE = "Microsoft Virtual System Migration Service"


def domain_of(lab: Lab) -> EmbeddedDirectory:
    """The lab's directory, which it has."""
    assert lab.directory is not None
    return lab.directory


def with_domain(lab_of: LabOf, *hosts: Host, **more: object) -> Lab:
    """A host, a directory and a computer account nobody needs."""
    return lab_of(*hosts, directory=Directory(), computers=(Computer(name="SPARE01"),), **more)


def test_administrator_is_answered_and_the_account_is_as_it_was(lab_of: LabOf, tmp_path: Path) -> None:
    """Reading and the swap are confirmed; the missing right cannot be asked for by who has it."""
    lab = with_domain(lab_of)
    visited = visit(lab, tmp_path, write=True, COMPUTER="SPARE01")
    assert (visited.verdicts["replication-metadata"], visited.verdicts["account-control-swap"]) == ("confirmed",) * 2
    assert visited.seen["result-50"].startswith("the account in use has the right")
    assert domain_of(lab).administrator.read("SPARE01")["userAccountControl"] == 0x1000
    assert {each.name.partition(",")[0] for each in domain_of(lab).journal.operations("modify")} == {"CN=SPARE01"}


def test_swap_that_is_refused_refutes(lab_of: LabOf, tmp_path: Path) -> None:
    """A domain controller that takes no swap."""
    lab = with_domain(lab_of)
    domain_of(lab).inject("result", code=16, when={"operation": "modify", "after": 1})
    visited = visit(lab, tmp_path, write=True, COMPUTER="SPARE01")
    assert (visited.verdicts["account-control-swap"], visited.seen["account-control-swap"]) == (
        "refuted",
        "the stale swap answered 16 and changed nothing; the fresh one answered 16 and was not done",
    )


def test_metadata_that_is_not_constructed_refutes(lab_of: LabOf, tmp_path: Path) -> None:
    """As Samba answers."""
    lab = with_domain(lab_of)
    with EmbeddedDirectory(lab.scenario, behaviour=SAMBA) as samba:
        visited = visit(lab, tmp_path, DOMAIN_CONTROLLER_ADDRESS=f"{samba.address}:{samba.port}")
    assert visited.verdicts["replication-metadata"] == "refuted"


@pytest.mark.parametrize(
    ("message", "verdict"),
    [("", "confirmed"), ("00000522: SecErr: DSID-0, data 0\n", "confirmed"), ("00000005: x\n", "refuted")],
)
def test_account_without_the_right_is_told_the_number(tmp_path: Path, message: str, verdict: str) -> None:
    """Result 50 with its number: the lab's own, or another one."""
    account = Account(name="operator", password=PASSWORD, enable_delegation=False)
    scenario = Scenario(
        accounts=(account,),
        directory=Directory(),
        hosts=(Host(name="HV01"),),
        computers=(Computer(name="SPARE01"),),
    )
    with Lab(scenario) as lab:
        if message:
            # The swap's question sends three modifies first: stale, fresh, back.
            domain_of(lab).inject("result", code=50, message=message, when={"operation": "modify", "after": 3})
        visited = visit(lab, tmp_path, write=True, COMPUTER="SPARE01")
    assert (visited.verdicts["result-50"], visited.verdicts["account-control-swap"]) == (verdict, "confirmed")


@pytest.mark.parametrize(
    ("entries", "verdict", "seen"),
    [
        (
            (f"{SERVICE}/HV01", "cifs/hv01.lab.test"),
            "confirmed",
            "2 entries on 1 accounts: 0 in other case, 0 that no account carries",
        ),
        (
            (f"{SERVICE}/hv01", "cifs/gone"),
            "refuted",
            "2 entries on 1 accounts: 1 in other case, 1 that no account carries",
        ),
    ],
)
def test_spellings_of_a_domain_are_counted(
    lab_of: LabOf, tmp_path: Path, entries: tuple[str, ...], verdict: str, seen: str
) -> None:
    """Against the names that accounts carry, HOST standing for cifs."""
    lab = with_domain(lab_of, Host(name="HV01"), Host(name="HV02", allowed_to_delegate_to=entries))
    visited = visit(lab, tmp_path)
    assert (visited.verdicts["delegation-spelling"], visited.seen["delegation-spelling"]) == (verdict, seen)


@pytest.mark.parametrize(
    ("computer", "reason"),
    [
        ("HV01", "the throw-away account is that of a Hyper-V host; nothing was written"),
        ("DC1", "the throw-away account is that of a domain controller; nothing was written"),
        ("BUSY01", "the throw-away account delegates; nothing was written"),
        ("NOBODY", "the throw-away account is not exactly one computer account of this domain"),
    ],
)
def test_account_that_somebody_needs_is_not_written(lab_of: LabOf, tmp_path: Path, computer: str, reason: str) -> None:
    """Whatever the variable says."""
    busy = Computer(name="BUSY01", allowed_to_delegate_to=("cifs/fs01",))
    lab = lab_of(directory=Directory(), computers=(busy,))
    visited = visit(lab, tmp_path, write=True, COMPUTER=computer)
    assert (visited.seen["account-control-swap"], visited.seen["result-50"]) == (reason, reason)
    assert domain_of(lab).journal.operations("modify") == []


def test_account_that_a_killed_run_left_is_put_back(lab_of: LabOf, tmp_path: Path) -> None:
    """From the note that the run kept."""
    lab = with_domain(lab_of)
    administrator = domain_of(lab).administrator
    guid = str(administrator.read("SPARE01")["objectGUID"])
    Journal().keep(f"live {guid}", found={"userAccountControl": 0x1000}, intended={})
    administrator.set_user_account_control("SPARE01", 0x1000 | DONT_EXPIRE_PASSWORD)
    visited = visit(lab, tmp_path, write=True, COMPUTER="SPARE01")
    assert (visited.verdicts["account-control-swap"], administrator.read("SPARE01")["userAccountControl"]) == (
        "confirmed",
        0x1000,
    )


def test_account_that_cannot_be_put_back_is_said_so(lab_of: LabOf, tmp_path: Path) -> None:
    """Status 3; the note stays for the next run."""
    lab = with_domain(lab_of)
    domain_of(lab).inject("result", code=51, when={"operation": "modify", "after": 2})
    first = visit(lab, tmp_path, write=True, COMPUTER="SPARE01")
    assert (first.status, "userAccountControl of the throw-away account is 69632 and was 4096" in first.errors) == (
        3,
        True,
    )
    second = visit(lab, tmp_path, write=True, COMPUTER="SPARE01")
    assert (second.status, domain_of(lab).administrator.read("SPARE01")["userAccountControl"]) == (0, 0x1000)


def test_account_whose_putting_back_was_cut_off_is_said_so(lab_of: LabOf, tmp_path: Path) -> None:
    """A lost connection is no end of the matter."""
    lab = with_domain(lab_of)
    domain_of(lab).inject("reset-before", when={"operation": "modify", "after": 2})
    first = visit(lab, tmp_path, write=True, COMPUTER="SPARE01")
    assert (first.status, "could not be put back (Unreachable)" in first.errors) == (3, True)
    second = visit(lab, tmp_path, write=True, COMPUTER="SPARE01")
    assert (second.status, domain_of(lab).administrator.read("SPARE01")["userAccountControl"]) == (0, 0x1000)
