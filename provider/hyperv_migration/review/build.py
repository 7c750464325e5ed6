"""From the steps of a preview to a review: by target, in the order in which it will happen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from hyperv_migration.model import delegation, host, network
from hyperv_migration.model.delegation import spelling
from hyperv_migration.model.unknown import Unknown
from hyperv_migration.review import delegations, hosts, networks
from hyperv_migration.review.order import in_order
from hyperv_migration.review.preview import Preview, Step
from hyperv_migration.review.properties import changed_names
from hyperv_migration.review.report import Change, Detail, Review, Risk, Target
from hyperv_migration.review.risks import rules_for
from hyperv_migration.review.text import Data, Text, data

_REPLACED = "Delete (replaced)"
_REPLACEMENT = "Create (replacement)"
_IMPORT = "Take over (import)"
_DIFFERENCES = {
    "MigrationHost": host.difference,
    "MigrationNetwork": network.difference,
    "KerberosDelegation": delegation.difference,
}
_DELETED_FIRST: Text = (
    "A replace: the old one is deleted before the new one is created. Between the two, neither is there.",
)
_CREATED_FIRST: Text = ("A replace: the new one is created first, and the old one is deleted at the end.",)
_REMARKS: tuple[Text, ...] = (
    ("A preview asks no host and no directory: “as found” is what is there when the change is applied.",),
    ("Each operation reads its target first and writes only what then differs.",),
    (
        (
            "The changes of one host or account happen in the order in which they stand here. Hosts and accounts are worked on "
            "side by side, except that a host waits for what it depends on: its networks and its delegations come before it, "
            "and in a destroy they go after it."
        ),
    ),
    (
        (
            "What depends on a resource that is replaced by deleting first may be deleted ahead of it; where it is gone "
            "from the program too, a preview does not list it."
        ),
    ),
    ("The cmdlets say what is done in an administrator's terms; the provider itself sends WS-Man and LDAP.",),
)


@dataclass(frozen=True)
class _Act:
    """One thing done to one target; a replace is two."""

    action: str
    step: Step
    values: Mapping[str, Any]
    """What tells the target."""
    detail: Detail


def build_review(preview: Preview, time: str = "") -> Review:
    """Return what there is to say of a preview; it tells no time of its own."""
    steps = in_order(preview.steps)
    everything = (*steps, *in_order(preview.unchanged))
    acts = _acts(steps, delegations.known(everything))
    names = _Targets(everything)
    grouped: dict[tuple[str, str], list[_Act]] = {}
    for act in acts:
        grouped.setdefault(names.key(act), []).append(act)
    numbers = count(1)
    targets = tuple(
        Target(title=names.title(*each), changes=tuple(_change(next(numbers), act) for act in done))
        for each, done in grouped.items()
    )
    return Review(
        head=_head(preview, time),
        summary=_summary(preview, grouped),
        errors=tuple(data(message) for message in preview.errors),
        warnings=tuple(data(message) for message in preview.warnings),
        risks=_risks(acts, names),
        targets=targets,
        foreign=preview.foreign,
        remarks=_REMARKS if targets else (),
    )


def _head(preview: Preview, time: str) -> Text:
    made: Text = (", previewed ", data(time)) if time else (", time of the preview not given",)
    return "Project ", data(preview.project or "unknown"), ", stack ", data(preview.stack or "unknown"), *made, "."


def _change(place: int, act: _Act) -> Change:
    return Change(place=place, action=act.action, resource=_resource(act.step), detail=act.detail)


def _acts(steps: Sequence[Step], known: delegations.Known) -> list[_Act]:
    acts: list[_Act] = []
    last: list[_Act] = []
    for step in steps:
        match step.operation:
            case "create":
                acts.append(_Act("Create", step, step.inputs, _created(step, known)))
            case "update":
                acts.append(_Act("Update", step, step.inputs, _updated(step, known)))
            case "delete":
                acts.append(_Act("Delete", step, step.state, _deleted(step)))
            case "import":
                detail = Detail(title=("Taken over as it is",), notes=(("Nothing is written by the import itself.",),))
                acts.append(_Act(_IMPORT, step, step.inputs or step.state, detail))
            case "replace":
                note = _DELETED_FIRST if step.deletes_first else _CREATED_FIRST
                gone = _Act(_REPLACED, step, step.state, _with_note(_deleted(step), note))
                (acts if step.deletes_first else last).append(gone)
                acts.append(_Act(_REPLACEMENT, step, step.inputs, _with_note(_created(step, known), note)))
            case other:
                detail = Detail(title=("The engine's operation ", data(other)))
                acts.append(_Act("Other", step, step.inputs or step.state, detail))
    return [*acts, *last]


def _created(step: Step, known: delegations.Known) -> Detail:
    if step.kind == "KerberosDelegation":
        return delegations.created(step, known)
    return hosts.created(step) if step.kind == "MigrationHost" else networks.created(step)


def _updated(step: Step, known: delegations.Known) -> Detail:
    if step.kind == "KerberosDelegation":
        detail = delegations.updated(step, known)
    else:
        detail = hosts.updated(step) if step.kind == "MigrationHost" else networks.updated(step)
    if not detail.rows:
        return _with_note(detail, ("No property differs: the target is read, and what the state keeps is renewed.",))
    return detail


def _deleted(step: Step) -> Detail:
    makers: dict[str, Callable[[Step], Detail]] = {
        "MigrationHost": hosts.deleted,
        "MigrationNetwork": networks.deleted,
        "KerberosDelegation": delegations.deleted,
    }
    return makers[step.kind](step)


def _with_note(detail: Detail, note: Text) -> Detail:
    return Detail(**{**vars(detail), "notes": (note, *detail.notes)})


def _resource(step: Step) -> Text:
    inside: Text = (" in ", data(step.component)) if step.component else ()
    return (step.kind, " ", data(step.name), *inside)


class _Targets:
    """The hosts and accounts of a preview, each under one name however a step spells it."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._hosts: dict[str, str] = {}
        self._accounts: dict[str, str] = {}
        for step in steps:
            state = step.state
            if step.kind == "KerberosDelegation":
                guid = state.get("sourceGuid")
                source = state.get("source")
                if isinstance(guid, str) and isinstance(source, str):
                    for name in (source, guid, *(state.get("sourceNames") or ())):
                        self._accounts.setdefault(spelling(name), source)
            elif isinstance(state.get("host"), str) and isinstance(state.get("computerName"), str):
                self._hosts[spelling(state["computerName"])] = state["host"]

    def key(self, act: _Act) -> tuple[str, str]:
        """Return the kind and the one name of what an act is done to."""
        account = act.step.kind == "KerberosDelegation"
        name = act.values.get("source" if account else "computerName")
        if name is None or isinstance(name, Unknown):
            return ("Directory account" if account else "Host"), data(name if name is not None else "of the import")
        known = (self._accounts if account else self._hosts).get(spelling(name), name)
        return ("Directory account" if account else "Host"), known if account else spelling(known)

    def title(self, kind: str, name: str) -> Text:
        """Return how a target is headed."""
        return kind, " ", data(name)


def _summary(preview: Preview, grouped: Mapping[tuple[str, str], Sequence[_Act]]) -> Text:
    if not grouped:
        if preview.errors:
            return ("The preview failed; it tells no change.",)
        return ("No change to any host or directory account.",)
    kinds = Counter(kind for kind, _ in grouped)
    actions = Counter(act.action for acts in grouped.values() for act in acts)
    replaced = actions.pop(_REPLACED, 0)
    actions.pop(_REPLACEMENT, None)
    verbs = (("Create", "to create"), ("Update", "to update"), ("Delete", "to delete"), (_IMPORT, "to take over"))
    parts = [f"{actions[action]} {verb}" for action, verb in verbs if actions[action]]
    parts += [f"{replaced} to replace"] if replaced else []
    parts += [f"{actions['Other']} of another kind"] if actions["Other"] else []
    where = [_counted(kinds["Host"], "host")] if kinds["Host"] else []
    where += [_counted(kinds["Directory account"], "directory account")] if kinds["Directory account"] else []
    failed = "The preview failed, so this is not all. " if preview.errors else ""
    parts += [f"{len(preview.unchanged)} unchanged"] if preview.unchanged else []
    return (f"{failed}{' and '.join(where)}: {', '.join(parts)}.",)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _risks(acts: Sequence[_Act], names: _Targets) -> tuple[Risk, ...]:
    found: dict[tuple[str, Text], dict[str, None]] = {}
    for act in acts:
        target = names.key(act)[1]
        if act.action == _REPLACED and act.step.deletes_first:
            text = (
                "Something is deleted before its replacement is created; if the run ends between the two, it is gone.",
            )
            found.setdefault(("A replace deletes first", text), {})[target] = None
        if act.action in {"Delete", _REPLACED} and _switches_off(act):
            text = ("What was found, and is put back, is live migration switched off.",)
            found.setdefault(("Live migration goes off again", text), {})[target] = None
        if act.action not in {"Create", "Update", _REPLACEMENT}:
            continue
        changed = changed_names(act.step, _DIFFERENCES[act.step.kind]) if act.action == "Update" else None
        for rule in rules_for(act.step.kind, act.values, changed):
            found.setdefault((rule.title, rule.text), {})[target] = None
    return tuple(
        Risk(title=title, text=text, targets=tuple(Data(data(one)) for one in targets))
        for (title, text), targets in found.items()
    )


def _switches_off(act: _Act) -> bool:
    rows = act.detail.rows if act.step.kind == "MigrationHost" else ()
    return any(row.name == "enabled" and row.new == (data(False),) for row in rows)
