"""The messages of a command shell: Create, Get, Command, Receive, Signal and Delete (MS-WSMV 3.1.4).

Send is not there: the one program that the shell knows reads nothing.
"""

from __future__ import annotations

import base64
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from xml.sax.saxutils import escape

from hyperv_migration.lab.hosts import faults, names
from hyperv_migration.lab.hosts.envelope import SoapRequest, seconds_of
from hyperv_migration.lab.hosts.faults import Refused
from hyperv_migration.lab.hosts.klist import Execution
from hyperv_migration.lab.hosts.shells import Running, Shell, Shells
from hyperv_migration.lab.scenario import Account

_RSP = f"{{{names.SHELL}}}"
_STREAMS = ("stdout", "stderr")
_KNOWN_OPTIONS = {
    names.CREATE: {"WINRS_NOPROFILE", "WINRS_CODEPAGE"},
    names.COMMAND: {"WINRS_CONSOLEMODE_STDIN", "WINRS_SKIP_CMD_SHELL"},
    names.RECEIVE: {"WSMAN_CMDSHELL_OPTION_KEEPALIVE"},
}
_TAKEN_AWAY = ("terminate", "ctrl_c", "ctrl_break")
_NAP = 0.05

Start = Callable[[Sequence[str]], tuple[Execution, float]]
"""Works out what a command line does, and how many seconds it takes."""


class Wait(Protocol):
    """Waits, unless the lab stops."""

    def __call__(self, seconds: float) -> bool:
        """Say whether the lab is stopping."""


@dataclass(frozen=True, kw_only=True)
class ShellOperations:
    """The messages of one caller."""

    shells: Shells
    account: Account
    start: Start
    wait: Wait
    idle_timeout: float
    address: str

    def carry_out(self, request: SoapRequest) -> tuple[str, str]:
        """Carry out a request; gives the answer's action and body.

        Raises:
            Refused: A SOAP fault is due.
        """
        operation = _OPERATIONS.get(request.action)
        if operation is None:
            raise Refused(faults.UNKNOWN_ACTION)
        if request.resource_uri.lower() != names.COMMAND_SHELL and request.action != names.GET:
            raise Refused(faults.BAD_URI)
        if not self.account.administrator:
            raise Refused(faults.ACCESS_DENIED)
        if request.must_comply - _KNOWN_OPTIONS.get(request.action, set()):
            raise Refused(faults.INVALID_OPTIONS)
        return f"{request.action}Response", operation(self, request)

    def _create(self, request: SoapRequest) -> str:
        if request.selectors:
            raise Refused(faults.INVALID_SELECTORS)
        body = _child(request, "Shell")
        streams = tuple(_text(body, "OutputStreams").split()) or _STREAMS
        if not set(streams) <= set(_STREAMS):
            raise Refused(faults.BAD_PARAMETER)
        idle = _text(body, "IdleTimeOut")
        shell = Shell(
            owner=self.account.name,
            input_streams=_text(body, "InputStreams") or "stdin",
            output_streams=streams,
            idle_timeout=min(seconds_of(idle), self.idle_timeout) if idle else self.idle_timeout,
        )
        self.shells.open(shell)
        return (
            f'<x:ResourceCreated xmlns:x="{names.TRANSFER}"><a:Address>{names.ANONYMOUS}</a:Address>'
            f"<a:ReferenceParameters><w:ResourceURI>{names.COMMAND_SHELL}</w:ResourceURI><w:SelectorSet>"
            f'<w:Selector Name="ShellId">{shell.identity}</w:Selector></w:SelectorSet></a:ReferenceParameters>'
            f"</x:ResourceCreated>{self._describe(shell)}"
        )

    def _get(self, request: SoapRequest) -> str:
        return self._describe(self._shell(request))

    def _describe(self, shell: Shell) -> str:
        now = time.monotonic()
        return (
            f'<rsp:Shell xmlns:rsp="{names.SHELL}"><rsp:ShellId>{shell.identity}</rsp:ShellId>'
            f"<rsp:ResourceUri>{names.COMMAND_SHELL}</rsp:ResourceUri><rsp:Owner>{escape(shell.owner)}</rsp:Owner>"
            f"<rsp:ClientIP>{self.address}</rsp:ClientIP><rsp:IdleTimeOut>PT{shell.idle_timeout:.3f}S</rsp:IdleTimeOut>"
            f"<rsp:InputStreams>{escape(shell.input_streams)}</rsp:InputStreams>"
            f"<rsp:OutputStreams>{' '.join(shell.output_streams)}</rsp:OutputStreams>"
            f"<rsp:ShellRunTime>P0DT0H0M{now - shell.opened:.0f}S</rsp:ShellRunTime>"
            f"<rsp:ShellInactivity>P0DT0H0M{now - shell.used:.0f}S</rsp:ShellInactivity></rsp:Shell>"
        )

    def _delete(self, request: SoapRequest) -> str:
        if request.body is not None:
            raise Refused(faults.MALFORMED_BODY)
        self.shells.delete(self._shell(request))
        return ""

    def _command(self, request: SoapRequest) -> str:
        shell = self._shell(request)
        words = command_words(_child(request, "CommandLine"))
        if not words:
            raise Refused(faults.BAD_PARAMETER)
        running = self.shells.start(shell, *self.start(words))
        return (
            f'<rsp:CommandResponse xmlns:rsp="{names.SHELL}"><rsp:CommandId>{running.identity}</rsp:CommandId>'
            "</rsp:CommandResponse>"
        )

    def _receive(self, request: SoapRequest) -> str:
        shell = self._shell(request)
        wanted = _child(request, "Receive").find(f"{_RSP}DesiredStream")
        streams = [] if wanted is None else (wanted.text or "").split()
        if wanted is None or not streams or not set(streams) <= set(shell.output_streams):
            raise Refused(faults.BAD_PARAMETER)
        running = self.shells.command(shell, wanted.get("CommandId", ""))
        if running.told_end:
            raise Refused(faults.UNEXPECTED_SELECTORS)
        ends = time.monotonic() + request.operation_timeout
        while not running.done and (running.told_first or not running.execution.first):
            left = ends - time.monotonic()
            if left <= 0 or self.wait(min(_NAP, left)):
                raise Refused(faults.TIMED_OUT)
            if not self.shells.is_there(shell, running):
                raise Refused(faults.ABORTED)
        return f'<rsp:ReceiveResponse xmlns:rsp="{names.SHELL}">{_output(running, streams)}</rsp:ReceiveResponse>'

    def _signal(self, request: SoapRequest) -> str:
        shell = self._shell(request)
        body = _child(request, "Signal")
        uri, _, code = _text(body, "Code").lower().rpartition("/")
        if uri != f"{names.SHELL}/signal" or code not in _TAKEN_AWAY:
            raise Refused(faults.BAD_PARAMETER)
        self.shells.forget(shell, self.shells.command(shell, body.get("CommandId", "")))
        return f'<rsp:SignalResponse xmlns:rsp="{names.SHELL}"/>'

    def _shell(self, request: SoapRequest) -> Shell:
        if list(map(str.lower, request.selectors)) != ["shellid"]:
            raise Refused(faults.UNEXPECTED_SELECTORS)
        return self.shells.find(next(iter(request.selectors.values())), self.account.name)


def command_words(body: ET.Element) -> list[str]:
    """Give the words of a rsp:CommandLine: clients put them into one element or into many."""
    rows = [body.find(f"{_RSP}Command"), *body.findall(f"{_RSP}Arguments")]
    return [word.strip('"') for row in rows if row is not None for word in (row.text or "").split()]


def _output(running: Running, streams: list[str]) -> str:
    """Print what is new, and the end once everything is out; both streams are then closed."""
    execution, rows = running.execution, []
    new = {"stdout": b"" if running.told_first else execution.first, "stderr": b""}
    if running.done:
        new["stdout"] += execution.last
        new["stderr"] += execution.errors
    for name in streams:
        if new[name]:
            text = base64.b64encode(new[name]).decode()
            rows.append(f'<rsp:Stream Name="{name}" CommandId="{running.identity}">{text}</rsp:Stream>')
    running.told_first, running.told_end = True, running.done
    if running.done:
        rows += [f'<rsp:Stream Name="{name}" CommandId="{running.identity}" End="true"/>' for name in streams]
    state = f"{names.SHELL}/CommandState/{'Done' if running.done else 'Running'}"
    exit_code = f"<rsp:ExitCode>{execution.status}</rsp:ExitCode>" if running.done else ""
    rows.append(f'<rsp:CommandState CommandId="{running.identity}" State="{state}">{exit_code}</rsp:CommandState>')
    return "".join(rows)


def _child(request: SoapRequest, name: str) -> ET.Element:
    if request.body is None or request.body.tag != f"{_RSP}{name}":
        raise Refused(faults.MALFORMED_BODY)
    return request.body


def _text(element: ET.Element, name: str) -> str:
    return (element.findtext(f"{_RSP}{name}") or "").strip()


_OPERATIONS: Mapping[str, Callable[[ShellOperations, SoapRequest], str]] = {
    names.CREATE: ShellOperations._create,  # noqa: SLF001 - the table belongs to the class
    names.GET: ShellOperations._get,  # noqa: SLF001
    names.DELETE: ShellOperations._delete,  # noqa: SLF001
    names.COMMAND: ShellOperations._command,  # noqa: SLF001
    names.RECEIVE: ShellOperations._receive,  # noqa: SLF001
    names.SIGNAL: ShellOperations._signal,  # noqa: SLF001
}
