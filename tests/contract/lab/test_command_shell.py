"""The command shell of an emulated host, as pywinrm and pypsrp know it (MS-WSMV 3.1.4.5.2 and 3.1.4.11 to 3.1.4.14)."""

from __future__ import annotations

import threading
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from pypsrp.exceptions import WSManFaultError as PsrpFault
from pypsrp.shell import CommandState, Process, SignalCode, WinRS
from pypsrp.wsman import OptionSet, SelectorSet
from winrm import Session
from winrm.exceptions import WinRMOperationTimeoutError
from winrm.exceptions import WSManFaultError as WinrmFault
from winrm.protocol import Protocol

from contract.lab.client import PASSWORD, Client
from contract.lab.conftest import Connect, StartHost
from hyperv_migration.lab.hosts.host import EmulatedHost
from hyperv_migration.lab.options import Options

RSP = "{http://schemas.microsoft.com/wbem/wsman/1/windows/shell}"
COMMAND_SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/cmd"
PURGE = ("-li", "0x3e7", "purge")
TIMED_OUT, UNEXPECTED_SELECTORS, SHELL_QUOTA = 2150858793, 2150858843, 2150859173
OpenProtocol = Callable[..., Protocol]


@pytest.fixture
def protocol_of() -> Iterator[OpenProtocol]:
    """Open pywinrm's protocol to a host; its connection is closed at the end of the test."""
    with ExitStack() as stack:

        def make(host: EmulatedHost, user: str = "operator", seconds: int = 5) -> Protocol:
            protocol = Protocol(
                host.url,
                transport="ntlm",
                username=f"LAB\\{user}",
                password=PASSWORD,
                operation_timeout_sec=seconds,
                read_timeout_sec=seconds + 10,
                proxy=None,
            )
            stack.callback(protocol.transport.close_session)
            return protocol

        yield make


@pytest.fixture
def protocol(host: EmulatedHost, protocol_of: OpenProtocol) -> Protocol:
    """The protocol of pywinrm to the fresh HV01, signed in as its administrator."""
    return protocol_of(host)


@pytest.fixture
def shell(client: Client) -> Iterator[WinRS]:
    """The shell of pypsrp on the fresh HV01."""
    with WinRS(client.wsman) as opened:
        yield opened


def test_a_whole_session_of_pywinrm(host: EmulatedHost) -> None:
    """Session.run_cmd opens, runs, reads, signals and deletes; the tickets of LocalSystem are gone."""
    session = Session(host.url, auth=("LAB\\operator", PASSWORD), transport="ntlm")
    answer = session.run_cmd("klist", PURGE)
    session.protocol.transport.close_session()
    assert (answer.status_code, answer.std_err) == (0, b"")
    assert answer.std_out.endswith(b"Ticket(s) purged!\r\n")
    assert (host.purged, host.shells) == (["0x3e7"], [])


def test_a_whole_process_of_pypsrp(client: Client, host: EmulatedHost) -> None:
    """The same by the other client, which checks that each answer relates to its question."""
    with WinRS(client.wsman, codepage=437, no_profile=True) as shell:
        process = Process(shell, "klist", list(PURGE))
        process.invoke()
        process.signal(SignalCode.TERMINATE)
    assert (process.rc, process.state, process.stderr) == (0, CommandState.DONE, b"")
    assert process.stdout.startswith(b"\r\nCurrent LogonId is ")
    assert (host.purged, host.shells) == (["0x3e7"], [])


def test_both_sessions_are_purged_in_one_shell(shell: WinRS, host: EmulatedHost) -> None:
    """A shell runs one command after the other."""
    for logon in ("0x3e7", "0x3e4"):
        process = Process(shell, "klist.exe", ["-li", logon, "purge"])
        process.invoke()
        process.signal(SignalCode.TERMINATE)
    assert host.purged == ["0x3e7", "0x3e4"]


def test_what_was_created_is_told(shell: WinRS) -> None:
    """Owner, resource and streams come with CreateResponse, and again with Get (MS-WSMV 2.2.4.37)."""
    assert (shell.resource_uri, shell.owner) == (COMMAND_SHELL, "operator")
    told = shell._get_shell()
    assert (told["ShellId"], told["OutputStreams"], told["IdleTimeOut"]) == (shell.id, "stdout stderr", "PT7200.000S")


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("ipconfig /all", 1),
        ("klist", 1),
        ("klist -li 0x999 purge", 1),
        ("klist purge", 1),
        ("klist -lh 0 -li 0x3e4 purge", 0),
        ('"KLIST" -li 0x3E7 PURGE', 0),
    ],
)
def test_klist_is_all_it_knows(protocol: Protocol, host: EmulatedHost, line: str, status: int) -> None:
    """Anything else, and a logon session that is not there, ends with a status and purges nothing."""
    shell = protocol.open_shell()
    *_, found = protocol.get_command_output(shell, protocol.run_command(shell, line))
    assert (found, len(host.purged)) == (status, 0 if status else 1)


def test_an_unknown_program_is_told_on_the_other_stream(protocol: Protocol) -> None:
    """As cmd does."""
    shell = protocol.open_shell()
    out, errors, _ = protocol.get_command_output(shell, protocol.run_command(shell, "whoami"))
    assert (out, errors.splitlines()[0]) == (b"", b"'whoami' is not recognized as an internal or external command,")


def test_texts_are_localised_and_statuses_are_not(start_host: StartHost, protocol_of: OpenProtocol) -> None:
    """A client must read the status (§7 pitfall 5)."""
    protocol = protocol_of(start_host(Options(localised="ja")))
    shell = protocol.open_shell()
    out, _, status = protocol.get_command_output(shell, protocol.run_command(shell, "klist", PURGE))
    assert (status, "チケット" in out.decode("cp932")) == (0, True)


def test_a_command_that_runs_is_asked_after_until_it_ends(host: EmulatedHost, protocol_of: OpenProtocol) -> None:
    """First what it has written, then 2150858793 while there is nothing new, then Done and its exit code."""
    protocol = protocol_of(host, seconds=1)
    host.inject("command", seconds=1.5)
    shell = protocol.open_shell()
    command = protocol.run_command(shell, "klist", PURGE)
    out, _, _, done = protocol.get_command_output_raw(shell, command)
    assert (out.startswith(b"\r\nCurrent LogonId"), done, host.purged) == (True, False, [])
    with pytest.raises(WinRMOperationTimeoutError):
        protocol.get_command_output_raw(shell, command)
    out, _, status, done = protocol.get_command_output_raw(shell, command)
    assert (b"purged" in out, status, done, host.purged) == (True, 0, True, ["0x3e7"])


def test_nothing_follows_the_end(protocol: Protocol, host: EmulatedHost) -> None:
    """After Done a Receive finds no command; Signal still does, and then that does not either."""
    shell = protocol.open_shell()
    command = protocol.run_command(shell, "klist", PURGE)
    protocol.get_command_output(shell, command)
    with pytest.raises(WinrmFault) as late:
        protocol.get_command_output_raw(shell, command)
    protocol.cleanup_command(shell, command)
    with pytest.raises(WinrmFault) as gone:
        protocol.cleanup_command(shell, command)
    assert [late.value.wsman_fault_code, gone.value.wsman_fault_code] == [UNEXPECTED_SELECTORS] * 2
    assert [late.value.fault_subcode, host.journal.received()[-1].fault] == ["w:InvalidSelectors", UNEXPECTED_SELECTORS]


def test_the_exit_status_can_be_ordered(client: Client, shell: WinRS, host: EmulatedHost) -> None:
    """A program that fails has done nothing, unless it is said to have."""
    del client
    host.inject("command", code=9009)
    host.inject("command", code=5, applied=True)
    statuses = []
    for _ in range(3):
        process = Process(shell, "klist", list(PURGE))
        process.invoke()
        statuses.append((process.rc, len(host.purged)))
    assert statuses == [(9009, 0), (5, 1), (0, 2)]


def test_a_signal_ends_what_runs(protocol: Protocol, host: EmulatedHost) -> None:
    """It has not done its work then, and nobody can ask after it any more."""
    host.inject("command", seconds=60)
    shell = protocol.open_shell()
    command = protocol.run_command(shell, "klist", PURGE)
    protocol.cleanup_command(shell, command)
    with pytest.raises(WinrmFault) as gone:
        protocol.get_command_output_raw(shell, command)
    assert (gone.value.wsman_fault_code, host.purged) == (UNEXPECTED_SELECTORS, [])


def test_a_delete_ends_what_is_waited_for(host: EmulatedHost, connect: Connect) -> None:
    """It may come over another connection while a Receive waits, which is then aborted (MS-WSMV 3.1.4.4.1)."""
    waiting, deleting = WinRS(connect(host).wsman), connect(host)
    waiting.open()
    host.inject("command", seconds=60)
    process = Process(waiting, "klist", list(PURGE))
    process.begin_invoke()
    process.poll_invoke()
    ended: list[object] = []

    def wait() -> None:
        try:
            process.poll_invoke()
        except PsrpFault as fault:
            ended.append(fault.code)

    thread = threading.Thread(target=wait)
    thread.start()
    selectors = SelectorSet()
    selectors.add_option("ShellId", waiting.id or "")
    deleting.wsman.delete(COMMAND_SHELL, selector_set=selectors)
    thread.join(timeout=20)
    # Either the Receive was there already, or it came too late.
    assert (ended in ([995], [UNEXPECTED_SELECTORS]), host.shells, host.purged) == (True, [], [])


def test_a_shell_outlives_its_connection(protocol: Protocol, host: EmulatedHost, protocol_of: OpenProtocol) -> None:
    """It is found over another one, until it is deleted; a second Delete finds none."""
    shell = protocol.open_shell()
    protocol.transport.close_session()
    other = protocol_of(host)
    *_, status = other.get_command_output(shell, other.run_command(shell, "klist", PURGE))
    other.close_shell(shell, close_session=False)
    with pytest.raises(WinrmFault) as gone:
        other.close_shell(shell, close_session=False)
    assert (status, gone.value.wsman_fault_code, gone.value.fault_subcode) == (
        0,
        UNEXPECTED_SELECTORS,
        "w:InvalidSelectors",
    )


def test_a_shell_nobody_uses_is_closed(client: Client, host: EmulatedHost) -> None:
    """After the idle time it was opened with, which the host caps."""
    WinRS(client.wsman, idle_time_out=99999).open()
    (capped,) = host.shells
    assert capped.idle_timeout == 7200.0
    host.expire_shells()
    WinRS(client.wsman, idle_time_out=0).open()
    assert host.shells == []


@pytest.mark.parametrize("user", ["hyperv", "reader", "nobody"])
def test_only_administrators_have_a_shell(host: EmulatedHost, protocol_of: OpenProtocol, user: str) -> None:
    """Remote Management Users and Hyper-V Administrators are refused by WinRM itself (§6)."""
    with pytest.raises(WinrmFault) as denied:
        protocol_of(host, user).open_shell()
    assert (denied.value.wsman_fault_code, denied.value.fault_subcode, host.shells) == (5, "w:AccessDenied", [])


def test_a_user_may_have_so_many_shells(start_host: StartHost, protocol_of: OpenProtocol) -> None:
    """MaxShellsPerUser; one that is deleted makes room."""
    protocol = protocol_of(start_host(Options(max_shells_per_user=2)))
    first = protocol.open_shell()
    protocol.open_shell()
    with pytest.raises(WinrmFault) as full:
        protocol.open_shell()
    protocol.close_shell(first, close_session=False)
    protocol.open_shell()
    assert (full.value.wsman_fault_code, full.value.fault_subcode) == (SHELL_QUOTA, "w:QuotaLimit")


def test_a_message_without_a_shell_is_refused(client: Client, host: EmulatedHost) -> None:
    """The selector ShellId is required, and it must be that of an open shell."""
    codes = []
    for identity in ("", "5207F2DF-E6CA-4D10-8C7F-5380F01D6FDE"):
        shell = WinRS(client.wsman)
        if identity:
            shell._selector_set = SelectorSet()
            shell._selector_set.add_option("ShellId", identity)
        with pytest.raises(PsrpFault) as refused:
            shell.command("klist", list(PURGE))
        codes.append(refused.value.code)
    assert (codes, host.purged) == ([UNEXPECTED_SELECTORS] * 2, [])


@pytest.mark.parametrize(
    ("uri", "what", "code"),
    [
        ("http://schemas.microsoft.com/wbem/wsman/1/windows/shell/other", "create", 2150858811),
        (COMMAND_SHELL, "pull", 2150858771),
        (COMMAND_SHELL, "send", 2150858771),
        (COMMAND_SHELL, "wrong body", 2150858791),
        (COMMAND_SHELL, "wrong stream", 87),
        (COMMAND_SHELL, "wrong option", 2150858809),
        (COMMAND_SHELL, "selector", 2150858813),
    ],
)
def test_what_is_no_shell_is_refused(client: Client, host: EmulatedHost, uri: str, what: str, code: int) -> None:
    """Another resource, another action, another body, streams nobody has, options that must be followed."""
    body = ET.Element(f"{RSP}Command" if what == "wrong body" else f"{RSP}Shell")
    ET.SubElement(body, f"{RSP}OutputStreams").text = "pr" if what == "wrong stream" else "stdout stderr"
    options, selectors = OptionSet(), SelectorSet()
    options.add_option("WINRS_NEVER_HEARD_OF", "1", {"MustComply": "true"})
    selectors.add_option("ShellId", "5207F2DF-E6CA-4D10-8C7F-5380F01D6FDE")
    send = {"pull": client.wsman.pull, "send": client.wsman.send}.get(what, client.wsman.create)
    with pytest.raises(PsrpFault) as refused:
        send(
            uri,
            body,
            option_set=options if what == "wrong option" else None,
            selector_set=selectors if what == "selector" else None,
        )
    assert (refused.value.code, host.shells) == (code, [])


@pytest.mark.parametrize("what", ["no command", "no streams", "unknown stream", "unknown signal"])
def test_bad_parameters_are_refused(shell: WinRS, what: str) -> None:
    """A command line without a command, streams that were not opened, a signal nobody knows."""
    process = Process(shell, "klist", list(PURGE))
    process.begin_invoke()
    acts = {
        "no command": lambda: shell.command("", []),
        "no streams": lambda: shell.receive("", process.id),
        "unknown stream": lambda: shell.receive("stdout pr", process.id),
        "unknown signal": lambda: process.signal("powershell/signal/ctrl_c"),
    }
    with pytest.raises(PsrpFault) as refused:
        acts[what]()
    assert refused.value.code == 87


def test_another_administrator_does_not_get_in(start_host: StartHost, protocol_of: OpenProtocol) -> None:
    """A shell belongs to who opened it."""
    host = start_host()
    shell = protocol_of(host).open_shell()
    with pytest.raises(WinrmFault) as denied:
        protocol_of(host, "second").run_command(shell, "klist", PURGE)
    assert (denied.value.wsman_fault_code, host.purged) == (5, [])


def test_the_journal_and_the_history_show_it(protocol: Protocol, host: EmulatedHost) -> None:
    """Each message by its kind and with the command line; the purge as a change that leaves the settings alone."""
    before = host.snapshot
    shell = protocol.open_shell()
    command = protocol.run_command(shell, "klist", PURGE)
    protocol.get_command_output(shell, command)
    protocol.cleanup_command(shell, command)
    protocol.close_shell(shell, close_session=False)
    received = host.journal.received()
    assert [each.kind for each in received] == ["Create", "Command", "Receive", "Signal", "Delete"]
    assert {each.class_name for each in received} == {"cmd"}
    assert (received[1].method, received[1].command, received[1].selectors) == (
        "klist",
        "klist -li 0x3e7 purge",
        {"ShellId": shell},
    )
    (change,) = host.history
    assert (change.what, change.after, change.by, change.snapshot) == (
        "tickets purged",
        {"logon_id": "0x3e7"},
        "operator in a command shell",
        before,
    )


def test_faults_meet_the_messages_of_a_shell(protocol: Protocol, host: EmulatedHost) -> None:
    """By their kinds, as everywhere else."""
    host.inject("soap-fault", code=SHELL_QUOTA, when={"operation": "Create"})
    host.inject("access-denied", code=5, when={"operation": "Command", "method": "klist"})
    with pytest.raises(WinrmFault) as full:
        protocol.open_shell()
    shell = protocol.open_shell()
    with pytest.raises(WinrmFault) as denied:
        protocol.run_command(shell, "klist", PURGE)
    assert [full.value.wsman_fault_code, denied.value.wsman_fault_code, host.purged] == [SHELL_QUOTA, 5, []]


def test_an_answer_that_is_late_is_a_timeout(host: EmulatedHost, protocol_of: OpenProtocol) -> None:
    """The same number as a Receive that has nothing to say."""
    protocol = protocol_of(host, seconds=1)
    host.inject("delay", seconds=30, when={"operation": "Create"})
    with pytest.raises(WinRMOperationTimeoutError):
        protocol.open_shell()
    assert host.journal.received()[-1].fault == TIMED_OUT
