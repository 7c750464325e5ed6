"""The configuration reader: typed or JSON text, unknown keys refused, and never a value repeated."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperv_migration.model.configuration import OPTIONS, Configuration, Option, read_configuration
from hyperv_migration.model.errors import InvalidInput

SECRET = "Tr0ub4dor-and-3"


def _names(options: tuple[Option, ...]) -> Iterator[str]:
    for option in options:
        yield option.name
        yield from _names(option.section)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(sorted(set(_names(OPTIONS)))) | st.text(), inner, max_size=4)
    ),
    max_leaves=10,
)
GIVEN = st.dictionaries(st.sampled_from([option.name for option in OPTIONS]) | st.text(), JSON, max_size=5)
# Where a password may stand, or may have been put by mistake.
PLANTED = st.recursive(
    st.just(SECRET) | st.just([SECRET]) | st.just(json.dumps(SECRET)),
    lambda inner: st.dictionaries(st.sampled_from(sorted(set(_names(OPTIONS)))), inner, min_size=1, max_size=3),
    max_leaves=5,
)


@given(given_keys=GIVEN, as_text=st.booleans())
def test_any_configuration_is_read_or_refused(given_keys: dict[str, Any], as_text: bool) -> None:
    """Whatever stands in a stack file, typed or as JSON text, ends in a configuration or in InvalidInput."""
    keys = {name: json.dumps(value) if as_text else value for name, value in given_keys.items()}
    try:
        configuration = read_configuration(keys)
    except InvalidInput:
        return
    assert isinstance(configuration, Configuration)


@given(text=st.text() | st.text('[]{}":,0123456789eE.-', max_size=40))
@pytest.mark.parametrize("name", [option.name for option in OPTIONS])
def test_any_text_is_read_or_refused(name: str, text: str) -> None:
    """Stack configuration is text, and JSON only if somebody meant it to be."""
    try:
        configuration = read_configuration({name: text})
    except InvalidInput:
        return
    assert set(configuration.values) == {name}


@pytest.mark.parametrize("text", ["[" * 100_000, '{"port": Infinity}', '{"port": 1e999}', '{"port": NaN}', "9" * 5000])
def test_json_at_its_limits_is_refused(text: str) -> None:
    """Deep nesting, infinities and endless numbers are mistakes of the user, not of the program."""
    with pytest.raises(InvalidInput):
        read_configuration({"winrm": text})


@given(given_keys=st.dictionaries(st.sampled_from([option.name for option in OPTIONS]), PLANTED, min_size=1))
def test_no_refusal_repeats_a_value(given_keys: dict[str, Any]) -> None:
    """The value could be a password in the wrong place, and messages end up in logs."""
    try:
        configuration = read_configuration(given_keys)
    except InvalidInput as refusal:
        assert SECRET not in str(refusal)
    else:
        assert SECRET not in repr(configuration)


@pytest.mark.parametrize(
    ("given_keys", "message"),
    [
        ({"pasword": SECRET}, "There is no configuration key hyperv-migration:pasword; did you mean password?"),
        ({"xyz": SECRET}, "There is no configuration key hyperv-migration:xyz; it has username, password"),
        ({"winrm": {"prot": 1}}, "There is no configuration key hyperv-migration:winrm.prot; did you mean port?"),
        ({"password": 5}, "hyperv-migration:password must be a text."),
        ({"password": "  "}, "hyperv-migration:password is empty; give it a value, or leave it out."),
        ({"winrm": SECRET}, "hyperv-migration:winrm must be an object."),
        ({"winrm": {"port": 0}}, "hyperv-migration:winrm.port must be a whole number from 1 to 65535."),
        ({"winrm": {"port": 65536}}, "hyperv-migration:winrm.port must be a whole number from 1 to 65535."),
        ({"winrm": {"port": 5985.5}}, "hyperv-migration:winrm.port must be a whole number from 1 to 65535."),
        ({"winrm": {"port": True}}, "hyperv-migration:winrm.port must be a whole number from 1 to 65535."),
        ({"winrm": {"transport": "Kerberos"}}, "transport must be one of kerberos, ntlm, certificate, credssp, basic."),
        ({"winrm": {"scheme": SECRET}}, "hyperv-migration:winrm.scheme must be one of http, https."),
        ({"directory": {"domainControllers": "dc01"}}, "directory.domainControllers must be a list of texts."),
        ({"directory": {"password": [SECRET]}}, "hyperv-migration:directory.password must be a text."),
        (
            {"directory": {"baseDn": "nonsense"}},
            "hyperv-migration:directory.baseDn is no distinguished name; give one such",
        ),
        ({"directory": {"baseDn": "OU=Hosts,,DC=corp"}}, "hyperv-migration:directory.baseDn is no distinguished name"),
        ({"directory": {"baseDn": "corp.example/Hosts"}}, "hyperv-migration:directory.baseDn is no distinguished name"),
        (
            {"profiles": {"branch": {"directory": {"baseDn": "OU=Hosts,"}}}},
            "With hyperv-migration:profiles.branch, directory.baseDn is no distinguished name",
        ),
        (
            {"directory": {"domainControllers": ["dc1.corp.example", "ldap://dc2.corp.example"]}},
            "hyperv-migration:directory.domainControllers has an entry that is no name of a computer",
        ),
        (
            {"directory": {"domainControllers": [""]}},
            "hyperv-migration:directory.domainControllers has an entry that is no",
        ),
        ({"addresses": {"hv01": 1}}, "hyperv-migration:addresses must be an object of texts, such as {"),
        ({"profiles": {"branch": {"macht": []}}}, "key hyperv-migration:profiles.branch.macht; did you mean match?"),
        ({"profiles": {"branch": SECRET}}, "hyperv-migration:profiles must be an object of objects."),
        ({"onUnreachableDestroy": "ignore"}, "hyperv-migration:onUnreachableDestroy must be one of fail, forget."),
    ],
)
def test_refusal_names_the_key_and_what_it_must_be(given_keys: dict[str, Any], message: str) -> None:
    """The user reads which key to mend, at any depth, and no value."""
    with pytest.raises(InvalidInput) as refusal:
        read_configuration(given_keys)
    assert message in str(refusal.value)
    assert SECRET not in str(refusal.value)


def test_typed_and_json_text_read_the_same() -> None:
    """The faces get the same keys, one as objects and one as JSON text (pulumi-protocol.md §5)."""
    typed = {
        "winrm": {"port": 5986, "scheme": "https"},
        "directory": {"domainControllers": ["dc01.corp.example"], "replicationTimeout": 60.0},
        "addresses": {"hv01.corp.example": "127.0.0.1:15985"},
        "profiles": {"branch": {"match": ["*.branch.example"], "winrm": {"transport": "ntlm"}}},
    }
    text = {name: json.dumps(value) for name, value in typed.items()}
    assert read_configuration(typed) == read_configuration(text)


@pytest.mark.parametrize("password", ["1234", "true", "null", "[1]", '{"a": 1}', '"quoted"', " blank ", "пароль"])
def test_password_that_looks_like_json_stays_text(password: str) -> None:
    """A password is the text it is, whatever it looks like."""
    assert read_configuration({"password": password}).values == {"password": password}


def test_unset_keys_are_left_out() -> None:
    """Null is unset."""
    assert read_configuration({"username": None}) == Configuration()


PROFILES = read_configuration(
    {
        "username": "CORP\\svc",
        "password": "general",
        "winrm": {"scheme": "https", "connectTimeout": 5},
        "profiles": {
            "lab": {"match": ["*.lab.example", "hv9?"], "winrm": {"scheme": "http"}},
            "branch": {"match": ["*.Branch.example"], "username": "BRANCH\\svc", "passwordFile": "branch.txt"},
            "wide": {"match": ["*.example"]},
        },
    }
)


@pytest.mark.parametrize(
    ("target", "named", "profile"),
    [
        ("hv01.lab.example", None, "lab"),
        ("HV91", None, "lab"),
        ("HV01.BRANCH.EXAMPLE.", None, "branch"),
        ("hv01.corp.example", None, "wide"),
        ("hv01.corp.other", None, None),
        ("hv01.corp.other", "branch", "branch"),
        ("hv01.lab.example", "branch", "branch"),
    ],
)
def test_profile_is_the_named_one_or_the_first_that_matches(
    target: str, named: str | None, profile: str | None
) -> None:
    """Names match without case and without a final dot; a named profile wins."""
    assert profile == PROFILES.profile_for(target, named)


def test_unknown_profile_is_refused_with_those_there_are() -> None:
    """A mistyped profile must not fall back to another account."""
    with pytest.raises(
        InvalidInput, match="no profile 'brunch' in hyperv-migration:profiles; it has lab, branch, wide"
    ):
        PROFILES.profile_for("hv01", "brunch")


def test_profile_is_laid_over_the_general_keys() -> None:
    """Sections are merged key by key; what a profile does not name it inherits."""
    assert PROFILES.options_for("hv01.lab.example", None) == (
        "lab",
        {"username": "CORP\\svc", "password": "general", "winrm": {"scheme": "http", "connectTimeout": 5}},
    )


def test_profiles_password_file_beats_the_general_password() -> None:
    """A profile's own source of the password takes the place of the general one, whichever kind it is."""
    _, options = PROFILES.options_for("hv01.branch.example", None)
    assert ("password" in options, options["passwordFile"]) == (False, "branch.txt")
    swapped = read_configuration({"passwordFile": "all.txt", "profiles": {"branch": {"password": "own"}}})
    assert swapped.options_for("hv01", "branch") == ("branch", {"password": "own"})


def test_profiles_do_not_change_the_general_keys() -> None:
    """Asking for one target leaves no trace for the next."""
    PROFILES.options_for("hv01.lab.example", None)
    assert PROFILES.options_for("hv01.corp.other", None)[1]["winrm"] == {"scheme": "https", "connectTimeout": 5}


@pytest.mark.parametrize(("profile", "own"), [("branch", True), ("lab", False), (None, False)])
def test_profile_tells_whether_it_has_an_account_of_its_own(profile: str | None, own: bool) -> None:
    """The general environment variables do not reach hosts for which another account is configured."""
    assert own == PROFILES.has_own_account(profile)


@pytest.mark.parametrize(
    "names", [("a-b", "a.b"), ("branch", "Branch"), ("a b", "ok", "a_b"), ("日本", "中国"), ("ss", "ß")]
)
def test_profiles_that_share_an_environment_variable_are_refused(names: tuple[str, ...]) -> None:
    """The password of one would go to the hosts of the other; both spellings and the variable are named."""
    profiles: dict[str, Any] = {name: {"match": [f"*.{number}.test"]} for number, name in enumerate(names)}
    with pytest.raises(InvalidInput, match=r"both would take HYPERV_MIGRATION_PASSWORD__") as refused:
        read_configuration({"profiles": profiles})
    assert (repr(names[0]) in str(refused.value), repr(names[-1]) in str(refused.value)) == (True, True)


def test_profiles_with_variables_of_their_own_are_taken() -> None:
    """Similar is not the same."""
    profiles: dict[str, Any] = {"a-b": {}, "ab": {}, "a--b": {}, "a-b-": {}}
    assert list(read_configuration({"profiles": profiles}).values["profiles"]) == list(profiles)


@pytest.mark.parametrize("as_json", [False, True])
def test_keys_are_taken_as_python_spells_them(as_json: bool) -> None:
    """A typed dictionary of a generated Python SDK; names of hosts and profiles are nobody's spelling."""
    given: dict[str, Any] = {
        "directory": {"domain_controllers": ["dc1.corp.example"], "ca_cert_file": "ca.pem"},
        "winrm": {"ready_timeout": 5},
        "addresses": {"hv_01.corp.example": "127.0.0.1"},
        "profiles": {"my_branch": {"match": ["*"], "password_file": "secret", "winrm": {"connect_timeout": 3}}},
        "on_unreachable_destroy": "forget",
    }
    if as_json:
        given = {name: value if isinstance(value, str) else json.dumps(value) for name, value in given.items()}
    assert read_configuration(given).values == {
        "directory": {"domainControllers": ["dc1.corp.example"], "caCertFile": "ca.pem"},
        "winrm": {"readyTimeout": 5},
        "addresses": {"hv_01.corp.example": "127.0.0.1"},
        "profiles": {"my_branch": {"match": ["*"], "passwordFile": "secret", "winrm": {"connectTimeout": 3}}},
        "onUnreachableDestroy": "forget",
    }


def test_a_key_in_two_spellings_and_an_unknown_one_are_refused() -> None:
    """Neither could be meant."""
    with pytest.raises(InvalidInput, match=r"directory.domainControllers is there twice, as domain_controllers too"):
        read_configuration({"directory": {"domainControllers": ["a.b"], "domain_controllers": ["c.d"]}})
    with pytest.raises(InvalidInput, match="There is no configuration key hyperv-migration:directory.domain_controler"):
        read_configuration({"directory": {"domain_controler": ["a.b"]}})


@pytest.mark.parametrize(
    ("given_keys", "said"),
    [
        ({"winrm": {"transport": "basic", "scheme": "http"}}, "hyperv-migration:winrm.transport basic would send"),
        ({"directory": {"bind": "simple"}}, "hyperv-migration:directory.bind simple would send the password in clear"),
        (
            {"winrm": {"scheme": "http"}, "profiles": {"b": {"match": ["*"], "winrm": {"transport": "basic"}}}},
            "With hyperv-migration:profiles.b, winrm.transport basic",
        ),
        (
            {"profiles": {"b": {"match": ["*"], "directory": {"bind": "simple", "transport": "sealed"}}}},
            "With hyperv-migration:profiles.b, directory.bind simple",
        ),
    ],
)
def test_a_way_that_sends_a_password_in_clear_is_told_before_any_target_is_asked(
    given_keys: dict[str, Any], said: str
) -> None:
    """A preview says it, so that no up stops half-way for it."""
    with pytest.raises(InvalidInput) as refusal:
        read_configuration(given_keys)
    assert str(refusal.value).startswith(said)


@pytest.mark.parametrize(
    "given_keys",
    [
        {"winrm": {"transport": "basic"}},
        {"directory": {"bind": "simple", "transport": "ldaps"}},
        {"directory": {"transport": "starttls"}, "profiles": {"b": {"match": ["*"], "directory": {"bind": "simple"}}}},
    ],
)
def test_a_way_that_is_encrypted_is_taken(given_keys: dict[str, Any]) -> None:
    """What a profile leaves out comes from the general section."""
    assert read_configuration(given_keys)


@pytest.mark.parametrize(
    "base",
    [
        "DC=corp,DC=example",
        "ou=Hosts\\, all, dc=corp",
        'OU="a,b";DC=corp',
        "<GUID=0a0b>",
        "<WKGUID=aa31,DC=corp,DC=example>",
    ],
)
def test_bases_that_a_directory_takes(base: str) -> None:
    """Every legal spelling of a name, and an object by its number."""
    assert read_configuration({"directory": {"baseDn": base}}).values["directory"]["baseDn"] == base
