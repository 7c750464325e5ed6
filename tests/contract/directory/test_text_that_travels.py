"""Whatever stands in a name or a value: it arrives as it is, and never becomes a part of a filter or of a name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.directory.domains import Embedded, call_to, scenario
from hyperv_migration.directory.computers import disconnect
from hyperv_migration.lab.directory import EmbeddedDirectory
from hyperv_migration.lab.directory.filters import And, Comparison, Filter, Or
from hyperv_migration.model.account_change import AccountChange
from hyperv_migration.model.computers import is_distinguished_name, is_guid
from hyperv_migration.model.delegation import spelling
from hyperv_migration.model.distinguished_name import written
from hyperv_migration.operations.ports import DirectoryPort

HARD = (
    *(
        "*",
        "*)(objectClass=*",
        "HV01)(|(cn=*",
        "\\2a",
        "\\",
        "a\\5cb",
        "]]>",
        "'\"`;--",
        "\0",
        "x\0y",
        " ",
        " x ",
        "\xa0x",
        "#x",
    ),
    *("仮想マシン", "\u202eשלום", "\ufeff", "é", "e\u0301"),
)
TEXT = st.text(
    st.characters(blacklist_categories=["Cs"]) | st.sampled_from("*()\\/#+,;<>=\"' \0\r\n\t\x1b\u202e\u2066仮שé́&|!~:")
    , min_size=1, max_size=40,
) | st.sampled_from(HARD)  # fmt: skip
quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def running() -> Iterator[EmbeddedDirectory]:
    """One directory and one connection for all examples."""
    with EmbeddedDirectory(scenario()) as directory:
        yield directory
        disconnect()


@pytest.fixture
def port(running: EmbeddedDirectory) -> DirectoryPort:
    """The real port."""
    call, _ = call_to(Embedded(running).connection())
    return call.targets.directory("HV01", None)


def _last_filter(directory: EmbeddedDirectory) -> str:
    return directory.journal.operations("search")[-1].filter


def _is(name: str, value: str) -> Comparison:
    return Comparison(name, "=", value.encode())


def _also(text: str) -> bool:
    """Names of the other two kinds are looked for in other ways."""
    return bool(spelling(text)) and not is_guid(text) and not is_distinguished_name(text)


@quick
@given(name=TEXT.filter(_also))
def test_a_name_is_a_value_of_the_filter_and_nothing_else(
    running: EmbeddedDirectory, port: DirectoryPort, name: str
) -> None:
    """The filter that arrives has the same four nodes for every name, and the name's octets in two of them."""
    wanted = spelling(name)
    port.find_computers([name])
    label, host = wanted.removesuffix("$").split(".")[0], wanted.removesuffix("$")
    names: tuple[Filter, ...] = (_is("sAMAccountName", f"{label}$"), _is("servicePrincipalName", f"HOST/{host}"))
    assert _last_filter(running) == And((_is("objectCategory", "computer"), Or(names))).text


@quick
@given(text=TEXT)
def test_a_distinguished_name_is_a_value_of_the_filter_and_nothing_else(
    running: EmbeddedDirectory, port: DirectoryPort, text: str
) -> None:
    """It is compared, never used as the place to look at."""
    name = f"CN={text},DC=lab"
    port.find_computers([name])
    wanted = And((_is("objectCategory", "computer"), Or((_is("distinguishedName", written(name)),))))
    assert _last_filter(running) == wanted.text


@quick
@given(names=st.lists(TEXT, min_size=1, max_size=4))
def test_service_principal_names_are_values_of_the_filter_and_nothing_else(
    running: EmbeddedDirectory, port: DirectoryPort, names: list[str]
) -> None:
    """Each name asked for is one comparison."""
    port.owners_of(names)
    assert _last_filter(running) == Or(tuple(_is("servicePrincipalName", name) for name in names)).text


@quick
@given(values=st.lists(TEXT, min_size=1, max_size=4, unique_by=str.casefold))
def test_a_value_that_others_wrote_comes_as_it_is_and_goes_as_it_came(
    running: EmbeddedDirectory, port: DirectoryPort, values: list[str]
) -> None:
    """Read, added to and removed: every octet that is not ours stays, and what goes is what was there."""
    running.administrator.set_delegation("HV01", values)
    running.administrator.set_user_account_control("HV01", 0x1000)
    account = port.find_computers(["HV01"])["HV01"][0]
    assert sorted(account.allowed_to_delegate_to) == sorted(values)
    assert port.change(account, AccountChange(add=("cifs/HV02",)))
    assert set(running.administrator.read("HV01")["msDS-AllowedToDelegateTo"]) == {*values, "cifs/HV02"}
    assert port.change(account, AccountChange(delete=(values[0],)))
    assert set(running.administrator.read("HV01")["msDS-AllowedToDelegateTo"]) == {*values[1:], "cifs/HV02"}


LABEL = st.text(
    st.characters(blacklist_categories=["Cs", "Cc", "Cn", "Co"]) | st.sampled_from('\\,+"<>;=# '),
    min_size=1,
    max_size=20,
).filter(str.strip)


@quick
@given(unit=LABEL)
def test_an_account_is_written_under_the_name_it_was_read_with(
    running: EmbeddedDirectory, port: DirectoryPort, unit: str
) -> None:
    """A distinguished name goes back as it came, with every special character and escape."""
    running.administrator.move_computer("FS01", unit)
    running.administrator.set_delegation("FS01", [])
    account = port.find_computers(["FS01"])["FS01"][0]
    assert account.distinguished_name == str(running.administrator.find("FS01").name)
    assert port.change(account, AccountChange(add=("cifs/HV02",)))
    assert running.administrator.read("FS01")["msDS-AllowedToDelegateTo"] == ["cifs/HV02"]
