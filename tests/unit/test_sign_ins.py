"""How often an account is tried in one run."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from hyperv_migration.model.errors import AuthenticationFailed, MigrationError, SignInRefused, Unreachable
from hyperv_migration.model.settings import Credentials
from hyperv_migration.operations.sign_ins import SignIns

ACCOUNT = Credentials(username="CORP\\svc", password="Planted-Wrong-1")
LOCAL = Credentials(username=".\\svc", password="Planted-Wrong-1")


class Targets:
    """Hosts that take or refuse an account, and count."""

    def __init__(self, *, taking: tuple[str, ...] = (), silent: tuple[str, ...] = ()) -> None:
        self.sign_ins, self.asked = SignIns(), list[str]()
        self._taking, self._silent = taking, silent

    def ask(self, target: str, account: Credentials = ACCOUNT, patience: float = 5.0) -> MigrationError | None:
        """Sign in; returns what was refused."""
        try:
            with self.sign_ins.trying(account, target, patience=patience):
                self.asked.append(target)
                time.sleep(0.02)
                if target in self._silent:
                    raise Unreachable(f"{target} is silent")
                if target not in self._taking:
                    raise SignInRefused(f"{target} refuses")
        except MigrationError as error:
            return error
        return None


def test_sixteen_that_start_at_once_ask_once() -> None:
    """One first; the rest wait for its verdict, and say who was asked."""
    targets = Targets()
    with ThreadPoolExecutor(16) as pool:
        said = [str(error) for error in pool.map(targets.ask, [f"hv{number}" for number in range(16)])]
    assert len(targets.asked) == 1
    assert (
        sum(
            f"{targets.asked[0]} has refused CORP\\svc in this run" in one and "(1 target was asked)" in one
            for one in said
        )
        == 15
    )
    assert not any("Planted" in one for one in said)


def test_who_has_refused_once_is_not_asked_again() -> None:
    """Ten networks of one host are one attempt, also where another host has taken the account."""
    targets = Targets(taking=("hv1",))
    assert targets.ask("hv1") is None
    for _ in range(10):
        assert isinstance(targets.ask("hv2"), SignInRefused)
    assert isinstance(targets.ask("hv3"), SignInRefused)
    assert targets.ask("hv1") is None
    assert targets.asked == ["hv1", "hv2", "hv3", "hv1"]


def test_a_target_that_does_not_answer_is_no_verdict() -> None:
    """The next one is asked."""
    targets = Targets(taking=("hv2",), silent=("hv1",))
    assert isinstance(targets.ask("hv1"), Unreachable)
    assert targets.ask("hv2") is None


def test_a_local_account_is_another_one_on_each_host() -> None:
    """A refusal of one says nothing of the other."""
    targets = Targets(taking=("hv2",))
    assert targets.ask("hv1", LOCAL) is not None
    assert targets.ask("hv2", LOCAL) is None


def test_the_wait_for_a_verdict_ends() -> None:
    """A first target that hangs does not hold the others up for ever."""
    targets = Targets(taking=("hv2",))
    begun, end = threading.Event(), threading.Event()

    def hang() -> None:
        with targets.sign_ins.trying(ACCOUNT, "hv1", patience=1):
            begun.set()
            end.wait(30)

    thread = threading.Thread(target=hang)
    thread.start()
    begun.wait(30)
    assert targets.ask("hv2", patience=0.1) is None
    end.set()
    thread.join()


@pytest.mark.parametrize("account", [Credentials(), Credentials(username="CORP\\svc")])
def test_a_sign_in_without_a_password_locks_nothing_out(account: Credentials) -> None:
    """Tickets and certificates are tried wherever they are wanted."""
    targets = Targets()
    targets.ask("hv1", account)
    targets.ask("hv2", account)
    assert targets.asked == ["hv1", "hv2"]


UPN = Credentials(username="svc@corp.example", password="Planted-Wrong-1")
KEYTAB = Credentials()


def ask_kdc(targets: Targets, target: str, account: Credentials, error: MigrationError | None = None) -> str:
    """Get a ticket, which the KDC refuses with an error; returns the sentence."""
    try:
        with targets.sign_ins.asking_the_kdc(account, target, patience=5) as asked:
            targets.asked.append(f"KDC for {target}")
            if error is not None:
                raise error
            asked.has_ticket()
    except MigrationError as raised:
        return str(raised)
    return ""


@pytest.mark.parametrize("account", [UPN, KEYTAB], ids=["password", "keytab"])
def test_what_the_kdc_refuses_nobody_is_asked_with(account: Credentials) -> None:
    """Also where another target had taken it before: it is the domain that judges them all."""
    targets = Targets(taking=("hv1",))
    targets.ask("hv1", account)
    assert ask_kdc(targets, "dc1", account) == ""
    assert ask_kdc(targets, "dc1", account, SignInRefused("the password is wrong")) == "the password is wrong"
    who = (
        ("the domain corp.example", "svc@corp.example")
        if account is UPN
        else ("the KDC", "the account of the ticket or keytab")
    )
    for target in ("dc1", "hv2"):
        assert ask_kdc(targets, target, account).startswith(
            f"{target} was not asked: {who[0]} has refused {who[1]} in this run"
        )
    if account is UPN:
        assert str(targets.ask("hv3", account)).startswith("hv3 was not asked: the domain corp.example has refused")
    assert targets.asked == ["hv1", "KDC for dc1", "KDC for dc1"]


def test_what_a_target_says_of_a_ticket_is_no_verdict() -> None:
    """Nor is a KDC that knows no such service, or does not answer."""
    targets = Targets()
    ask_kdc(targets, "hv1", UPN, AuthenticationFailed("the KDC knows no service"))
    assert ask_kdc(targets, "hv2", UPN) == ""


@pytest.mark.parametrize(
    ("other", "one"),
    [
        ("CORP\\SVC", True),
        ("Svc@CORP.example", True),
        ("svc@corp.test", False),
        ("OTHER\\svc", False),
        ("svc2@corp.example", False),
    ],
)
def test_one_account_in_two_spellings(other: str, *, one: bool) -> None:
    """The name of a domain in NetBIOS is the first part of its DNS name, unless somebody wanted it otherwise."""
    targets = Targets()
    targets.ask("hv1", UPN)
    targets.ask("hv2", Credentials(username=other, password=UPN.password))
    assert targets.asked == (["hv1"] if one else ["hv1", "hv2"])
    targets.ask("hv3", Credentials(username=other, password="Planted-Another-1"))
    assert targets.asked[-1] == "hv3"


def test_the_sentence_says_truly_who_was_not_asked() -> None:
    """Who has refused is not asked again, and whoever was never asked was not asked."""
    targets = Targets()
    targets.ask("dc1")
    assert str(targets.ask("dc1")).startswith("dc1 was not asked again: it has refused CORP\\svc in this run")
    assert str(targets.ask("dc2")).startswith("dc2 was not asked: dc1 has refused CORP\\svc in this run")
