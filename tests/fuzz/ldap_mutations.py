"""What a hostile or broken directory may do to an answer: to its elements, its messages and its octets."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence

from hypothesis import strategies as st

from fuzz.ldap_elements import NUMBERS_OF_MESSAGES, RESULTS, TREE, VALUES, Mutation
from hyperv_migration.lab.directory import messages
from support import ber
from support.ber import DONE, OCTETS, REFERENCE, SEQUENCE, Element
from support.hostile_directory import Clear, HangUp, Said, Silence

MOST_ELEMENTS = 3000
"""Of an answer that is changed further."""
SILENT = 1.5
"""Seconds; the client waits one."""


def mutations(answers: int) -> st.SearchStrategy[list[Mutation]]:
    """Draw one to three changes of the first so many answers; those that make the client wait are rare."""
    one = st.builds(
        Mutation,
        answer=st.integers(0, answers - 1),
        kind=st.sampled_from([*[*TREE, *WHOLE, *OCTETS_OF_IT] * 8, *SLOW]),
        place=st.integers(0, 300),
        choice=st.integers(0, 4000),
        lasting=st.booleans(),
    )
    return st.lists(one, min_size=1, max_size=3)


def say(changes: Sequence[Mutation], message: messages.Message, true: list[bytes]) -> Iterator[Said]:
    """Say the answer after the changes: those of its elements first, then of its messages, then of its octets."""
    answer = [ber.decode(octets) for octets in true]
    for each in changes:
        # Changes of changes would fill the memory here.
        if each.kind in TREE and answer and sum(1 for whole in answer for _ in whole.walk()) < MOST_ELEMENTS:
            TREE[each.kind](answer, each)
    for each in changes:
        if each.kind in WHOLE:
            WHOLE[each.kind](answer, each, message.number)
    said: list[Said] = [each.encode() for each in answer]
    for each in changes:
        if each.kind in OCTETS_OF_IT:
            said = OCTETS_OF_IT[each.kind](said, each)
        elif each.kind in SLOW:
            said = SLOW[each.kind](said, each)
    yield from said
    if any(each.kind in LEAVE_WAITING and each.choice % 16 != 5 for each in changes):
        raise HangUp


def _number(answer: list[Element], change: Mutation, _: int) -> None:
    for whole in answer:
        if whole.inside:
            whole.inside[0] = ber.integer(change.of(NUMBERS_OF_MESSAGES))


def _result(answer: list[Element], change: Mutation, _: int) -> None:
    last = answer[-1].inside[1] if answer and len(answer[-1].inside) > 1 else None
    if last is not None and last.inside:
        last.inside[0] = ber.integer(change.of(RESULTS), ber.ENUMERATED)


def _referral(answer: list[Element], change: Mutation, number: int) -> None:
    where = ber.element(
        0xA3, Element(OCTETS, change.of((b"ldap://192.0.2.1/DC=lab", b"ldap:///", b"\xff", b"", b"x" * 9000)))
    )
    answer[-1:] = [ber.decode(ber.message(number, ber.result(DONE, 10, where)))]


def _control(answer: list[Element], change: Mutation, _: int) -> None:
    kind = change.of((b"1.2.840.113556.1.4.319", b"1.2.840.113556.1.4.841", b"1.3.6.1.1.13.1", b"1.2.3", b"\xff", b""))
    value = change.of((b"", b"\x30\x00", b"\x30\x84\x00\x00\x00\x05\x02\x01\x00\x04\x00", *VALUES))
    for whole in answer[-1:]:
        whole.inside.append(ber.element(0xA0, ber.element(SEQUENCE, Element(OCTETS, kind), Element(OCTETS, value))))


def _page(answer: list[Element], change: Mutation, _: int) -> None:
    for whole in answer[-1:]:
        whole.inside[2:] = [ber.page_control(b"page-%d" % change.choice)]


def _kind(answer: list[Element], change: Mutation, _: int) -> None:
    for whole in answer[-1:]:
        if len(whole.inside) > 1:
            whole.inside[1].tag = change.of((0x61, 0x65, 0x67, 0x69, 0x6B, 0x6D, 0x6F, 0x78, 0x79, 0x60, 0x63, 0x66))


def _notice(answer: list[Element], change: Mutation, _: int) -> None:
    name = Element(0x8A, change.of((b"1.3.6.1.4.1.1466.20036", b"2.16.840.1.113719.1.27.103.4", b"1.2.3", b"")))
    answer.insert(0, ber.decode(ber.message(0, ber.result(0x78, 52, name))))


def _between(answer: list[Element], change: Mutation, number: int) -> None:
    strange = (
        ber.element(REFERENCE, Element(OCTETS, b"ldap://192.0.2.1/DC=lab")),
        ber.element(0x79, Element(0x80, b"1.2.3")),
        ber.entry(change.of(VALUES), {}),
    )
    answer[:0] = [ber.decode(ber.message(number, change.of(strange)))] * (1 + change.choice % 1200)


def _turned(answer: list[Element], _: Mutation, __: int) -> None:
    answer.reverse()


def _twice(answer: list[Element], _: Mutation, __: int) -> None:
    answer += [copy.deepcopy(each) for each in answer]


def _unended(answer: list[Element], _: Mutation, __: int) -> None:
    del answer[-1:]


def _only_the_end(answer: list[Element], _: Mutation, __: int) -> None:
    del answer[:-1]


WHOLE: Mapping[str, Callable[[list[Element], Mutation, int], None]] = {
    "another message id": _number,
    "another result": _result,
    "another result, again": _result,
    "referral": _referral,
    "control nobody asked for": _control,
    "one more page": _page,
    "another kind of answer": _kind,
    "notice of disconnection": _notice,
    "messages in between": _between,
    "messages in reverse": _turned,
    "answer twice": _twice,
    "no end": _unended,
    "only the end": _only_the_end,
}


def _joined(said: list[Said]) -> bytes:
    return b"".join(each for each in said if isinstance(each, bytes))


def _cut(said: list[Said], change: Mutation) -> list[Said]:
    octets = _joined(said)
    return [octets[: change.place * 41 % (len(octets) + 1)]]


def _spoilt(said: list[Said], change: Mutation) -> list[Said]:
    octets = bytearray(_joined(said))
    if octets:
        octets[change.place * 37 % len(octets)] = change.choice % 256
    return [bytes(octets)]


OCTETS_OF_IT: Mapping[str, Callable[[list[Said], Mutation], list[Said]]] = {
    "cut off": _cut,
    "octet spoilt": _spoilt,
    "octet spoilt, again": _spoilt,
    "no LDAP": lambda _, change: [change.of(VALUES) or b"\0"],
    "octets behind it": lambda said, change: [_joined(said) + change.of(VALUES)],
    "in clear": lambda said, _: [Clear(_joined(said))],
    "clear octets in between": lambda said, change: [Clear(change.of(VALUES) or b"\0"), *said],
    "sealed buffer of any length": lambda said, change: [Clear((change.choice * 0x100001 % (1 << 32)).to_bytes(4)), *said],
    "nothing": lambda _, __: [],
}  # fmt: skip
SLOW: Mapping[str, Callable[[list[Said], Mutation], list[Said]]] = {
    "silence": lambda said, _: [Silence(SILENT), *said],
    "dripping": lambda said, _: list(itertools.chain.from_iterable((Silence(0.05), bytes([each])) for each in _joined(said)[:100])),
    "stuck in its midst": lambda said, change: [*_cut(said, change), Silence(SILENT)],
}  # fmt: skip
LEAVE_WAITING = frozenset({"another length", "another tag", "no end", "messages in reverse", "cut off", "octet spoilt", "octet spoilt, again", "no LDAP",
                           "clear octets in between", "sealed buffer of any length", "nothing", "in clear"})  # fmt: skip
"""After these a client may wait for more; mostly the connection ends instead, for speed."""
