"""purgeTickets: `klist` in a command shell of the source, after a change of its delegation (active-directory.md, 35-38)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from hyperv_migration.directory.computers import disconnect
from hyperv_migration.lab.hosts.host import EmulatedHost
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.options import Options
from hyperv_migration.lab.scenario import Account, Directory, Host, Scenario
from hyperv_migration.operations.resources import RESOURCES
from support.hosts import PASSWORD, Bench, State

KIND = "KerberosDelegation"
BY_HAND = (
    "To do it yourself, run klist -li 0x3e7 purge (and 0x3e4) on it in an elevated prompt, or wait about 15 minutes."
)
MIGRATION = "Microsoft Virtual System Migration Service"
TO_HV02 = {f"{service}/{name}" for service in ("cifs", MIGRATION) for name in ("HV02", "hv02.lab.test")}
ONE_SHELL = ["Create", "Command", "Receive", "Signal", "Command", "Receive", "Delete"]
"""Both logon sessions in one shell; the last command needs no signal, because the delete frees it."""
BenchOf = Callable[..., Bench]


@pytest.fixture
def bench_of() -> Iterator[BenchOf]:
    """Start a lab of HV01, HV02 and a directory."""
    with ExitStack() as stack:

        def make(options: Options | None = None, *, administrator: bool = True, **configuration: Any) -> Bench:
            operator = Account(
                name="operator",
                password=PASSWORD,
                administrator=True,
                remote_management_user=True,
                hyperv_administrator=True,
            )
            hosts = (Host(name="HV01", options=options or Options()), Host(name="HV02"))
            lab = Lab(Scenario(accounts=(operator, *_others()), directory=Directory(), hosts=hosts))
            stack.enter_context(lab)
            stack.callback(disconnect)
            user = {} if administrator else {"profiles": {"hosts": {"match": ["hv01.lab.test"], **_LESSER}}}
            return Bench(lab, **{**lab.configuration(), **user, **configuration})

        yield make


_LESSER = {"username": "LAB\\hyperv", "password": "Planted-Lesser-1"}


def _others() -> tuple[Account, ...]:
    return (
        Account(
            name="hyperv",
            password=_LESSER["password"],
            administrator=False,
            remote_management_user=True,
            hyperv_administrator=True,
        ),
    )


@pytest.fixture
def bench(bench_of: BenchOf) -> Bench:
    """Fresh HV01 and HV02."""
    return bench_of()


def create(bench: Bench, *, timeout: float = 20.0, **more: Any) -> tuple[str, State]:
    """Delegate from HV01 to HV02 and purge."""
    inputs = {"source": "HV01", "destinations": ["HV02"], "purgeTickets": True, **more}
    return bench.create(KIND, timeout=timeout, **inputs)


def delegated(bench: Bench) -> set[str]:
    """What HV01 may delegate to, read past LDAP."""
    assert bench.lab.directory is not None
    return set(bench.lab.directory.administrator.read("HV01")["msDS-AllowedToDelegateTo"])


def kinds(host: EmulatedHost) -> list[str]:
    """What a host was asked since the last look."""
    found = [each.kind for each in host.journal.received()]
    host.journal.reset()
    return found


def test_both_system_accounts_are_purged_after_every_write(bench: Bench) -> None:
    """Create, update and delete: LocalSystem and NETWORK SERVICE, seven messages, and no new ticket is needed."""
    host = bench.host()
    id_, state = create(bench)
    seen = [(kinds(host), host.purged, state["newTicketNeeded"])]
    given = {"source": "HV01", "destinations": ["HV02"], "purgeTickets": True, "services": ["cifs"]}
    state = bench.update(KIND, id_, state, **given)
    seen.append((kinds(host), host.purged[2:], state["newTicketNeeded"]))
    bench.new_run()
    bench.delete(KIND, id_, state)
    seen.append((kinds(host), host.purged[4:], False))
    assert seen == [(ONE_SHELL, ["0x3e7", "0x3e4"], False)] * 3
    assert (delegated(bench), host.shells, bench.said.warnings) == (set(), [], [])
    assert bench.host("HV02").journal.received() == []


def test_the_command_lines_are_fixed(bench: Bench) -> None:
    """Nothing of a program becomes a part of one."""
    create(bench)
    commands = [each.command for each in bench.host().journal.received("Command")]
    assert commands == ["klist -li 0x3e7 purge", "klist -li 0x3e4 purge"]


def test_nothing_is_purged_where_nothing_was_written(bench: Bench) -> None:
    """An update of options, and a delegation that is there already."""
    id_, state = create(bench)
    bench.host().journal.reset()
    given = {"source": "HV01", "destinations": ["HV02"], "purgeTickets": True}
    bench.update(KIND, id_, state, **given, onDestroy="RemoveDeclared")
    bench.new_run()
    create(bench)
    assert (kinds(bench.host()), len(bench.host().purged)) == ([], 2)


def test_nothing_is_purged_unasked(bench: Bench) -> None:
    """The step is told instead, and the state says that it is due."""
    _, state = create(bench, purgeTickets=False)
    assert (kinds(bench.host()), state["newTicketNeeded"]) == ([], True)
    assert "klist -li 0x3e7 purge (and 0x3e4)" in bench.said.noted[-1]


Arm = Callable[[EmulatedHost], object]
FAILURES: dict[str, tuple[Arm, str]] = {
    "exit status": (
        lambda host: host.inject("command", code=9009),
        "hv01.lab.test: klist -li 0x3e7 purge ended with 9009.",
    ),
    "both exit statuses": (
        lambda host: host.inject("command", code=5, times=2),
        "klist -li 0x3e7 purge ended with 5, klist -li 0x3e4 purge ended with 5.",
    ),
    "denied": (
        lambda host: host.inject("access-denied", code=5, when={"operation": "Create"}),
        "hv01.lab.test gives a command shell to its local Administrators only (AccessDenied 5).",
    ),
    "quota": (
        lambda host: host.inject("soap-fault", code=2150859173, when={"operation": "Create"}),
        "too many command shells or operations running for this account (QuotaLimit 0x803381A5)",
    ),
    "unreachable": (lambda host: host.stop_listening(), "hv01.lab.test cannot be reached"),
    "broken off": (
        lambda host: host.inject("reset-after", when={"operation": "Receive"}),
        "hv01.lab.test could not run a command (InvalidSelectors 0x8033805B)",
    ),
    "broken off for good": (
        lambda host: host.inject("reset-before", when={"operation": "Receive"}, times=9),
        "hv01.lab.test cannot be reached",
    ),
    "in clear": (
        lambda host: host.inject("unencrypted", when={"operation": "Receive"}),
        "hv01.lab.test answered in clear on an encrypted connection",
    ),
    "in clear, and done": (
        lambda host: host.inject("unencrypted", when={"operation": "Receive", "after": 1}),
        "hv01.lab.test answered in clear on an encrypted connection",
    ),
    "tampered": (lambda host: host.inject("tampered", when={"operation": "Command"}), "cannot be unsealed"),
    "no answer": (lambda host: host.inject("http-status", status=503, when={"operation": "Signal"}), "HTTP 503"),
    "shell gone": (
        lambda host: host.inject("soap-fault", code=2150858843, when={"operation": "Command"}),
        "hv01.lab.test could not run a command (InvalidSelectors 0x8033805B)",
    ),
    "host busy": (
        lambda host: host.inject("soap-fault", code=2150858793, when={"operation": "Create"}),
        "did not answer its command shell within the operation timeout",
    ),
}


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_failure_is_a_warning_that_names_the_step(bench_of: BenchOf, failure: str, language: Any) -> None:
    """The delegation is written and the state true; the shell is gone, and no text of the host is repeated."""
    bench = bench_of(Options(localised=language))
    host, (arm, told) = bench.host(), FAILURES[failure]
    arm(host)
    id_, state = create(bench)
    (warning,) = bench.said.warnings
    assert told in warning
    assert warning.startswith("The tickets of HV01 were not purged: ")
    assert warning.endswith(BY_HAND)
    assert (warning.isascii(), PASSWORD in warning) == (True, False)
    assert (delegated(bench), state["newTicketNeeded"], set(state["addedServicePrincipalNames"])) == (
        TO_HV02,
        True,
        TO_HV02,
    )
    assert host.shells == []
    host.faults.clear()
    host.resume_listening()
    assert bench.read(KIND, id_, state) == state


@pytest.mark.parametrize("failure", ["exit status", "unreachable", "quota"])
def test_a_failure_does_not_block_a_delete(bench: Bench, failure: str) -> None:
    """The entries are gone, and the step is named."""
    id_, state = create(bench)
    bench.new_run()
    FAILURES[failure][0](bench.host())
    bench.delete(KIND, id_, state)
    assert (delegated(bench), [each.endswith(BY_HAND) for each in bench.said.warnings]) == (set(), [True])


def test_an_account_that_is_no_administrator_is_told_so(bench_of: BenchOf) -> None:
    """Hyper-V Administrators may manage the host and have no shell (docs/rights.md)."""
    bench = bench_of(administrator=False)
    _, state = create(bench)
    (warning,) = bench.said.warnings
    assert "hv01.lab.test gives a command shell to its local Administrators only (AccessDenied 5)." in warning
    assert (state["newTicketNeeded"], _LESSER["password"] in warning) == (True, False)


def test_a_quota_that_is_full(bench_of: BenchOf) -> None:
    """MaxShellsPerUser, as the host counts them itself."""
    bench = bench_of(Options(max_shells_per_user=0))
    create(bench)
    assert "raise its MaxShellsPerUser" in bench.said.warnings[0]


def test_what_hangs_is_not_waited_for_beyond_the_deadline(bench: Bench) -> None:
    """A program that never ends: customTimeouts counts for the whole operation, and the shell is deleted in time."""
    bench.host().inject("command", seconds=600)
    begun = time.monotonic()
    _, state = create(bench, timeout=4)
    took = time.monotonic() - begun
    # What waits for the lab's answers is over by then; the slack is for a busy machine.
    assert took < 8
    assert "Waited 4 s for a command on hv01.lab.test" in bench.said.warnings[0]
    assert (state["newTicketNeeded"], bench.host().shells, bench.host().purged) == (True, [], [])


@pytest.mark.parametrize("operation", ["Create", "Command", "Receive", "Signal"])
def test_a_host_that_falls_silent_is_not_waited_for_beyond_the_deadline(bench: Bench, operation: str) -> None:
    """However long the connection's own patience is; the delete goes over a new one, as far as a name is known."""
    bench.host().inject("delay", seconds=9, when={"operation": operation})
    begun = time.monotonic()
    _, state = create(bench, timeout=3)
    assert time.monotonic() - begun < 6
    assert (len(bench.said.warnings), state["newTicketNeeded"]) == (1, True)
    assert len(bench.host().shells) == (1 if operation == "Create" else 0)


def test_a_shell_whose_name_was_lost_ends_by_itself(bench: Bench) -> None:
    """It is opened with an idle time of three minutes, where Windows would keep it for two hours."""
    bench.host().inject("reset-after", when={"operation": "Create"}, times=2)
    create(bench)
    assert [shell.idle_timeout for shell in bench.host().shells] == [180.0]


def test_a_cancel_ends_the_wait_and_keeps_the_state(bench: Bench) -> None:
    """The user stops while the program runs: it is a warning, and the shell is deleted."""
    host = bench.host()
    host.inject("command", seconds=600)
    call = replace(bench.call(KIND), cancelled=lambda: bool(host.journal.received("Receive")))
    inputs, _ = RESOURCES[KIND].check({"source": "HV01", "destinations": ["HV02"], "purgeTickets": True})
    _, state = RESOURCES[KIND].create(inputs, call)
    assert "Stopped while waiting for a command on hv01.lab.test." in bench.said.warnings[0]
    assert (state["newTicketNeeded"], host.shells, delegated(bench)) == (True, [], TO_HV02)


@pytest.mark.parametrize("fault", ["reset-before", "unauthorized", "drop-keep-alive"])
@pytest.mark.parametrize("operation", ["Command", "Receive", "Signal", "Delete"])
def test_a_connection_lost_in_between_is_made_anew(bench: Bench, fault: str, operation: str) -> None:
    """A shell is not bound to its connection, and nothing here does harm when it is sent twice."""
    bench.host().inject(fault, when={"operation": operation})
    _, state = create(bench)
    assert (bench.said.warnings, state["newTicketNeeded"]) == ([], False)
    assert (bench.host().purged, bench.host().shells) == (["0x3e7", "0x3e4"], [])


def test_a_delete_that_fails_does_not_undo_a_purge(bench: Bench) -> None:
    """Both statuses are known by then; the shell ends by itself."""
    bench.host().inject("http-status", status=500, when={"operation": "Delete"})
    _, state = create(bench)
    assert (bench.said.warnings, state["newTicketNeeded"], len(bench.host().shells)) == ([], False, 1)


def test_the_shell_uses_the_connection_of_the_host(bench: Bench) -> None:
    """One sign-in of three messages serves delegation and host alike, and the host's own budget stays as it is."""
    create(bench)
    received = bench.host().journal.received()
    bench.create("MigrationHost", computerName="hv01.lab.test", enabled=True)
    assert len(bench.host().journal.received("authentication")) == 3
    assert len({each.connection for each in bench.host().journal.received()}) == 1
    counted = bench.messages()[len(received) :]
    assert len(counted) <= 6


def test_others_are_served_while_a_program_hangs(bench: Bench) -> None:
    """The connection is free between two questions whether it has ended."""
    host = bench.host()
    host.inject("command", seconds=600)
    thread = threading.Thread(target=create, args=(bench,), kwargs={"timeout": 15})
    thread.start()
    while not host.journal.received("Receive") and thread.is_alive():
        time.sleep(0.01)
    bench.create("MigrationHost", timeout=60, computerName="hv01.lab.test", enabled=True)
    hung = thread.is_alive()
    thread.join()
    assert (hung, host.settings["EnableVirtualSystemMigration"]) == (True, True)
    # The host, which has no network, warns too.
    assert len([warning for warning in bench.said.warnings if BY_HAND in warning]) == 1
