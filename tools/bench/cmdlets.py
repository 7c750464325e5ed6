"""What the document's cmdlets cost when they are sent one by one through pywinrm's `run_ps`, in messages and seconds."""

from __future__ import annotations

import time
from dataclasses import dataclass

import winrm

from hyperv_migration.lab.hosts.host import EmulatedHost

CMDLETS = (
    "Get-VMHost | Select-Object *Migration*",
    "Enable-VMMigration",
    "Add-VMMigrationNetwork 192.168.10.0/24",
    "Set-VMHost -VirtualMachineMigrationAuthenticationType Kerberos",
    "Set-VMHost -VirtualMachineMigrationPerformanceOption Compression",
    "Get-VMMigrationNetwork",
)
"""One host, read before and after: what a MigrationHost and a MigrationNetwork do at create."""


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """All cmdlets of one host."""

    messages: int
    seconds: float


def converse(host: EmulatedHost, user: str, password: str) -> Conversation:
    """Hold the conversation of each cmdlet. No PowerShell runs here: the shell answers that it knows no such command."""
    host.journal.reset()
    session = winrm.Session(host.url, auth=(user, password), transport="ntlm", message_encryption="auto")
    began = time.monotonic()
    for cmdlet in CMDLETS:
        session.run_ps(cmdlet)
    seconds = time.monotonic() - began
    session.protocol.transport.close_session()
    return Conversation(messages=sum(one.counted for one in host.journal.received()), seconds=seconds)
