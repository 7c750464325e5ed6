"""The provider protocol call by call, as the engine speaks it (pulumi-protocol.md §2 to §6)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import plugin_pb2, provider_pb2

from hyperv_migration import __version__
from hyperv_migration.faces.plugin import wire
from hyperv_migration.lab.lab import Lab
from support.dynamic_host import RefusedError, pack, secret, unpack
from support.hosts import PASSWORD
from support.plugin_host import PluginHost, urn_of

HOST = {"computerName": "hv01.lab.test", "enabled": True}
ABILITIES = {"acceptSecrets": True, "acceptResources": True, "acceptOutputs": True}


def refusal(call: Callable[[], object]) -> str:
    """The sentence a call was refused with."""
    with pytest.raises(RefusedError) as refused:
        call()
    return str(refused.value)


def code_of(plugin: PluginHost, method: str, request: Any) -> grpc.StatusCode:
    """The status a call was refused with."""
    with pytest.raises(grpc.RpcError) as refused:
        getattr(plugin.stub, method)(request, timeout=30, wait_for_ready=True)
    code: grpc.StatusCode = refused.value.code()
    return code


def failures(checked: Any) -> list[tuple[str, str]]:
    """The failures of a check."""
    return [(one.property, one.reason) for one in checked.failures]


def sent(lab: Lab) -> list[Any]:
    """What hosts and directory have received."""
    assert lab.directory is not None
    return [
        *lab.hosts["HV01"].journal.received(),
        *lab.hosts["HV02"].journal.received(),
        *lab.directory.journal.operations(),
    ]


# What the engine asks before and after everything else


def test_handshake_and_configure_promise_the_same(plugin: PluginHost) -> None:
    """They must be equal; the first implies previews."""
    shaken = plugin.call("Handshake", provider_pb2.ProviderHandshakeRequest(engine_address="127.0.0.1:1"))
    promised = {"acceptSecrets": shaken.accept_secrets, "acceptResources": shaken.accept_resources}
    assert {**promised, "acceptOutputs": shaken.accept_outputs} == ABILITIES
    assert not shaken.supports_autonaming_configuration
    configured = plugin.call("Configure", provider_pb2.ConfigureRequest(args=pack({})))
    assert {name: getattr(configured, name) for name in ABILITIES} == ABILITIES
    assert configured.supportsPreview


def test_the_version_is_that_of_the_schema(plugin: PluginHost) -> None:
    """A plain semantic version."""
    assert plugin.call("GetPluginInfo", Empty()).version == __version__
    schema = json.loads(plugin.call("GetSchema", provider_pb2.GetSchemaRequest(version=0)).schema)
    assert schema["version"] == __version__


def test_attached_to_it_speaks_to_the_engine_that_attached(attached: PluginHost, lab: Lab) -> None:
    """A running process may serve one engine after another (PULUMI_DEBUG_PROVIDERS); here there is none at the second."""
    attached.configure(lab.configuration())
    lab.hosts["HV01"].inject("job", state=7, polls=3)
    attached.create("MigrationHost", HOST)
    said = list(attached.log.lines)
    attached.call("Attach", plugin_pb2.PluginAttach(address="127.0.0.1:1"))
    attached.configure(lab.configuration())
    lab.hosts["HV02"].inject("job", state=7, polls=3)
    attached.create("MigrationHost", {**HOST, "computerName": "hv02.lab.test"})
    assert len([line for line in said if "waiting for" in line.message]) == 1
    assert attached.log.lines == said


@pytest.mark.parametrize(
    ("method", "request_"),
    [
        ("Parameterize", provider_pb2.ParameterizeRequest()),
        ("Call", provider_pb2.CallRequest()),
    ],
)
def test_what_is_not_offered_is_said_so(plugin: PluginHost, method: str, request_: Any) -> None:
    """UNIMPLEMENTED, which every engine understands; no traceback (see the fixture)."""
    assert code_of(plugin, method, request_) == grpc.StatusCode.UNIMPLEMENTED


def test_there_is_nothing_to_convert_from(plugin: PluginHost) -> None:
    """`pulumi convert` asks every plugin."""
    assert plugin.call("GetMapping", provider_pb2.GetMappingRequest(key="terraform")).data == b""
    assert list(plugin.call("GetMappings", provider_pb2.GetMappingsRequest(key="terraform")).providers) == []


def test_nothing_but_the_port_goes_to_standard_output(lab: Lab) -> None:
    """The engine takes the first line for it, and hides the rest until a crash."""
    with PluginHost({"HYPERV_MIGRATION_PASSWORD": PASSWORD}) as plugin:
        plugin.configure(lab.configuration())
        plugin.create("MigrationHost", HOST)
    assert plugin.said == ""


def test_messages_may_be_large(plugin: PluginHost) -> None:
    """Beyond gRPC's own four megabytes, as every SDK has it."""
    addresses = {f"host{number}.{'x' * 100}.lab.test": "127.0.0.1" for number in range(40_000)}
    answer = plugin.call("CheckConfig", provider_pb2.CheckRequest(news=pack({"addresses": addresses})))
    assert (len(answer.inputs["addresses"]), failures(answer)) == (len(addresses), [])


# Configuration


def test_a_checked_configuration_comes_back_as_it_was_given(plugin: PluginHost) -> None:
    """It is stored: no environment, no default, no canonical form may be added to it."""
    news = {"winrm": '{"transport": "ntlm"}', "version": "0.1.0", "username": secret("LAB\\operator")}
    answer = plugin.call("CheckConfig", provider_pb2.CheckRequest(news=pack(news), olds=pack({})))
    assert (unpack(answer.inputs), failures(answer)) == (news, [])


@pytest.mark.parametrize(
    ("news", "words"),
    [
        ({"usernam": "x"}, "did you mean username?"),
        ({"winrm": '{"transport": "Planted-9"}'}, "hyperv-migration:winrm.transport must be one of kerberos"),
        ({"directory": {"port": 389}}, "There is no configuration key hyperv-migration:directory.port"),
        ({"winrm": {"operationTimeout": 2.5}}, "hyperv-migration:winrm.operationTimeout must be a whole number"),
    ],
)
def test_a_wrong_configuration_is_named_by_its_key(plugin: PluginHost, news: dict[str, Any], words: str) -> None:
    """And never by its property, whose value the engine would print."""
    ((name, reason),) = failures(plugin.call("CheckConfig", provider_pb2.CheckRequest(news=pack(news))))
    assert name == ""
    assert words in reason
    assert "Planted-9" not in reason


def test_another_configuration_never_replaces_anything(plugin: PluginHost) -> None:
    """Nor does the old one of a stack that moves here, with the keys of every namespace."""
    kinds = provider_pb2.DiffResponse
    request = provider_pb2.DiffRequest(
        olds=pack({"aws:region": "x", "hyperv-migration:username": "a", "version": "1"}), news=pack({"username": "b"})
    )
    answer = plugin.call("DiffConfig", request)
    assert (answer.changes, list(answer.replaces)) == (kinds.DIFF_SOME, [])
    same = provider_pb2.DiffRequest(olds=pack({"hyperv-migration:username": "b"}), news=pack({"username": "b"}))
    assert plugin.call("DiffConfig", same).changes == kinds.DIFF_NONE


def test_configure_raises_nothing_and_the_first_check_tells(plugin: PluginHost) -> None:
    """An error of Configure would surface under some resource, at delete too."""
    plugin.configure({"winrm": {"transport": "telnet"}})
    ((name, reason),) = failures(plugin.check("MigrationHost", HOST))
    assert (name, "winrm.transport must be one of" in reason) == ("", True)


def test_a_password_in_clear_is_refused_and_still_deletes(plugin: PluginHost, lab: Lab) -> None:
    """Stack config that is not --secret would lie in the state in clear; what was made with it can be destroyed."""
    values = {**lab.configuration(), "password": "Planted-9"}
    plugin.configure(values)
    ((name, reason),) = failures(plugin.check("MigrationHost", HOST))
    assert (name, "pulumi config set --secret hyperv-migration:password" in reason) == ("", True)
    assert "Planted-9" not in reason
    state = {**HOST, "host": "hv01.lab.test", "managed": ["computerName", "enabled"], "priorSettings": {}}
    request = provider_pb2.DeleteRequest(id="hv01.lab.test", urn=urn_of("MigrationHost"), properties=pack(state))
    plugin.call("Delete", request)


def test_a_secret_password_is_taken(plugin: PluginHost, lab: Lab) -> None:
    """As `--secret` sends it."""
    plugin.configure({**lab.configuration(), "password": secret(PASSWORD)})
    assert failures(plugin.check("MigrationHost", HOST)) == []


def test_missing_credentials_fail_at_first_contact_and_not_before(lab: Lab) -> None:
    """A preview needs none, so that a pipeline may run one without; the sentence says where to put them."""
    with PluginHost({"HYPERV_MIGRATION_PASSWORD": ""}) as plugin:
        plugin.configure(lab.configuration())
        assert failures(plugin.check("MigrationHost", HOST)) == []
        preview = provider_pb2.CreateRequest(urn=urn_of("MigrationHost"), properties=pack(HOST), preview=True)
        plugin.call("Create", preview)
        said = refusal(lambda: plugin.create("MigrationHost", HOST))
    assert "HYPERV_MIGRATION_PASSWORD" in said
    assert [one for one in lab.hosts["HV01"].journal.received() if one.counted] == []


# Values


WHERE = (
    {"computerName": None},
    {"networks": None},
    {"networks": ["hv01.lab.test/10.0.0.0/8", None]},
    {"enabled": None},
)


@pytest.mark.parametrize("unknown", sorted(wire.UNKNOWNS))
def test_an_unknown_passes_check_and_preview_at_any_depth(plugin: PluginHost, unknown: str) -> None:
    """As the one that every engine knows; outputs that are not certain are left out."""
    for inputs in WHERE:
        given, expected = (
            json.loads(json.dumps({**HOST, **inputs}).replace("null", f'"{sentinel}"'))
            for sentinel in (unknown, wire.UNKNOWN_STRING)
        )
        checked = plugin.check("MigrationHost", given)
        assert failures(checked) == []
        request = provider_pb2.CreateRequest(urn=urn_of("MigrationHost"), properties=checked.inputs, preview=True)
        shown = unpack(plugin.call("Create", request).properties)
        assert {name: shown[name] for name in expected} == expected
        assert {"host", "priorSettings", "listenerAddresses"} & shown.keys() == set()


def test_an_unknown_outside_of_a_preview_is_never_sent(plugin: PluginHost, lab: Lab) -> None:
    """It would be written as a text."""
    plugin.configure(lab.configuration())
    said = refusal(lambda: plugin.create("MigrationHost", {**HOST, "computerName": wire.UNKNOWN_STRING}))
    assert said == "computerName is not known although this is no preview; nothing was sent."
    assert sent(lab) == []


@pytest.mark.parametrize(
    "value",
    [
        {wire.SIGNATURE: wire.ASSET, "text": "x"},
        [{wire.SIGNATURE: wire.ARCHIVE, "assets": {}}],
        {wire.SIGNATURE: wire.RESOURCE, "urn": "urn:pulumi:test::story::my:Component::c"},
    ],
    ids=["asset", "archive", "component"],
)
def test_what_no_property_takes_is_refused(plugin: PluginHost, value: Any) -> None:
    """In one sentence."""
    said = refusal(lambda: plugin.check("MigrationHost", {**HOST, "networks": value}))
    assert "Traceback" not in said
    assert said.endswith(("takes one", "is meant"))


def test_a_fraction_and_a_null_in_a_list_are_refused_by_name(plugin: PluginHost) -> None:
    """Numbers are doubles on the wire."""
    checked = plugin.check("MigrationHost", {**HOST, "maximumStorageMigrations": 2.5, "networks": [None]})
    assert sorted(failures(checked)) == [
        ("maximumStorageMigrations", "maximumStorageMigrations must be a whole number, not 2.5"),
        ("networks[0]", "networks[0] must be a string, not null"),
    ]


def test_a_resource_in_place_of_its_id_is_its_id(plugin: PluginHost) -> None:
    """A program may pass the network itself."""
    reference = {wire.SIGNATURE: wire.RESOURCE, "urn": "u", "id": "hv01.lab.test/10.0.0.0/8"}
    checked = plugin.check("MigrationHost", {**HOST, "networks": [reference]})
    assert unpack(checked.inputs)["networks"] == ["hv01.lab.test/10.0.0.0/8"]


def test_a_secret_input_stays_one_in_whatever_tells_it(plugin: PluginHost, lab: Lab) -> None:
    """In the checked inputs, the state, and the outputs made of it."""
    plugin.configure(lab.configuration())
    checked = plugin.check("MigrationHost", {**HOST, "performanceOption": secret("SMB")})
    assert unpack(checked.inputs)["performanceOption"] == secret("SMB")
    _, state = plugin.create("MigrationHost", unpack(checked.inputs))
    wrapped = {name for name, value in state.items() if isinstance(value, dict) and wire.SIGNATURE in value}
    assert wrapped == {"performanceOption", "writtenSettings", "priorSettings"}


def test_a_check_failure_about_a_secret_never_prints_it(plugin: PluginHost) -> None:
    """Nor does it name the property, whose value the engine would print."""
    news = {"computerName": "hv01", "subnet": secret("10.98.76.5/24"), "priority": secret(-98765)}
    told = failures(plugin.check("MigrationNetwork", news))
    assert [name for name, _ in told] == ["", ""]
    assert [reason for _, reason in told if "98" in reason] == []


# Resources


def test_an_unknown_resource_is_named(plugin: PluginHost) -> None:
    """As of a program that is newer than this plugin."""
    said = refusal(lambda: plugin.check("MigrationCluster", {}))
    assert said.startswith("There is no resource hyperv-migration:index:MigrationCluster; it has MigrationHost, ")


def test_a_preview_sends_nothing(plugin: PluginHost, lab: Lab) -> None:
    """For all three resources, create and update."""
    plugin.configure(lab.configuration())
    for kind, inputs in (
        ("MigrationHost", HOST),
        ("MigrationNetwork", {"computerName": "hv01.lab.test", "subnet": "10.0.0.0/8"}),
        ("KerberosDelegation", {"source": "hv01.lab.test", "destinations": ["hv02.lab.test"]}),
    ):
        news = plugin.check(kind, inputs).inputs
        plugin.call("Create", provider_pb2.CreateRequest(urn=urn_of(kind), properties=news, preview=True))
        plugin.call("Update", provider_pb2.UpdateRequest(id="it", urn=urn_of(kind), olds=news, news=news, preview=True))
    assert sent(lab) == []


def test_only_a_positive_absence_is_an_empty_answer(plugin: PluginHost, lab: Lab) -> None:
    """What cannot be reached is an error, or a refresh would drop it from the state."""
    plugin.configure(lab.configuration())
    request = provider_pb2.ReadRequest(id="hv01.lab.test/10.0.0.0/8", urn=urn_of("MigrationNetwork"))
    assert plugin.call("Read", request) == provider_pb2.ReadResponse()
    lab.hosts["HV02"].stop_listening()
    other = provider_pb2.ReadRequest(id="hv02.lab.test/10.0.0.0/8", urn=urn_of("MigrationNetwork"))
    assert "hv02.lab.test cannot be reached" in refusal(lambda: plugin.call("Read", other))


def test_what_was_written_before_a_failure_comes_with_the_error(plugin: PluginHost, lab: Lab) -> None:
    """The engine stores it and calls Update in the next run; secrets in it are wrapped too."""
    plugin.configure(lab.configuration())
    hv01 = lab.hosts["HV01"]
    hv01.inject("reset-after", when={"method": "ModifyServiceSettings"})
    hv01.inject("refuse-connection", times=9, when={"operation": "connect", "after": 1})
    inputs = unpack(plugin.check("MigrationHost", {**HOST, "performanceOption": secret("SMB")}).inputs)
    with pytest.raises(RefusedError) as refused:
        plugin.create("MigrationHost", inputs)
    assert refused.value.partial is not None
    assert (refused.value.partial.id, refused.value.partial.inputs) == ("hv01.lab.test", inputs)
    assert refused.value.partial.properties["performanceOption"][wire.SIGNATURE] == wire.SECRET
    assert refused.value.partial.reasons == [str(refused.value)]
