"""Read what `pulumi preview --json` prints (pulumi-protocol.md §21): the steps of this provider, and what went wrong.

Only declared properties are kept, each in its declared type, so that nothing else can be shown.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hyperv_migration.model.declaration import Declaration, Kind, Property, Record
from hyperv_migration.model.delegation import DELEGATION
from hyperv_migration.model.errors import InvalidInput
from hyperv_migration.model.host import HOST
from hyperv_migration.model.network import NETWORK
from hyperv_migration.model.unknown import UNKNOWN, Unknown, has_unknown
from hyperv_migration.review.text import SECRET

DECLARATIONS = {declaration.name: declaration for declaration in (HOST, NETWORK, DELEGATION)}
COMPONENTS = frozenset({"MigrationPair", "MigrationMesh"})
_OURS = ("hyperv-migration:index:", "pulumi-python:dynamic/hyperv-migration:", "hyperv-migration:")
_ENGINES_OWN = "pulumi:"
_QUIET = frozenset({"same", "read", "refresh", "discard", "remove-pending-replace", "read-discard"})
# The two halves of a replace, which is a step of its own as well.
_HALVES = frozenset(
    {"create-replacement", "delete-replaced", "import-replacement", "read-replacement", "discard-replaced"}
)
_SENTINELS = frozenset(
    {
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_HOW = "pipe what `pulumi preview --json` prints into this command"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of this provider: what the state knows, and what the program asks for."""

    operation: str
    kind: str
    name: str
    urn: str = ""
    depends_on: tuple[str, ...] = ()
    """The URNs of what the engine does before it; of a delete, after it."""
    component: str = ""
    state: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, Any] = field(default_factory=dict)
    deletes_first: bool = True
    """Of a replace: whether the old one goes before the new one comes."""


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What a preview foretells."""

    project: str
    stack: str
    """Of all its URNs; empty where it has none."""
    steps: tuple[Step, ...]
    unchanged: tuple[Step, ...]
    """Resources that stay as they are, which a preview lists with --show-sames: what they know helps to name others."""
    foreign: int
    errors: tuple[str, ...]
    warnings: tuple[str, ...]


def decoded(content: bytes) -> str:
    """Return the text of what a shell wrote: UTF-8, or UTF-16 as Windows PowerShell writes files."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    return content.decode("utf-8", errors="replace")


def read_preview(text: str) -> Preview:
    """Read a preview. Raises InvalidInput, in one sentence, for what is none."""
    if not text.strip():
        raise InvalidInput(f"There is nothing to review: the input is empty; {_HOW}.")
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidInput(f"The input is no JSON; {_HOW}, and not its standard error.") from None
    if not isinstance(whole, Mapping) or not {"steps", "changeSummary", "diagnostics"} & set(whole):
        raise InvalidInput(f"The input is JSON, but no preview; {_HOW}.")
    rows = _items(whole.get("steps"))
    if not all(isinstance(row.get("op"), str) and isinstance(row.get("urn"), str) for row in rows):
        raise InvalidInput(f"A step of the input has no op or no urn, as each of a preview has; {_HOW}.")
    told = _items(whole.get("diagnostics"))
    try:
        ours = [(row, _step(row)) for row in rows if _kind(row) in DECLARATIONS]
    except RecursionError:
        raise InvalidInput(f"The input is nested too deep to be a preview; {_HOW}.") from None
    stack, project = _origin([row["urn"] for row in rows])
    return Preview(
        project=project,
        stack=stack,
        steps=tuple(_with_identity(step) for row, step in ours if _counts(row)),
        unchanged=tuple(step for row, step in ours if row["op"] == "same"),
        foreign=sum(_counts(row) and _kind(row) is None for row in rows),
        errors=_messages(told, "error"),
        # A warning under no resource is about the machine the preview ran on, and may name its folders.
        warnings=_messages([one for one in told if one.get("urn")], "warning"),
    )


def _items(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _messages(told: Sequence[Mapping[str, Any]], severity: str) -> tuple[str, ...]:
    """Return what was said, each once; sorted, since resources are worked on side by side."""
    said = [one for one in told if one.get("severity") == severity]
    found = sorted((str(one.get("urn", "")), str(one.get("message", "")).strip()) for one in said)
    return tuple(dict.fromkeys(message.removeprefix(f"{severity}: ") for _, message in found if message))


def _origin(urns: Sequence[str]) -> tuple[str, str]:
    """Return the stack and the project that the steps are of."""
    named = sorted(urn.split("::") for urn in urns if urn.startswith("urn:pulumi:") and urn.count("::") > 1)
    return (named[0][0].removeprefix("urn:pulumi:"), named[0][1]) if named else ("", "")


def _counts(row: Mapping[str, Any]) -> bool:
    return row["op"] not in _QUIET | _HALVES


def _token(urn: str) -> str:
    """Return the type of the resource itself; those of its parents stand before a dollar sign."""
    parts = urn.split("::")
    return parts[2].rpartition("$")[2] if len(parts) > 3 else ""  # noqa: PLR2004 - urn:pulumi:stack::project::type::name


def _kind(row: Mapping[str, Any]) -> str | None:
    """Return our name of what a step is about, "" for what is the engine's own, None for another provider's."""
    token = _token(row["urn"])
    for prefix in _OURS:
        name = token.removeprefix(prefix)
        if name != token and name in {*DECLARATIONS, *COMPONENTS}:
            return name
    return "" if token.startswith(_ENGINES_OWN) else None


def _name(urn: Any) -> str:
    return str(urn).split("::", 3)[-1]


def _step(row: Mapping[str, Any]) -> Step:
    kind = _kind(row) or ""
    declaration = DECLARATIONS[kind]
    old, new = _mapping(row, "oldState"), _mapping(row, "newState")
    parent = (new or old).get("parent")
    component = _name(parent) if parent and not _token(str(parent)).startswith(_ENGINES_OWN) else ""
    return Step(
        operation=row["op"],
        kind=kind,
        name=_name(row["urn"]),
        urn=row["urn"],
        depends_on=tuple(urn for urn in _list(new or old, "dependencies") if isinstance(urn, str)),
        component=component,
        state=_known(declaration, _kept(declaration, {**_mapping(old, "inputs"), **_mapping(old, "outputs")})),
        inputs=_kept(declaration, _mapping(new, "inputs")),
        deletes_first=not old.get("delete"),
    )


def _with_identity(step: Step) -> Step:
    needs = ([step.state] if step.operation != "create" else []) + ([step.inputs] if step.operation != "delete" else [])
    for prop in DECLARATIONS[step.kind].inputs:
        # An import's state is not read yet.
        if prop.required and step.operation != "import" and any(prop.name not in values for values in needs):
            raise InvalidInput(f"{step.kind} {step.name!r} has no {prop.name} in the input; {_HOW}, as it is.")
    return step


def _mapping(row: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = row.get(name)
    return value if isinstance(value, Mapping) else {}


def _list(row: Mapping[str, Any], name: str) -> list[Any]:
    value = row.get(name)
    return value if isinstance(value, list) else []


def _kept(declaration: Declaration, values: Mapping[str, Any]) -> dict[str, Any]:
    kept = {prop.name: _fitting(prop, values.get(prop.name)) for prop in (*declaration.inputs, *declaration.outputs)}
    return {name: value for name, value in kept.items() if value is not None}


def _known(declaration: Declaration, state: Mapping[str, Any]) -> dict[str, Any]:
    """Return a state without the outputs that are withheld; a withheld input is still an input."""
    inputs = {prop.name for prop in declaration.inputs}
    return {name: value for name, value in state.items() if name in inputs or not has_unknown(value)}


def _fitting(prop: Property, value: Any) -> Any:
    """Return a value in its declared type, UNKNOWN or SECRET for the engine's marks, None for what does not fit."""
    value = _marked(value)
    if isinstance(value, Unknown):
        return value
    match prop.kind:
        case Kind.STRING:
            fits = isinstance(value, str)
        case Kind.BOOLEAN:
            fits = isinstance(value, bool)
        case Kind.INTEGER:
            fits = isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1
            value = int(value) if fits else None
        case Kind.STRINGS:
            fits = isinstance(value, list)
            value = [item for item in map(_marked, value) if isinstance(item, str | Unknown)] if fits else None
        case Kind.MAP:
            fits = isinstance(value, Mapping) and prop.record is not None
            value = _record(prop.record, value) if fits and prop.record is not None else None
        case Kind.RECORDS:
            # What goes back entry by entry; a review tells of the setting as a whole.
            fits = False
    return value if fits else None


def _record(record: Record, value: Mapping[str, Any]) -> dict[str, Any]:
    if not record.keyed:
        return _fields(record.fields, value)
    entries = {key: _fields(record.fields, item) for key, item in value.items() if isinstance(item, Mapping)}
    always = {each.name for each in record.fields if each.always}
    return {key: item for key, item in entries.items() if always <= set(item) and not has_unknown(item)}


def _fields(fields: Sequence[Property], value: Mapping[str, Any]) -> dict[str, Any]:
    kept = {each.name: _fitting(each, value.get(each.name)) for each in fields}
    return {name: item for name, item in kept.items() if item is not None}


def _marked(value: Any) -> Any:
    if isinstance(value, str) and value in _SENTINELS:
        return UNKNOWN
    if value == "[secret]" or (isinstance(value, Mapping) and _SIGNATURE in value):
        return SECRET
    return value
