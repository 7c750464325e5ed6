"""SOAP faults, told apart by subcode and number and never by text, which Windows localises (hyperv-wsman.md §3.6)."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from enum import Enum

from hyperv_migration.wsman import names
from hyperv_migration.wsman.cim import split_tag

# Decimal numbers as they travel; hexadecimal as the documentation has them.
_ACCESS_DENIED = {5, 0x80338104, 0x80338105, 0x80338106, 0x80041003, 0x80070005}
_ABSENT = {0x80338000, 0x8033803B, 0x8033801A, 0x8004100E, 0x80041010, 0x80041002}
_TIMED_OUT = {0x80338029, 0x8033801C}
_QUOTA = {0x8033803F, 0x803381A5, 0x803381A6, 0x803381A7, 0x803381A8, *range(0x803381E4, 0x803381E9)}

_WIN32_END = 0x10000
"""Below are plain Win32 codes, read in decimal; above are HRESULTs and WinRM's own, known in hexadecimal."""

_SUBCODE = re.compile(r"[A-Za-z]{1,64}")
_INTEGER = re.compile(r"-?[0-9]{1,20}")
_MOST_CODES = 8

_CIM_ACCESS_DENIED = 2
_CIM_ABSENT = {3, 5, 6}


class FaultKind(Enum):
    """What a fault means for who asked."""

    ACCESS_DENIED = "access denied"
    ABSENT = "absent"
    """The class, the namespace or the instance is not there."""
    TIMED_OUT = "timed out"
    QUOTA = "quota"
    OTHER = "other"


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
        """Classify on the subcode first, on numbers second: newer hosts leave details out (§3.5, E14)."""
        codes = set(self.codes)
        if self.subcode == "AccessDenied" or codes & _ACCESS_DENIED or self.cim_status == _CIM_ACCESS_DENIED:
            return FaultKind.ACCESS_DENIED
        if codes & _QUOTA or self.subcode == "QuotaLimit":
            return FaultKind.QUOTA
        if self.subcode == "TimedOut" or codes & _TIMED_OUT:
            return FaultKind.TIMED_OUT
        absent = self.subcode in {"DestinationUnreachable", "CannotProcessFilter"}
        if absent or codes & _ABSENT or self.cim_status in _CIM_ABSENT:
            return FaultKind.ABSENT
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
