"""What a hostile or broken host may do to an answer: to its tree, its header, its octets and its status."""

from __future__ import annotations

import copy
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hypothesis import strategies as st

from hyperv_migration.wsman.bounds import MOST_OCTETS

NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
A = "{http://schemas.xmlsoap.org/ws/2004/08/addressing}"
N = "{http://schemas.xmlsoap.org/ws/2004/09/enumeration}"
_MOST_PLACES = 50
DIGITS = 5000
"""More than Python turns into an integer by default."""

VALUES = (
    "", " ", "0", "1", "2", "-1", "3", "10", "4096", "32768", "32769", "65536", "4294967296", "1e400", "9" * 400, "9" * DIGITS,
    "0x10", "1_0", "١٢", "²", "true", "TRUE", "maybe", "NaN", "None", "0.0.0.0", "::", "::0", "::1", "256.1.1.1", "fe80::1%3",
    "10.0.0.0", "0.0.0.0/0", "Microsoft:UserManaged", "Microsoft:UserManagedAllNetworks", "Microsoft:ClusterManaged", "HV02",
    "WORKGROUP", "lab.test", "]]>", "<a/>", "&amp;lt;", "'\"\\", "仮想マシン", "\u202eשלום", "\u0085\u2028\u009b31m", "\U0001f600",
    "0x80072741", "0xFFFFFFFF", "uuid:00000000-0000-0000-0000-000000000000", "A" * 100_000,
)  # fmt: skip


@dataclass(frozen=True)
class Mutation:
    """One change of one answer; `answer` counts from 0, and a lasting change befalls every later one too."""

    answer: int
    kind: str
    place: int = 0
    value: str = ""
    lasting: bool = False

    def strikes(self, answer: int) -> bool:
        """Tell whether it befalls this answer."""
        return answer == self.answer or (self.lasting and answer > self.answer)


def mutations(answers: int) -> st.SearchStrategy[list[Mutation]]:
    """Draw one to three changes of the first so many answers."""
    one = st.builds(
        Mutation,
        answer=st.integers(0, answers - 1),
        kind=st.sampled_from([*TREE, *OCTETS]),
        place=st.integers(0, 400),
        value=st.sampled_from(VALUES),
        lasting=st.booleans(),
    )
    return st.lists(one, min_size=1, max_size=3)


def apply(mutation: Mutation, body: bytes) -> bytes:
    """Return the answer after the change; one that is no XML any more is changed in its octets only.

    One that is longer than any transport lets through is left alone: changes of changes would fill the memory here.
    """
    if len(body) > MOST_OCTETS:
        return body
    if mutation.kind in OCTETS:
        return OCTETS[mutation.kind](body, mutation)
    try:
        root = ET.fromstring(body)
    except (ET.ParseError, ValueError, LookupError):
        return body
    everything = [(parent, child) for parent in root.iter() for child in parent]
    if everything:
        TREE[mutation.kind](*everything[mutation.place % len(everything)], mutation)
    return ET.tostring(root)


def _drop(parent: ET.Element, child: ET.Element, _: Mutation) -> None:
    parent.remove(child)


def _duplicate(parent: ET.Element, child: ET.Element, _: Mutation) -> None:
    parent.append(copy.deepcopy(child))


def _repeat(parent: ET.Element, child: ET.Element, _: Mutation) -> None:
    parent.extend(copy.deepcopy(child) for _ in range(50))


def _rename(_: ET.Element, child: ET.Element, mutation: Mutation) -> None:
    child.tag = ("Other", "{urn:other}" + child.tag.rpartition("}")[2], child.tag + "X")[mutation.place % 3]


def _text(_: ET.Element, child: ET.Element, mutation: Mutation) -> None:
    child.text = mutation.value


def _nil(_: ET.Element, child: ET.Element, __: Mutation) -> None:
    child.set(NIL, "true")


def _empty(_: ET.Element, child: ET.Element, __: Mutation) -> None:
    child[:] = []
    child.text = None


def _wrap(parent: ET.Element, child: ET.Element, _: Mutation) -> None:
    index = list(parent).index(child)
    parent.remove(child)
    wrapper = ET.Element(child.tag)
    wrapper.append(child)
    parent.insert(index, wrapper)


def _attributes(_: ET.Element, child: ET.Element, mutation: Mutation) -> None:
    for name in (*child.attrib, "Code", "Name"):
        child.set(name, mutation.value)


def _first(_: ET.Element, child: ET.Element, mutation: Mutation) -> None:
    """Put a reference where a value is expected."""
    parameters = ET.SubElement(child, f"{A}ReferenceParameters")
    ET.SubElement(parameters, "{http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd}ResourceURI").text = mutation.value


def _more(parent: ET.Element, _: ET.Element, __: Mutation) -> None:
    """Say that more is to come, for ever."""
    for element in parent.iter():
        for child in list(element):
            if child.tag.endswith("}EndOfSequence"):
                element.remove(child)
            if child.tag == f"{N}EnumerationContext":
                child.text = "uuid:AAAAAAAA-0000-0000-0000-000000000000"


TREE: Mapping[str, Callable[[ET.Element, ET.Element, Mutation], None]] = {
    "drop": _drop,
    "duplicate": _duplicate,
    "repeat": _repeat,
    "rename": _rename,
    "text": _text,
    "text again": _text,
    "nil": _nil,
    "empty": _empty,
    "wrap": _wrap,
    "attributes": _attributes,
    "reference": _first,
    "more to come": _more,
}

_BOMB = b"".join(
    [
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e0 "eeeeeeeeee">',
        *(b'<!ENTITY e%d "%s">' % (number, b"&e%d;" % (number - 1) * 10) for number in range(1, 10)),
        b"]>",
    ]
)
_OUTSIDE = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>'


def _spoilt(body: bytes, mutation: Mutation) -> bytes:
    at = mutation.place * 37 % (len(body) or 1)
    return body[:at] + mutation.value[:1000].encode() + body[at + 1 :]


def _into_text(body: bytes, entity: bytes) -> bytes:
    return body.replace(b"</", entity + b"</", _MOST_PLACES)


OCTETS: Mapping[str, Callable[[bytes, Mutation], bytes]] = {
    "cut off": lambda body, mutation: body[: mutation.place * 41 % (len(body) + 1)],
    "spoilt": _spoilt,
    "nothing": lambda _, __: b"",
    "no XML": lambda _, mutation: mutation.value.encode(),
    "null octets": lambda body, _: body + b"\0" * 100,
    "two roots": lambda body, _: body + body,
    "another question": lambda body, _: body.replace(b"RelatesTo>uuid:", b"RelatesTo>uuid:0"),
    "UTF-16": lambda body, _: body.decode(errors="replace").encode("utf-16"),
    "UTF-16, said to be UTF-8": lambda body, _: b'<?xml version="1.0" encoding="utf-8"?>' + body.decode("latin-1").encode("utf-16"),
    "unknown encoding": lambda body, _: b'<?xml version="1.0" encoding="x-klingon"?>' + body,
    "Latin-1": lambda body, _: body.replace(b"</", b"\xe4\xff</"),
    "character that XML forbids": lambda body, _: body.replace(b"</", b"&#8;</"),
    "bomb": lambda body, _: _BOMB + _into_text(body, b"&e9;"),
    "file": lambda body, _: _OUTSIDE + _into_text(body, b"&x;"),
    "unknown entity": lambda body, _: _into_text(body, b"&nowhere;"),
    "deep": lambda body, _: body.replace(b"<s:Body>", b"<s:Body>" + b"<d>" * 20_000).replace(b"</s:Body>", b"</d>" * 20_000 + b"</s:Body>"),
    "long": lambda body, _: _into_text(body, b" " * 100_000),
    "processing instruction": lambda body, _: b'<?xml-stylesheet href="http://192.0.2.1/"?>' + body,
}  # fmt: skip
