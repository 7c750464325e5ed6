"""What may be changed in the elements of an LDAP answer: their tags, lengths, contents and order, and whole attributes."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from support.ber import CONSTRUCTED, ENTRY, OCTETS, SEQUENCE, Element

NUMBERS = (
    "0",
    "1",
    "-1",
    "2",
    "4096",
    "4098",
    "528384",
    "16781312",
    "-2147483648",
    "4294967296",
    "9" * 5000,
    "0x1000",
    "1_0",
    "４０９６",
    "4096.0",
)
VALUES: tuple[bytes, ...] = (
    b"", b" ", b"\0", b"\xff\xfe", b"\xed\xa0\x80", bytes(15), bytes(16), bytes(17), b"x" * 100_000, b"TRUE",
    *(number.encode() for number in NUMBERS),
    b"HV01$", b"HV02$", b"hv02.lab.test", b"evil.example", b"DC=lab,DC=test", b"CN=HV09,CN=Computers,DC=lab,DC=test",
    b'CN=a\\,b\\+c\\"d\\\\e\\<f\\>g\\;h\\=i\\ \\0D,DC=lab', b"CN=#04024869,DC=lab", b"CN=a+OU=b,,DC=", b"<GUID=00>", b"=,=", b"*)(objectClass=*",
    b"cifs/HV02", b"cifs/a/b:c", b"http/\x1b[31m", "仮想マシン".encode(), "\u202eשלום\u2066".encode(), "\u0085\u2028\u009b31m".encode(),
    b"]]>'\"<a/>&amp;", b"ldap://192.0.2.1/DC=lab", b"1.3.6.1.4.1.1466.20036",
)  # fmt: skip
RESULTS = (
    0,
    1,
    3,
    4,
    7,
    8,
    10,
    11,
    14,
    16,
    19,
    20,
    32,
    34,
    48,
    49,
    50,
    51,
    52,
    53,
    68,
    80,
    118,
    4096,
    12345,
    -1,
    1 << 40,
    1 << 3000,
)
NUMBERS_OF_MESSAGES = (0, -1, 1, 2, 99, 1 << 31, 1 << 60, 1 << 300)
TAGS = (
    0x01,
    0x02,
    0x04,
    0x05,
    0x0A,
    0x0C,
    0x1F,
    0x30,
    0x31,
    0x61,
    0x63,
    0x64,
    0x65,
    0x67,
    0x73,
    0x78,
    0x79,
    0x80,
    0x87,
    0x8A,
    0xA0,
    0xA3,
    0xFF,
)
LENGTHS = (b"\0", b"\x01", b"\x7f", b"\x80", b"\x81\xff", b"\x82\xff\xff", b"\x84\x7f\xff\xff\xff", b"\x84\xff\xff\xff\xff", b"\x88" + bytes(8), b"\xff" * 128)  # fmt: skip


Chosen = TypeVar("Chosen")


@dataclass(frozen=True)
class Mutation:
    """One change of one answer; `answer` counts from 0, and a lasting change befalls every later one too."""

    answer: int
    kind: str
    place: int = 0
    choice: int = 0
    lasting: bool = False

    def strikes(self, answer: int) -> bool:
        """Tell whether it befalls this answer."""
        return answer == self.answer or (self.lasting and answer > self.answer)

    def of(self, table: Sequence[Chosen]) -> Chosen:
        """Choose from a table."""
        return table[self.choice % len(table)]


def _all(answer: list[Element], change: Mutation) -> Element:
    every = [each for whole in answer for each in whole.walk()]
    return every[change.place % len(every)]


def _parent(answer: list[Element], change: Mutation) -> tuple[Element, int] | None:
    every = [(each, index) for whole in answer for each in whole.walk() for index in range(len(each.inside))]
    return every[change.place % len(every)] if every else None


def _inside(work: Callable[[list[Element], int, Mutation], None]) -> Callable[[list[Element], Mutation], None]:
    def changed(answer: list[Element], change: Mutation) -> None:
        found = _parent(answer, change)
        if found is not None:
            work(found[0].inside, found[1], change)

    return changed


def _drop(inside: list[Element], at: int, _: Mutation) -> None:
    del inside[at]


def _duplicate(inside: list[Element], at: int, _: Mutation) -> None:
    inside.insert(at, copy.deepcopy(inside[at]))


def _repeat(inside: list[Element], at: int, _: Mutation) -> None:
    inside[at:at] = [copy.deepcopy(inside[at]) for _ in range(100)]


def _swap(inside: list[Element], at: int, _: Mutation) -> None:
    inside.append(inside.pop(at))


def _wrap(inside: list[Element], at: int, change: Mutation) -> None:
    for _ in range(1 + change.choice % 40):
        inside[at] = Element(SEQUENCE, b"", [inside[at]])


def _tag(answer: list[Element], change: Mutation) -> None:
    _all(answer, change).tag = change.of(TAGS)


def _length(answer: list[Element], change: Mutation) -> None:
    _all(answer, change).length = change.of(LENGTHS)


def _content(answer: list[Element], change: Mutation) -> None:
    leaves = [each for whole in answer for each in whole.walk() if not each.tag & CONSTRUCTED]
    leaves[change.place % len(leaves)].content = change.of(VALUES)


def _listed(answer: list[Element]) -> list[tuple[Element, int]]:
    """Every attribute of every entry, as the list it stands in and its place there."""
    lists = [
        whole.inside[1].inside[1]
        for whole in answer
        if len(whole.inside) > 1 and whole.inside[1].tag == ENTRY and len(whole.inside[1].inside) > 1
    ]
    return [(each, at) for each in lists for at, one in enumerate(each.inside) if len(one.inside) == 2]


def _attribute(work: Callable[[Element, Mutation], None]) -> Callable[[list[Element], Mutation], None]:
    """Change one attribute in every entry that has it."""

    def changed(answer: list[Element], change: Mutation) -> None:
        there = [inside.inside[at] for inside, at in _listed(answer)]
        names = sorted({each.inside[0].content for each in there})
        wanted = names[change.place % len(names)] if names else b""
        for each in there:
            if each.inside[0].content == wanted:
                work(each, change)

    return changed


def _hide(attribute: Element, _: Mutation) -> None:
    attribute.inside[0].content += b"X"


def _no_value(attribute: Element, _: Mutation) -> None:
    attribute.inside[1].inside[:] = []


def _another_value(attribute: Element, change: Mutation) -> None:
    attribute.inside[1].inside[:] = [Element(OCTETS, change.of(VALUES))]


def _one_more_value(attribute: Element, change: Mutation) -> None:
    attribute.inside[1].inside.append(Element(OCTETS, change.of(VALUES)))


def _many_values(attribute: Element, change: Mutation) -> None:
    attribute.inside[1].inside.extend(Element(OCTETS, b"http/w%d" % number) for number in range(change.choice))


def _range(attribute: Element, change: Mutation) -> None:
    high = len(attribute.inside[1].inside) - 1
    ranges = (
        b"0-%d" % high,
        b"0-1499",
        b"0-*",
        b"1500-*",
        b"*-0",
        b"0-",
        b"9" * 5000 + b"-*",
        b"0-0",
        b"1-1",
        b"%d-%d" % (high, high),
    )
    attribute.inside[0].content += b";range=" + change.of(ranges)


def _control_number(answer: list[Element], change: Mutation) -> None:
    for inside, at in _listed(answer):
        if inside.inside[at].inside[0].content == b"userAccountControl":
            inside.inside[at].inside[1].inside[:] = [Element(OCTETS, change.of(NUMBERS).encode())]


def _named(answer: list[Element], change: Mutation) -> None:
    for whole in answer:
        if len(whole.inside) > 1 and whole.inside[1].tag == ENTRY and whole.inside[1].inside:
            whole.inside[1].inside[0].content = change.of(VALUES)


TREE: Mapping[str, Callable[[list[Element], Mutation], None]] = {
    "element dropped": _inside(_drop),
    "element twice": _inside(_duplicate),
    "element a hundred times": _inside(_repeat),
    "elements in another order": _inside(_swap),
    "element nested": _inside(_wrap),
    "another tag": _tag,
    "another length": _length,
    "another content": _content,
    "attribute hidden": _attribute(_hide),
    "attribute without value": _attribute(_no_value),
    "attribute with another value": _attribute(_another_value),
    "attribute with another value, again": _attribute(_another_value),
    "attribute with one more value": _attribute(_one_more_value),
    "attribute with many values": _attribute(_many_values),
    "attribute in parts": _attribute(_range),
    "another userAccountControl": _control_number,
    "another name": _named,
}
