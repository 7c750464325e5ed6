"""What was found on the host, noted on this machine before the first write, and put back afterwards, crash or not.

A network of ours is known by its documentation range, which is refused where it is in use already. A setting is put back
only from a value that the question being asked may have left: what an administrator has set since then stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from hyperv_migration.hyperv import classes
from hyperv_migration.live.doubts import NotAsked
from hyperv_migration.live.subject import Subject, any_v6, in_test_range, trouble
from hyperv_migration.model.errors import MigrationError
from hyperv_migration.model.network import CLUSTER_MANAGED, NetworkEntry
from hyperv_migration.operations.journal import Journal, Note

OUT_OF_BOX: Mapping[str, Any] = {
    "enabled": False,
    "authenticationType": "CredSSP",
    "performanceOption": "Compression",
    "maximumVirtualMachineMigrations": 2,
    "maximumStorageMigrations": 2,
}
"""What a host might fall back to where it resets what is left out (hyperv-wsman.md §1.3)."""
LARGEST = 0xFFFFFFFF
_AUTHENTICATION = frozenset({"CredSSP", "Kerberos"})
_STORAGE = "maximumStorageMigrations"
_ANY_NETWORK = "anyNetwork"
_PASSES = 3


class LeftBehind(Exception):
    """Something on the host is not as it was found; the text says what, without names."""


def note_of(host: str) -> str:
    """Return the name under which the note of a host is kept."""
    return f"live {host.casefold()}"


@dataclass
class Undo:
    """The note of one host and what is done with it."""

    subject: Subject
    journal: Journal = field(default_factory=Journal)

    @property
    def _target(self) -> str:
        return note_of(self.subject.wire.target)

    def left_over(self) -> Note | None:
        """Return the note of a run that did not come to its end."""
        return self.journal.recall(self._target)

    def prepare(self) -> None:
        """Put back what an earlier run left, refuse a host that must not be written, and note what is found now.

        Raises NotAsked with the reason, before anything was written; LeftBehind if an earlier run cannot be put back.
        """
        note = self.left_over()
        if note is not None:
            self.subject.idle_service()
            self._put_back(note, whole=False)
        self._refuse()
        self._note(_picture(self.subject), {})

    @contextmanager
    def around(self, question: str) -> Iterator[None]:
        """Note what a question may leave before it is put, and forget that again once nothing of it is left."""
        note = self.left_over()
        if note is None:
            raise NotAsked("the note of what was found is gone")
        may_leave = _may_leave(question, note.found["settings"])
        if not may_leave:
            yield
            return
        intended = {name: [*note.intended.get(name, ()), *values] for name, values in may_leave.items()}
        intended = {**note.intended, **intended}
        self._note(note.found, intended)
        try:
            yield
        except NotAsked:
            self._settle(Note(id=note.id, found=note.found, intended=intended))
            raise
        self._settle(Note(id=note.id, found=note.found, intended=intended))

    def _settle(self, note: Note) -> None:
        if not self._differences(note, whole=False):
            self._note(note.found, {})

    def finish(self) -> None:
        """Put everything back, verify it by reading again, and remove the note; raises LeftBehind."""
        note = self.left_over()
        if note is None:
            raise LeftBehind("the note of what was found is gone; compare the host with what you know of it")
        self._put_back(note, whole=True)

    def _note(self, found: Mapping[str, Any], intended: Mapping[str, Any]) -> None:
        if self.journal.keep(self._target, found=found, intended=intended) is None:
            raise NotAsked("no note can be kept on this machine, so a crash could not be undone")

    def _refuse(self) -> None:
        facts = self.subject.facts
        if facts.clustered is not False:
            known = "is a node of a failover cluster" if facts.clustered else "may be a node of a failover cluster"
            raise NotAsked(f"the host {known}; nothing was written")
        self.subject.idle_service()
        networks = self.subject.networks()
        if any(CLUSTER_MANAGED in entry.tags for entry in networks):
            raise NotAsked("the host lists networks of a failover cluster; nothing was written")
        if str(classes.read_settings(self.subject.setting()).get("authenticationType")) not in _AUTHENTICATION:
            raise NotAsked("the host has an authentication type that is not known, so it could not be put back")
        if any(in_test_range(entry) for entry in networks):
            raise NotAsked("the host has a network of the documentation range already; nothing was written")

    def _put_back(self, note: Note, *, whole: bool) -> None:
        """Go over it until nothing differs: a failed pass may have done half.

        `whole`: this run wrote the note, so a network that is gone meanwhile is said.
        """
        differences: list[str] = []
        for _ in range(_PASSES):
            try:
                self._remove_ours(note)
                self._restore_settings(note)
                differences = self._differences(note, whole=whole)
            except NotAsked as error:
                differences = [f"{error}, so nothing was put back; run once more with writes allowed when it is over"]
            except MigrationError as error:
                differences = [f"putting back failed ({trouble(error)}); run once more with writes allowed"]
            if not differences:
                self.journal.discard(self._target)
                return
        raise LeftBehind("; ".join(differences))

    def _remove_ours(self, note: Note) -> None:
        if ours := _ours(self.subject.networks(), note):
            self.subject.remove(*ours)

    def _restore_settings(self, note: Note) -> None:
        instance = self.subject.setting()
        live, found = classes.read_settings(instance), note.found["settings"]
        changes = {
            name: value
            for name, value in found.items()
            if live.get(name) != value and live.get(name) in note.intended.get(name, ())
        }
        if changes:
            self.subject.call(
                "ModifyServiceSettings", {"ServiceSettingData": classes.write_settings(instance, changes)}
            )

    def _differences(self, note: Note, *, whole: bool) -> list[str]:
        """Say what is still as a question left it; what others changed meanwhile is theirs."""
        found, live = note.found, _picture(self.subject)
        differences = [
            f"{name} is {live['settings'].get(name)} and was {value}"
            for name, value in found["settings"].items()
            if live["settings"].get(name) != value and live["settings"].get(name) in note.intended.get(name, ())
        ]
        if ours := _ours(self.subject.networks(), note):
            differences.append(f"{len(ours)} networks of the questions are still there")
        missing = set(found["networks"]) - set(live["networks"])
        if missing and whole:
            differences.append(f"{len(missing)} networks that were found are gone")
        return differences


def _picture(subject: Subject) -> dict[str, Any]:
    networks = subject.networks()
    return {
        "settings": classes.read_settings(subject.setting()),
        "networks": [entry.instance_id for entry in networks],
    }


def _may_leave(question: str, found: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return which values a question may leave behind when it breaks off."""
    match question:
        case "omitted-settings":
            reset = {name: [value] for name, value in OUT_OF_BOX.items() if name in found}
            return {**reset, _STORAGE: [*reset.get(_STORAGE, ()), another(int(found[_STORAGE]))]}
        case "maximum-limit":
            return {_STORAGE: [LARGEST, 0]}
        case "enable-outside-domain":
            return {"enabled": [True]}
        case "any-network-v6":
            return {_ANY_NETWORK: [True]}
    return {}


def _ours(networks: Sequence[NetworkEntry], note: Note) -> list[str]:
    """Return the ids of what the questions added: the documentation ranges, and half of an any-network pair.

    The whole pair is somebody's decision since then, and stays.
    """
    new = [entry for entry in networks if entry.instance_id not in note.found["networks"]]
    ours = [entry for entry in new if in_test_range(entry)]
    any_entries = [entry for entry in networks if entry.is_any]
    if note.intended.get(_ANY_NETWORK) and all(any_v6(entry) for entry in any_entries):
        ours += [entry for entry in new if any_v6(entry)]
    return [entry.instance_id for entry in ours]


def another(value: int) -> int:
    """Return a number of migrations that is neither this one nor the out-of-box one."""
    return value + 1 if value + 1 not in {OUT_OF_BOX["maximumStorageMigrations"], LARGEST + 1} else 3
