"""WQL as far as the lab answers it: SELECT … FROM class, with a WHERE of comparisons joined by AND (§7 pitfall 17)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hyperv_migration.lab.hosts.schema import CimClass, Instance, Property

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<number>-?\d+)
      | '(?P<single>(?:[^'\\]|\\.)*)'
      | "(?P<double>(?:[^"\\]|\\.)*)"
      | (?P<operator><>|!=|<=|>=|=|<|>)
      | (?P<mark>[*,])
    )""",
    re.VERBOSE,
)
_NEGATED = ("<>", "!=")
_EQUAL = "="


class NoQuery(ValueError):
    """The text is no WQL that this host reads."""


@dataclass(frozen=True)
class Condition:
    """``property = literal`` or ``property <> literal``."""

    name: str
    operator: str
    literal: str | int | bool | None


@dataclass(frozen=True)
class Query:
    """One parsed query."""

    class_name: str
    columns: tuple[str, ...]
    """Empty for ``*``."""
    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str

    def is_word(self, word: str) -> bool:
        return self.kind == "name" and self.text.upper() == word


class _Reader:
    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0

    def next(self) -> _Token:
        if self.at_end:
            raise NoQuery("the query ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def word(self, word: str) -> None:
        if not self.next().is_word(word):
            raise NoQuery(f"{word} is expected")

    def name(self) -> str:
        token = self.next()
        if token.kind != "name":
            raise NoQuery("a name is expected")
        return token.text

    def skip(self, kind: str, text: str) -> bool:
        token = None if self.at_end else self._tokens[self._at]
        if token is None or token.kind != kind or token.text.upper() != text:
            return False
        self._at += 1
        return True

    @property
    def at_end(self) -> bool:
        return self._at == len(self._tokens)


def parse(text: str) -> Query:
    """Parse a query.

    Raises:
        NoQuery: It is none of those this host reads.
    """
    reader = _Reader(text)
    reader.word("SELECT")
    columns: list[str] = []
    if not reader.skip("mark", "*"):
        columns.append(reader.name())
        while reader.skip("mark", ","):
            columns.append(reader.name())
    reader.word("FROM")
    class_name = reader.name()
    conditions: list[Condition] = []
    if reader.skip("name", "WHERE"):
        conditions.append(_condition(reader))
        while reader.skip("name", "AND"):
            conditions.append(_condition(reader))
    if not reader.at_end:
        raise NoQuery("something follows the query")
    return Query(class_name, tuple(columns), tuple(conditions))


def columns(query: Query, cim_class: CimClass, build: int) -> tuple[Property, ...]:
    """Give the columns of a projected query; keys come along, and unknown names are refused.

    Raises:
        NoQuery: A column is no property of the class.
    """
    wanted = {_known(cim_class, name, build).name for name in query.columns}
    return tuple(row for row in cim_class.of_build(build) if row.name in wanted or row.key)


def matches(query: Query, instance: Instance, build: int) -> bool:
    """Say whether an instance meets every condition.

    Raises:
        NoQuery: A condition names no property of the class, or compares it with a literal of another type.
    """
    return all(_meets(condition, instance, build) for condition in query.conditions)


def check(query: Query, cim_class: CimClass, build: int) -> None:
    """Refuse conditions that do not fit the class, also where it has no instances.

    Raises:
        NoQuery: As `matches`.
    """
    for condition in query.conditions:
        _compatible(_known(cim_class, condition.name, build), condition)


def _meets(condition: Condition, instance: Instance, build: int) -> bool:
    row = _known(instance.cim_class, condition.name, build)
    _compatible(row, condition)
    value = instance.value(row.name)
    if isinstance(condition.literal, str) and isinstance(value, str):
        equal = condition.literal.lower() == value.lower()  # WQL compares text without case
    else:
        equal = condition.literal == value
    return equal if condition.operator == _EQUAL else not equal


def _compatible(row: Property, condition: Condition) -> None:
    fitting = str if row.type == "string" else int  # True and False are 1 and 0
    if row.array or (condition.literal is not None and not isinstance(condition.literal, fitting)):
        raise NoQuery(f"{row.name} cannot be compared so")


def _known(cim_class: CimClass, name: str, build: int) -> Property:
    row = cim_class.property(name, build)
    if row is None:
        raise NoQuery(f"{cim_class.name} has no {name}")
    return row


def _condition(reader: _Reader) -> Condition:
    name = reader.name()
    operator = reader.next()
    if operator.kind != "operator" or operator.text not in (_EQUAL, *_NEGATED):
        raise NoQuery("only = and <> are read")
    literal = reader.next()
    match literal.kind:
        case "text":
            return Condition(name, operator.text, literal.text)
        case "number":
            return Condition(name, operator.text, int(literal.text))
        case "name" if literal.text.upper() in ("TRUE", "FALSE", "NULL"):
            return Condition(name, operator.text, {"TRUE": True, "FALSE": False}.get(literal.text.upper()))
    raise NoQuery("a literal is expected")


def _tokens(text: str) -> list[_Token]:
    found = []
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise NoQuery(f"character {at + 1} is not understood")
        kind = match.lastgroup or ""
        if kind in ("single", "double"):
            found.append(_Token("text", re.sub(r"\\(.)", r"\1", match[kind])))
        else:
            found.append(_Token(kind, match[kind]))
        at = match.end()
    return found
