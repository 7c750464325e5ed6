"""Answers in other encodings than UTF-8, and as deep as an answer may be long: read as they are, or not at all."""

from __future__ import annotations

from encodings.aliases import aliases

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperv_migration.model.errors import ProtocolViolation
from hyperv_migration.wsman.bounds import MOST_OCTETS
from hyperv_migration.wsman.session import Reply, Session
from support.wsman_answers import ScriptedWire, answer

TEXTS = ("仮想マシン שלום é", "é ü", "HV01")
CODECS = sorted(
    {*aliases.values(), "utf-7", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"} - {"idna", "punycode"}
)
UNKNOWN = ("x-klingon", "ebcdic-cp-us", "", "utf-8\x00", "../utf-8")


def _listed(value: str) -> str:
    return (
        "<n:EnumerateResponse><w:Items><q:One xmlns:q='urn:q'><q:Name>"
        f"{value}</q:Name></q:One></w:Items><w:EndOfSequence/></n:EnumerateResponse>"
    )


def _read(value: str, *, head: str = "", codec: str = "utf-8", wrong: bytes = b"") -> list[str | None]:
    """What a list is read as that holds this value, written so; `wrong` are octets in its place."""

    def reply(asked: str) -> Reply:
        body = (head + answer(_listed(value), asked).decode()).encode(codec)
        return Reply(status=200, body=body.replace(value.encode(), wrong) if wrong else body)

    found = Session(ScriptedWire([reply])).enumerate("root/cimv2", "SELECT 1")
    return [instance.text("Name") for instance in found]


def _can_say(text: str, codec: str) -> bool:
    try:
        return isinstance(text.encode(codec), bytes)
    except (LookupError, UnicodeError, ValueError):
        return False


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize("codec", CODECS)
def test_another_encoding_is_read_as_it_is_or_not_at_all(codec: str, declared: bool) -> None:
    """Never as another text: nothing hides in UTF-7, with and without a byte order mark, said or not said."""
    head = f'<?xml version="1.0" encoding="{codec}"?>' if declared else ""
    for text in filter(lambda text: _can_say(text, codec), TEXTS):
        try:
            found = _read(text, head=head, codec=codec)
        except ProtocolViolation:
            continue
        assert found == [text] or not declared
        assert len(found) == 1


@pytest.mark.parametrize("declared", [*CODECS, *UNKNOWN])
def test_an_encoding_that_is_only_claimed_is_an_error_of_ours_or_a_list(declared: str) -> None:
    """UTF-8 under another name is a list of one name, whatever letters that has, or it is refused."""
    for text in TEXTS:
        try:
            found = _read(text, head=f'<?xml version="1.0" encoding="{declared}"?>')
        except ProtocolViolation:
            continue
        assert len(found) == 1


def test_markup_in_utf_7_is_no_markup() -> None:
    """`+ADw-` would be an opening bracket to whoever believed it."""
    hidden = "+ADw-/q:Name+AD4-"
    assert _read(hidden) == [hidden]
    with pytest.raises(ProtocolViolation, match="XML that may be read"):
        _read(hidden, head='<?xml version="1.0" encoding="utf-7"?>')


@pytest.mark.parametrize(
    "octets",
    [
        *(b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\xbc"),
        *(b"\x00", b"\x1b", b"&#0;", b"&#x1b;", b"&#xfffe;", b"&#xd800;", b"]]>"),
    ],
)
def test_what_xml_forbids_is_not_believed(octets: bytes) -> None:
    """Octets that are no UTF-8, surrogates, overlong forms, controls, and the end of a CDATA section in a text."""
    with pytest.raises(ProtocolViolation, match="XML that may be read"):
        _read("HV01", wrong=octets)


@given(st.text(st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\ufffe\uffff<>&")))
def test_every_other_text_is_read_as_it_is(text: str) -> None:
    """CJK, right-to-left, combining and private characters come out as they went in; an empty text is one."""
    assert _read(text) == [text]


def test_an_answer_as_deep_as_it_may_be_long_is_read_to_its_end() -> None:
    """Two thirds of a million elements inside each other neither end the process nor become a value."""
    deep = MOST_OCTETS // 7
    assert _read("<d>" * deep + "</d>" * deep) == [""]
