"""Conversations of the real engine with the plugin as files: one call a line, free of everything that chance gave.

`PULUMI_DEBUG_GRPC` makes the engine write each call down (pulumi-protocol.md §18). Kept are the calls to our plugin; ports,
paths, identities and seeds become placeholders, which a replay binds to what its own lab and plugin have.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hyperv_migration.faces.plugin import wire
from hyperv_migration.lab.lab import Lab

FOLDER = Path(__file__).parent / "recorded"
PREFIX = "/pulumirpc.ResourceProvider/"
NO_NEWS = frozenset({"GetSchema", "GetPluginInfo", "Cancel"})
"""Calls that are the same each time and are tested elsewhere."""
CHANCE = {
    "Handshake": ("engineAddress", "rootDirectory", "programDirectory"),
    "Configure": ("variables", "id"),
    "Check": ("randomSeed",),
}
EVERYWHERE = ("resourceStatusAddress", "resourceStatusToken")
"""Fields of requests that tell nothing: addresses, paths, a deprecated copy of the arguments, a seed we do not use."""
IDENTITY = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
PLACEHOLDER = re.compile(r"<identity (\d+)>")
OUR_OWN = wire.UNKNOWNS


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One call and its answer, or the sentence it was refused with."""

    step: int
    method: str
    request: Mapping[str, Any]
    response: Mapping[str, Any] | None = None
    error: str = ""

    def as_line(self) -> str:
        """Write it as one line."""
        told = {name: value for name, value in self.__dict__.items() if value not in (None, "")}
        return json.dumps(told, sort_keys=True)


def read_log(path: Path, step: int) -> Iterator[Exchange]:
    """Read what the engine wrote down: the calls to our plugin that have ended, in the order of their ends."""
    for line in path.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        method = entry["method"].removeprefix(PREFIX)
        theirs = entry.get("metadata", {}).get("name") != "hyperv-migration" or method == entry["method"]
        if theirs or method in NO_NEWS or entry.get("progress") == "request_started":
            continue
        chance = (*EVERYWHERE, *CHANCE.get(method, ()))
        request = {name: value for name, value in entry["request"].items() if name not in chance}
        said = "; ".join(entry.get("errors") or ())
        yield Exchange(
            step=step,
            method=method,
            request=request,
            response=None if said else entry.get("response", {}),
            error=said.partition(" desc = ")[2] or said,
        )


def write(name: str, text: str) -> None:
    """Keep a conversation, already normalised."""
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.jsonl").write_text(text, encoding="utf-8")


def read(name: str) -> list[Exchange]:
    """Read a conversation."""
    lines = (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [Exchange(**json.loads(line)) for line in lines]


def normalised(text: str, lab: Lab) -> str:
    """Put placeholders for the lab's addresses and for each identity, by its first appearance."""
    for placeholder, address in addresses(lab).items():
        text = text.replace(address, placeholder)
    numbers: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        identity = found.group()
        if identity in OUR_OWN:
            return identity
        return f"<identity {numbers.setdefault(identity, len(numbers) + 1)}>"

    return IDENTITY.sub(number, text)


def addresses(lab: Lab) -> dict[str, str]:
    """Where this lab listens, by placeholder."""
    assert lab.directory is not None
    told = {f"<address of {host.fqdn}>": host.url for host in lab.hosts.values()}
    return {**told, "<address of dc1>": f"{lab.directory.address}:{lab.directory.port}"}


@dataclass
class Bindings:
    """What the placeholders of a recording stand for in one replay."""

    addresses: Mapping[str, str]
    identities: dict[str, str] = field(default_factory=dict)

    def filled(self, recorded: Any) -> Any:
        """Give what was recorded with this replay's own values; one that nobody has told yet is made up."""
        text = PLACEHOLDER.sub(
            lambda found: self.identities.setdefault(found.group(1), str(uuid.uuid4())), json.dumps(recorded)
        )
        for placeholder, address in self.addresses.items():
            text = text.replace(placeholder, address)
        return json.loads(text)

    def learn(self, recorded: Any, actual: Any) -> None:
        """Bind what an answer tells first, by its place; where the two differ otherwise, nothing is learnt."""
        if isinstance(recorded, Mapping) and isinstance(actual, Mapping):
            for name in recorded.keys() & actual.keys():
                self.learn(recorded[name], actual[name])
            # Some names are identities; those that only one side has belong together if they are one each.
            left, right = recorded.keys() - actual.keys(), actual.keys() - recorded.keys()
            if len(left) == len(right) == 1:
                self.learn([*left, recorded[next(iter(left))]], [*right, actual[next(iter(right))]])
        elif isinstance(recorded, list) and isinstance(actual, list):
            for one, other in zip(recorded, actual, strict=False):
                self.learn(one, other)
        elif isinstance(recorded, str) and isinstance(actual, str):
            names, found = PLACEHOLDER.findall(recorded), IDENTITY.findall(actual)
            if len(names) == len(found):
                for name, identity in zip(names, found, strict=True):
                    self.identities.setdefault(name, identity)
