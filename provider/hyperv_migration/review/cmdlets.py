"""The cmdlet an administrator would type, made from what each property's declaration names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hyperv_migration.model.delegation import DELEGATE_TO, DELEGATION
from hyperv_migration.model.host import HOST
from hyperv_migration.model.network import NETWORK
from hyperv_migration.review.text import data, quoted


def host_cmdlets(computer: Any, settings: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what sets these settings: one Set-VMHost for those that are its parameters."""
    target = f"-ComputerName {quoted(computer)}"
    parameters: dict[str, list[str]] = {}
    lines = []
    for prop in HOST.settings:
        if prop.name not in settings:
            continue
        value = settings[prop.name]
        cmdlet, _, parameter = prop.cmdlet.partition(" -")
        if parameter:
            parameters.setdefault(cmdlet, []).append(f"-{parameter} {quoted(value)}")
        else:
            # Two cmdlets, for true and for false.
            on, off = prop.cmdlet.split(", ")
            if not isinstance(value, bool):
                lines.append(f"# {on} or {off} {target}: {data(value)}")
                continue
            lines.append(f"{off if value is False else on} {target}")
    return (*(f"{cmdlet} {target} {' '.join(given)}" for cmdlet, given in parameters.items()), *lines)


def network_cmdlet(verb: str, computer: Any, subnet: Any, priority: Any = None) -> str:
    """Return what adds, edits or removes an entry of a host's list; `verb` is Add, Set or Remove."""
    add, edit = NETWORK.input("priority").cmdlet.split(", ")
    cmdlet, _, parameter = (add if verb == "Add" else edit).partition(" ")
    cmdlet = f"{verb}-{cmdlet.partition('-')[2]}"
    given = f" {parameter} {quoted(priority)}" if priority is not None else ""
    return f"{cmdlet} -Subnet {quoted(subnet)}{given} -ComputerName {quoted(computer)}"


def list_cmdlet(account: Any, change: str, names: Sequence[Any]) -> str:
    """Return what adds to the list of a computer account, or removes from it; `change` is Add or Remove."""
    cmdlet = DELEGATION.input("source").cmdlet
    # After a comma a line may end.
    entries = ",\n    ".join(_in_quotes(name) for name in names)
    return f"{cmdlet} {_in_quotes(account)} -{change} @{{'{DELEGATE_TO}'={entries}}}"


def control_cmdlet(name: str, account: Any, value: Any) -> str:
    """Return what sets the bit of userAccountControl that an input stands for."""
    cmdlet, _, parameter = DELEGATION.input(name).cmdlet.partition(" ")
    return f"{cmdlet} -Identity {_in_quotes(account)} {parameter} {quoted(value)}"


def _in_quotes(value: Any) -> str:
    text = quoted(value)
    return text if text.startswith("'") else f"'{text}'"
