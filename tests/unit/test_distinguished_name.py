"""One name in every legal spelling, and what is no name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperv_migration.lab.directory.names import Name
from hyperv_migration.model.computers import domain_in, validate_computer_name
from hyperv_migration.model.distinguished_name import folded, parts, written
from hyperv_migration.model.errors import InvalidInput

HV01 = "CN=HV01,OU=A\\, b,DC=corp,DC=example"


@pytest.mark.parametrize(
    "spelled",
    [
        "cn=hv01,ou=a\\, B,dc=CORP,dc=example",
        "CN = HV01 , OU=A\\, b,  DC=corp, DC = example ",
        "CN=HV\\30\\31,OU=A\\2C b,DC=corp,DC=example",
        "CN=HV01;OU=A\\, b;DC=corp;DC=example",
        'CN="HV01",OU="A, b",DC=corp,DC=example',
        "OID.2.5.4.3=HV01,2.5.4.11=A\\, b,0.9.2342.19200300.100.1.25=corp,DC=example",
        "CN=#0c0448563031,OU=A\\, b,DC=corp,DC=example",
    ],
)
def test_every_legal_spelling_is_the_same_name(spelled: str) -> None:
    """Case, blanks around signs, escapes in hexadecimal, quotes, semicolons, numbers for types, octets for values."""
    assert folded(spelled) == folded(HV01)
    assert domain_in(spelled).casefold() == "corp.example"  # type: ignore[union-attr]
    validate_computer_name(spelled)


@pytest.mark.parametrize("other", ["CN=HV01\\ ,OU=A\\, b,DC=corp,DC=example", "CN=HV01,OU=A,DC=corp,DC=example"])
def test_another_name_stays_another(other: str) -> None:
    """An escaped blank belongs to the value."""
    assert folded(other) != folded(HV01)


@pytest.mark.parametrize(
    "text",
    [
        "hv01,dc=x",
        "CN=,DC=x",
        "CN=HV01,",
        "CN=HV01,DC=x,",
        "CN=A+OU=B,DC=x",
        "CN=A\\,DC=x\\",
        "CN=\\ff,DC=x",
        "=,",
        "CN=<,DC=x",
    ],
)
def test_what_is_no_name_is_refused_in_the_preview(text: str) -> None:
    """Otherwise it would be looked for, and not be found."""
    assert parts(text) is None
    assert written(text) == text
    with pytest.raises(InvalidInput, match="is no distinguished name"):
        validate_computer_name(text)


LABEL = st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=12).filter(
    lambda text: text.strip(" ")
)


@given(values=st.lists(LABEL, min_size=1, max_size=4))
def test_a_directory_s_own_spelling_is_read_as_it_was_meant(values: list[str]) -> None:
    """Whatever letters a unit has; and what is written is read as the same."""
    text = str(Name(tuple(("OU", value) for value in values)))
    assert parts(text) == tuple(("ou", value) for value in values)
    assert parts(written(text)) == parts(text)
    assert folded(folded(text)) == folded(text)
