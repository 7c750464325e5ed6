"""SOAP faults, told apart by subcode and number and never by text, which Windows localises (hyperv-wsman.md §3.6)."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from enum import Enum

from hyperv_migration.wsman import names
from hyperv_migration.wsman.cim import split_tag

_WIN32_END = 0x10000
"""Below are plain Win32 codes, read in decimal; above are HRESULTs and WinRM's own, known in hexadecimal."""

_SUBCODE = re.compile(r"[A-Za-z]{1,64}")
_INTEGER = re.compile(r"-?[0-9]{1,20}")
_MOST_CODES = 8


class FaultKind(Enum):
    """What a fault means for who asked."""

    ACCESS_DENIED = "access denied"
    NO_NAMESPACE = "no namespace"
    """The namespace is positively not there."""
    NOT_SHOWN = "not shown"
    """The class or the instance is not shown: it may be absent, or not there yet, or its namespace may be absent."""
    TIMED_OUT = "timed out"
    QUOTA = "quota"
    """WinRM took no more operations, so nothing was run."""
    FALTERING = "faltering"
    """WMI could not answer just now; a method may have been run."""
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class _Row:
    """What a kind is told by; any one of the three is enough. Numbers in hexadecimal as the documentation has them."""

    subcodes: frozenset[str] = frozenset()
    codes: frozenset[int] = frozenset()
    cim: frozenset[int] = frozenset()


_ROWS = {
    FaultKind.ACCESS_DENIED: _Row(
        subcodes=frozenset({"AccessDenied"}),
        codes=frozenset({5, 0x80338104, 0x80338105, 0x80338106, 0x80041003, 0x80070005}),
        cim=frozenset({2}),
    ),
    FaultKind.QUOTA: _Row(
        subcodes=frozenset({"QuotaLimit"}),
        codes=frozenset({0x8033803F, *range(0x803381A5, 0x803381A9), *range(0x803381E4, 0x803381E9)}),
    ),
    FaultKind.TIMED_OUT: _Row(subcodes=frozenset({"TimedOut"}), codes=frozenset({0x80338029, 0x8033801C})),
    # The provider cannot be loaded, WMI shuts down, its process is gone (RPC), its quota is used up.
    FaultKind.FALTERING: _Row(codes=frozenset({0x80041013, 0x80041033, 0x800706BA, 0x8004106C}), cim=frozenset({27})),
    FaultKind.NO_NAMESPACE: _Row(codes=frozenset({0x8004100E}), cim=frozenset({3})),
    # Not found, no such class, no such query: said of what is not there, and of what is not there yet.
    FaultKind.NOT_SHOWN: _Row(
        subcodes=frozenset({"DestinationUnreachable", "CannotProcessFilter"}),
        codes=frozenset({0x80338000, 0x8033803B, 0x8033801A, 0x80041002, 0x80041010, 0x80041017}),
        cim=frozenset({5, 6, 15}),
    ),
}
"""The first row that fits is the kind: newer hosts leave details out, so a subcode alone may have to do (§3.5, E14)."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A SOAP fault: the subcode's local name, every number found in the detail, and what it means."""

    subcode: str
    codes: tuple[int, ...]
    cim_status: int | None

    @property
    def code(self) -> int | None:
        """The most telling number: the one of WinRM, else the one of WMI."""
        return self.codes[0] if self.codes else None

    @property
    def kind(self) -> FaultKind:
        """Classify by subcode and numbers, never by text."""
        for kind, row in _ROWS.items():
            if self.subcode in row.subcodes or row.codes & {*self.codes} or self.cim_status in row.cim:
                return kind
        return FaultKind.OTHER

    def __str__(self) -> str:
        numbers = ", ".join(str(code) if code < _WIN32_END else f"0x{code:08X}" for code in self.codes)
        return f"{self.subcode or 'fault'} {numbers}".strip()


def read_fault(body: ET.Element) -> Fault | None:
    """Read the fault in a SOAP body; None if there is none."""
    fault = body.find(f"{{{names.SOAP}}}Fault")
    if fault is None:
        return None
    value = fault.findtext(f"{{{names.SOAP}}}Code/{{{names.SOAP}}}Subcode/{{{names.SOAP}}}Value") or ""
    detail = fault.find(f"{{{names.SOAP}}}Detail")
    codes: list[int] = []
    cim_status = None
    for element in detail.iter() if detail is not None else ():
        match split_tag(element.tag):
            case (names.FAULT, "WSManFault"):
                codes.extend(_number(element.get("Code")))
            case (names.WMI_ERROR, "error_Code"):
                codes.extend(_number(element.text))
            case (names.WMI_ERROR, "CIMStatusCode"):
                cim_status = next(iter(_number(element.text)), None)
            case _:
                pass
    # The prefix is the server's own choice; only the local part is compared (§4.2).
    subcode = value.strip().rpartition(":")[2]
    return Fault(
        # It stands in messages, so what cannot be a subcode is left out.
        subcode=subcode if _SUBCODE.fullmatch(subcode) else "",
        codes=tuple(dict.fromkeys(codes))[:_MOST_CODES],
        cim_status=cim_status,
    )


def _number(text: str | None) -> list[int]:
    stripped = (text or "").strip()
    number = int(stripped) if _INTEGER.fullmatch(stripped) else 0
    return [number & 0xFFFFFFFF] if number else []
