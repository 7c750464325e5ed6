"""The directories that histories are played in: reset, looked at and administered past every client of ours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from contract.directory.domains import MEMBER, Samba, configuration_of
from contract.histories.pictures import Account, Picture, folded, named
from contract.histories.steps import Beginning, Fault, Flips, Lists, Reissues
from hyperv_migration.lab.directory import EmbeddedDirectory
from hyperv_migration.lab.directory.injection import Fault as Ordered
from support.samba import run
from support.samba_accounts import BASE_DN, computer_dn
from support.samba_bench import configuration_of as samba_configuration

_RENAMED = {"HV01": "HV01R", "HV02": "HV02R", "FS01": "FS01R"}
_BACK = {new: old for old, new in _RENAMED.items()}


class World(Protocol):
    """One directory with HV01, HV02 and FS01."""

    def begin(self, beginning: Beginning) -> None:
        """Make it as a history begins."""
        ...

    def picture(self) -> Picture:
        """Look at every account."""
        ...

    def administer(self, step: Lists | Flips | Reissues) -> None:
        """Let somebody else do something by hand."""
        ...

    def arm(self, fault: Fault) -> None:
        """Let something go wrong at the next write, where this directory can be told to."""
        ...

    def struck(self) -> bool:
        """Tell whether it has."""
        ...

    def disarm(self) -> None:
        """Let everything go right again."""
        ...

    def messages(self) -> int | None:
        """Count the LDAP operations received so far; None where they cannot be counted."""
        ...

    def configuration(self) -> dict[str, Any]:
        """Return what a stack configures to reach it."""
        ...


@dataclass
class EmbeddedWorld:
    """The embedded directory; every history has accounts of its own."""

    directory: EmbeddedDirectory = field(repr=False)
    _armed: Ordered | None = field(default=None, repr=False)

    def begin(self, beginning: Beginning) -> None:
        """Make new accounts under the same names."""
        administrator = self.directory.administrator
        for name in ("HV01", "HV02", "FS01", *_BACK):
            if self._has(name):
                administrator.delete_computer(name)
        for name in ("HV01", "HV02", "FS01"):
            administrator.create_computer(
                name,
                hyperv=name != "FS01",
                allowed_to_delegate_to=beginning.entries.get(name, ()),
                user_account_control=MEMBER | beginning.bits.get(name, 0),
            )
        self.directory.journal.reset()
        # What has happened in the histories before is nobody's interest any more, and would be kept in memory.
        self.directory._controller.database.history.clear()

    def picture(self) -> Picture:
        """Look past LDAP."""
        administrator = self.directory.administrator
        found = {}
        for full in administrator.computers():
            name = full.partition(".")[0].upper()
            if name == "DC1":
                continue
            one = administrator.read(name)
            entries = folded(one["msDS-AllowedToDelegateTo"])
            found[one["objectGUID"]] = Account(name, entries, one["userAccountControl"], one["uSNChanged"])
        return found

    def administer(self, step: Lists | Flips | Reissues) -> None:
        """Act as the embedded directory's administrator, if the account is there."""
        if isinstance(step, Reissues):
            self._reissue(step)
        elif self._has(step.host):
            self.directory.administer(step.as_act(self._account(step.host)))

    def arm(self, fault: Fault) -> None:
        """Order a fault for the next write, or for the look after it."""
        if fault.act is not None:
            if self._has(fault.act.host):
                act = fault.act.as_act(self._account(fault.act.host))
                self._armed = self.directory.inject("lost-race", act=act)
        elif fault.kind == "busy":
            self._armed = self.directory.inject("busy", when={"operation": "search", "name": "<GUID="})
        elif fault.kind == "refused":
            self._armed = self.directory.inject("result", code=53, when={"operation": "modify"})
        else:
            self._armed = self.directory.inject(fault.kind, when={"operation": "modify"})

    def struck(self) -> bool:
        """Ask the fault."""
        return self._armed is not None and self._armed.struck > 0

    def disarm(self) -> None:
        """Forget it."""
        self.directory.faults.clear()
        self._armed = None

    def messages(self) -> int:
        """Count what arrived, what is asked once per process apart."""
        # The sites and servers of the forest stand in the configuration; the rootDSE has no name.
        received = [one.name.upper() for one in self.directory.journal.operations()]
        return len([name for name in received if name and not name.endswith("CN=CONFIGURATION,DC=LAB,DC=TEST")])

    def configuration(self) -> dict[str, Any]:
        """Return that for LDAPS, which is the quickest to serve."""
        return configuration_of(self.directory, transport="ldaps", bind="simple")

    def _has(self, name: str) -> bool:
        return named(self.picture(), name) is not None

    def _account(self, name: str) -> Account:
        picture = self.picture()
        return picture[named(picture, name) or ""]

    def _reissue(self, step: Reissues) -> None:
        administrator, there = self.directory.administrator, self._has(step.host)
        if step.what == "renames":
            for old, new in ((step.host, _RENAMED[step.host]), (_RENAMED[step.host], step.host)):
                if self._has(old) and not self._has(new):
                    administrator.rename_computer(old, new)
                    return
        elif step.what == "deletes" and there:
            administrator.delete_computer(step.host)
        elif step.what == "makes anew":
            if there:
                administrator.delete_computer(step.host)
            if not self._has(_RENAMED[step.host]):
                administrator.create_computer(step.host, hyperv=step.host != "FS01")


@dataclass
class SambaWorld:
    """A real Samba domain, seen and changed with Samba's own local tools; nothing can be made to go wrong in it."""

    samba: Samba = field(repr=False)

    def begin(self, beginning: Beginning) -> None:
        """Write both attributes of the sources, past LDAP."""
        for name, entries in beginning.entries.items():
            self._write(name, entries, MEMBER | beginning.bits[name])

    def picture(self) -> Picture:
        """Read Samba's database without the network."""
        query = "(&(objectClass=computer)(!(userAccountControl:1.2.840.113556.1.4.803:=8192)))"
        names = ("cn", "objectGUID", "userAccountControl", "msDS-AllowedToDelegateTo", "uSNChanged")
        text = run(["ldbsearch", "-H", str(self.samba.domain.controller.database), "-b", BASE_DN, query, *names])
        found = {}
        for block in text.replace("\n ", "").split("\n\n"):
            lines = re.findall(r"^([\w-]+): (.*)$", block, re.MULTILINE)
            values: Mapping[str, str] = dict(lines)
            if "objectGUID" not in values:
                continue
            entries = folded(value for name, value in lines if name == "msDS-AllowedToDelegateTo")
            found[values["objectGUID"]] = Account(
                values["cn"], entries, int(values["userAccountControl"]), int(values["uSNChanged"])
            )
        return found

    def administer(self, step: Lists | Flips | Reissues) -> None:
        """Write what the step makes of the account; accounts are not renamed here."""
        if isinstance(step, Reissues):
            return
        picture = self.picture()
        old = picture[named(picture, step.host) or ""]
        new = step.on(old)
        if new == old:
            return
        adds, deletes = new.entries - old.entries, old.entries - new.entries
        parts = [
            f"{verb}: msDS-AllowedToDelegateTo\n"
            + "".join(f"msDS-AllowedToDelegateTo: {one}\n" for one in sorted(some))
            for verb, some in (("add", adds), ("delete", self._spelled(step.host, deletes)))
            if some
        ]
        if new.control != old.control:
            parts.append(f"replace: userAccountControl\nuserAccountControl: {new.control}\n")
        self.samba.domain.modify(f"dn: {computer_dn(step.host)}\nchangetype: modify\n" + "-\n".join(parts) + "-\n")

    def arm(self, fault: Fault) -> None:
        """Nothing goes wrong here."""

    def struck(self) -> bool:
        """Nothing does."""
        return False

    def disarm(self) -> None:
        """Nothing does."""

    def messages(self) -> None:
        """Samba keeps no count."""

    def configuration(self) -> dict[str, Any]:
        """Return that for a sealed connection."""
        domain = self.samba.domain
        return {**samba_configuration(domain), "password": domain.password("operator")}

    def _spelled(self, host: str, entries: frozenset[str]) -> list[str]:
        """Return the entries as the database has them, which is compared to the letter."""
        return [entry for entry in self.samba.delegation(host)[0] if entry.casefold() in entries]

    def _write(self, host: str, entries: tuple[str, ...], control: int) -> None:
        self.samba.set_delegation(host, list(entries), control)
