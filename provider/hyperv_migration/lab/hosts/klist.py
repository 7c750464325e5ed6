"""The one program a host's command shell knows: klist, as far as it purges the tickets of a logon session."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

KNOWN_LOGON_SESSIONS: Final = ("0x3e7", "0x3e4", "0x3e5")
"""LocalSystem, NETWORK SERVICE and LOCAL SERVICE; the lab has no other sessions (active-directory.md, 37)."""
_NO_SUCH_PROGRAM, _FAILED = 1, 1
_TEXTS = {
    "en": {
        "unknown": "'{0}' is not recognized as an internal or external command,\r\noperable program or batch file.\r\n",
        "usage": "Usage: Klist.exe <-lh <LogonId.HighPart>> <-li <LogonId.LowPart>> tickets | tgt | purge | sessions\r\n",
        "target": "\r\nCurrent LogonId is 0:0x5a1c2\r\nTargeted LogonId is 0:{0}\r\n",
        "purged": "\tDeleting all tickets:\r\n\tTicket(s) purged!\r\n",
        "absent": "Error calling API LsaCallAuthenticationPackage: 1312\r\n",
    },
    "ja": {
        "unknown": "'{0}' は、コマンドまたはバッチ ファイルとして認識されていません。\r\n",
        "usage": "使用法: Klist.exe tickets | tgt | purge | sessions\r\n",
        "target": "\r\n現在のログオン ID: 0:0x5a1c2\r\nターゲットのログオン ID: 0:{0}\r\n",
        "purged": "\tすべてのチケットを削除しています:\r\n\tチケットが削除されました。\r\n",
        "absent": "API の呼び出しエラー: 1312\r\n",
    },
}
_CODE_PAGES = {"en": "cp437", "ja": "cp932"}


@dataclass(frozen=True)
class Execution:
    """What a command line comes to."""

    status: int
    first: bytes = b""
    """What it writes to stdout as soon as it has begun."""
    last: bytes = b""
    """What it writes to stdout when it ends."""
    errors: bytes = b""
    work: Callable[[], None] = lambda: None
    """What it does to the host."""


def execute(words: Sequence[str], purge: Callable[[str], None], language: str) -> Execution:
    """Work out what a command line does; `purge` takes the logon session."""
    texts = {name: text.encode(_CODE_PAGES[language]) for name, text in _TEXTS[language].items()}
    program, *arguments = words
    if program.lower().removesuffix(".exe") != "klist":
        # cmd /c gives 1; at a prompt ERRORLEVEL would be 9009.
        unknown = _TEXTS[language]["unknown"].format(program)
        return Execution(_NO_SUCH_PROGRAM, errors=unknown.encode(_CODE_PAGES[language], errors="replace"))
    match [each.lower() for each in arguments]:
        case ["-li" | "/li", logon, "purge"] | ["-lh" | "/lh", "0" | "0x0", "-li" | "/li", logon, "purge"]:
            if logon not in KNOWN_LOGON_SESSIONS:
                return Execution(_FAILED, first=texts["absent"])
            target = _TEXTS[language]["target"].format(logon).encode(_CODE_PAGES[language])
            return Execution(0, target, texts["purged"], work=lambda: purge(logon))
        case _:
            return Execution(_FAILED, first=texts["usage"])
