"""The composition root: whose credentials reach which target, and which targets share a connection."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from hyperv_migration.faces.spelling import snake_case
from hyperv_migration.model.computers import domain_in
from hyperv_migration.model.configuration import DIRECTORY, WINRM, Configuration, Option, read_configuration
from hyperv_migration.model.errors import InvalidInput, MissingConfiguration
from hyperv_migration.model.settings import Connection, Credentials, DirectorySettings, WinrmSettings
from hyperv_migration.wiring import WiredTargets

GENERAL = {"HYPERV_MIGRATION_USERNAME": "CORP\\env", "HYPERV_MIGRATION_PASSWORD": "from-environment"}


def _targets(environment: dict[str, str] | None = None, **keys: Any) -> WiredTargets:
    return WiredTargets(read_configuration(keys), environment or {})


def _credentials(target: str = "hv01.corp.example", environment: dict[str, str] | None = None, **keys: Any) -> Any:
    found = _targets(environment, **keys).connection(target, None).credentials
    return found.username, found.password


def test_nothing_configured_is_every_default() -> None:
    """Preview needs no configuration at all."""
    assert WiredTargets(Configuration(), {}).connection("hv01", None) == Connection()


@pytest.mark.parametrize(
    ("option", "record"),
    [*((option, WinrmSettings) for option in WINRM), *((option, DirectorySettings) for option in DIRECTORY)],
    ids=lambda part: part.name if isinstance(part, Option) else "",
)
def test_every_option_has_its_place_in_the_records(option: Option, record: type) -> None:
    """A key that is accepted is a key that has an effect."""
    names = {field.name for field in fields(record)}
    assert snake_case(option.name) in names | {"username", "password"}


def test_options_reach_the_records() -> None:
    """Sections, lists and addresses arrive in the form in which they are used."""
    connection = _targets(
        winrm={"transport": "ntlm", "port": 5986, "caCertFile": "ca.pem", "readyTimeout": 7},
        directory={"baseDn": "OU=Hosts,DC=corp,DC=example", "domainControllers": ["dc02", "dc01"]},
        addresses={"HV01.corp.example.": "127.0.0.1:15985"},
        onUnreachableDestroy="forget",
    ).connection("hv01.corp.example", None)
    assert connection == Connection(
        winrm=WinrmSettings(transport="ntlm", port=5986, ca_cert_file="ca.pem", ready_timeout=7),
        directory=DirectorySettings(base_dn="OU=Hosts,DC=corp,DC=example", domain_controllers=("dc02", "dc01")),
        addresses=(("hv01.corp.example", "127.0.0.1:15985"),),
        on_unreachable_destroy="forget",
    )


@pytest.mark.parametrize(
    ("name", "address"), [("HV01.Corp.Example", "127.0.0.1"), ("hv01.corp.example.", "127.0.0.1"), ("hv01", None)]
)
def test_address_is_found_whatever_the_spelling(name: str, address: str | None) -> None:
    """Case and a final dot make no other name, and a short name is not the long one."""
    connection = _targets(addresses={"hv01.CORP.example": "127.0.0.1"}).connection("hv01", None)
    assert address == connection.address_of(name)


def test_environment_beats_file_beats_stack(tmp_path: Path) -> None:
    """What is outside the stack wins, so a rotated password is used at once (DESIGN §1.5)."""
    file = tmp_path / "password"
    file.write_text("from-file\n", encoding="utf-8")
    keys: dict[str, Any] = {"username": "CORP\\stack", "password": "from-stack"}
    assert _credentials(**keys) == ("CORP\\stack", "from-stack")
    assert _credentials(**keys, passwordFile=str(file)) == ("CORP\\stack", "from-file")
    assert _credentials(environment=GENERAL, **keys, passwordFile=str(file)) == ("CORP\\env", "from-environment")


@pytest.mark.parametrize(
    ("content", "password"),
    [
        (b"first line\nsecond line\n", "first line"),
        (b"no newline", "no newline"),
        (b"windows\r\n", "windows"),
        (b"\xef\xbb\xbfnotepad\r\n", "notepad"),
        (b" blanks kept \n", " blanks kept "),
        ("пароль\n".encode(), "пароль"),
    ],
)
def test_first_line_of_the_file_is_the_password(tmp_path: Path, content: bytes, password: str) -> None:
    """Line ends and the mark that Windows editors put first are no part of it; blanks are."""
    file = tmp_path / "password"
    file.write_bytes(content)
    assert _credentials(passwordFile=str(file))[1] == password


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "FileNotFoundError"), (b"", "is empty"), (b"\n", "is empty"), (b"\xff\xfex", "Unicode")],
)
def test_unreadable_password_file_is_missing_configuration(tmp_path: Path, content: bytes | None, reason: str) -> None:
    """The message names the file and never shows what stands in it."""
    file = tmp_path / "password"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(MissingConfiguration, match=reason):
        _credentials(passwordFile=str(file))


def test_environment_makes_an_unreadable_file_harmless(tmp_path: Path) -> None:
    """What wins over the file is not held up by it."""
    assert _credentials(environment=GENERAL, passwordFile=str(tmp_path / "gone"))[1] == "from-environment"


BRANCH = {"branch-2": {"match": ["*.branch.example"], "username": "BRANCH\\svc", "password": "branch"}}


def test_general_environment_stays_away_from_another_account() -> None:
    """A profile with an account of its own is not signed in to with the general one."""
    assert _credentials("hv01.branch.example", GENERAL, profiles=BRANCH) == ("BRANCH\\svc", "branch")


def test_profile_has_variables_of_its_own() -> None:
    """Signs that no variable may carry become underscores."""
    environment = {**GENERAL, "HYPERV_MIGRATION_PASSWORD__BRANCH_2": "branch-environment"}
    assert _credentials("hv01.branch.example", environment, profiles=BRANCH) == ("BRANCH\\svc", "branch-environment")


def test_profile_without_an_account_keeps_the_general_one() -> None:
    """Who sets another port for some hosts does not have to name the account again."""
    profiles = {"lab": {"match": ["*.lab.example"], "winrm": {"port": 15985}}}
    targets = _targets(GENERAL, profiles=profiles).connection("hv01.lab.example", None)
    assert targets.credentials == Credentials(username="CORP\\env", password="from-environment")
    assert targets.winrm.port == 15985


def test_directory_may_have_its_own_account() -> None:
    """Hosts and directory are often run by different people; unset, it is the same account."""
    own = _targets(GENERAL, directory={"username": "CORP\\dirsvc", "password": "directory"}).connection("hv01", None)
    assert own.directory.credentials == Credentials(username="CORP\\dirsvc", password="directory")
    assert _targets(GENERAL).connection("hv01", None).directory.credentials.username == "CORP\\env"


OF_BRANCH = (
    "run `pulumi config set --path --secret 'hyperv-migration:profiles.branch-2.password'` or set "
    "HYPERV_MIGRATION_PASSWORD__BRANCH_2"
)


@pytest.mark.parametrize(
    ("options", "host", "directory"),
    [
        (
            {},
            "run `pulumi config set --secret hyperv-migration:password` or set HYPERV_MIGRATION_PASSWORD",
            "run `pulumi config set --secret hyperv-migration:password` or set HYPERV_MIGRATION_PASSWORD",
        ),
        (
            {"directory": {"username": "CORP\\dirsvc"}},
            "run `pulumi config set --secret hyperv-migration:password` or set HYPERV_MIGRATION_PASSWORD",
            "run `pulumi config set --path --secret 'hyperv-migration:directory.password'`",
        ),
        (
            {"profiles": {"branch-2": {"match": ["*"], "username": "BRANCH\\svc"}}},
            OF_BRANCH,
            OF_BRANCH,
        ),
        (
            {
                "directory": {"username": "CORP\\dirsvc", "password": "of-another"},
                "profiles": {"b": {"match": ["*"], "winrm": {"port": 1}, "directory": {"username": "B\\dirsvc"}}},
            },
            "run `pulumi config set --secret hyperv-migration:password` or set HYPERV_MIGRATION_PASSWORD",
            "run `pulumi config set --path --secret 'hyperv-migration:profiles.b.directory.password'`",
        ),
    ],
    ids=["general", "directory", "profile", "directory of a profile"],
)
def test_a_missing_password_is_told_where_its_account_stands(
    options: dict[str, Any], host: str, directory: str
) -> None:
    """A password set elsewhere would not reach this account; and none of another account comes in its place."""
    connection = _targets({}, **options).connection("hv01.lab.example", None)
    assert connection.credentials.how_to_set("password") == host
    assert connection.directory.credentials.how_to_set("password") == directory
    assert connection.directory.credentials.password is None


@pytest.mark.parametrize(
    ("first", "second", "shared"),
    [
        ("hv01.corp.example", "HV01.Corp.example.", True),
        ("hv01.corp.example", " hv01.corp.example", True),
        ("hv01.corp.example", "hv01", False),
        ("hv01.corp.example", "hv02.corp.example", False),
    ],
)
def test_resources_on_one_host_share_its_connection(first: str, second: str, shared: bool) -> None:
    """One authenticated connection and one lock per host, however it is spelled (P32, F54)."""
    targets = _targets()
    assert shared is (targets.host(first, None)._shared is targets.host(second, None)._shared)


def test_another_account_is_another_connection() -> None:
    """Nothing is done under an account that another profile was configured with."""
    targets = _targets(profiles={"other": {"username": "CORP\\other"}})
    assert targets.host("hv01", None)._shared is not targets.host("hv01", "other")._shared


def test_host_knows_what_concerns_it() -> None:
    """The settings that operations ask a host for come from the configuration."""
    host = _targets(winrm={"readyTimeout": 7}, onUnreachableDestroy="forget").host("hv01", None)
    assert (host.ready_timeout, host.forget_when_unreachable) == (7, True)
    assert _targets().host("hv01", None).forget_when_unreachable is False


@pytest.mark.parametrize(
    ("source", "keys"),
    [
        ("hv01.corp.example", {}),
        ("hv01.corp.example.", {}),
        ("CN=HV01,OU=Hosts,DC=corp,DC=example", {}),
        ("cn=HV01, ou=Hosts, dc=corp, dc=example", {}),
        ("HV01$", {"directory": {"domain": "corp.example"}}),
        ("hv01.other.example", {"directory": {"domain": "corp.example"}}),
        ("HV01", {"username": "svc@corp.example"}),
        ("b8f4d5d6-0d6f-4f0c-9a53-4d6e5e1b0f11", {"username": "svc@corp.example"}),
    ],
)
def test_domain_is_configured_or_told_by_the_source_or_the_user(source: str, keys: dict[str, Any]) -> None:
    """The configured domain wins, then the source's own name, then the user's: corp.example in each of these cases."""
    targets = _targets(**keys)
    assert targets.directory(source, None) is targets.directory("dc01.corp.example", None)


@pytest.mark.parametrize("source", ["HV01", "HV01$", "b8f4d5d6-0d6f-4f0c-9a53-4d6e5e1b0f11"])
def test_source_without_a_domain_is_missing_configuration(source: str) -> None:
    """The message says which key to set."""
    with pytest.raises(MissingConfiguration, match="hyperv-migration:directory.domain"):
        _targets(username="CORP\\svc").directory(source, None)


def test_delegations_in_one_domain_share_its_connection() -> None:
    """One authenticated connection per domain, whoever the source is (DESIGN §5)."""
    targets = _targets()
    assert targets.directory("hv01.corp.example", None) is targets.directory("hv02.CORP.example", None)
    assert targets.directory("hv01.corp.example", None) is not targets.directory("hv01.lab.example", None)


def test_unknown_profile_is_refused_before_anything_is_opened() -> None:
    """A mistyped profile must not fall back to another account."""
    with pytest.raises(InvalidInput, match="no profile 'nowhere'"):
        _targets().host("hv01", "nowhere")


@pytest.mark.parametrize(
    "source",
    ["10.127.0.5", "hv01.127.1", "HV.02$", "CN=HV01,DC=127,DC=0,DC=5", "hv01.0x7f", "hv01.\uff15", "hv01\u3002127.1"],
)
def test_what_looks_like_an_address_gives_no_domain(source: str) -> None:
    """Nothing whose last label is a number is ever resolved: it would be somebody's address, and get a sign-in."""
    for user in ("CORP\\svc", "svc@10.127.0.5"):
        with pytest.raises(MissingConfiguration, match="domain of .* is not known"):
            _targets(username=user).directory(source, None)


def test_domain_of_a_distinguished_name_is_read_past_escaped_commas() -> None:
    """An OU may have a comma in its name, and what follows it is no domain."""
    name = r"CN=HV01,OU=Hosts\,DC=evil,DC=corp,DC=example"
    assert domain_in(name) == "corp.example"


def test_a_domain_that_is_an_address_is_not_asked() -> None:
    """However it got into the configuration."""
    with pytest.raises(InvalidInput, match=r"directory\.domain"):
        _targets(directory={"domain": "10.127.0.5"}).directory("hv01", None).find_computers(["hv01"])
