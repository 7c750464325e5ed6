"""CIM values as WinRM prints them and as CIM-XML carries them (hyperv-wsman.md §3.3, §3.4)."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperv_migration.model.errors import ProtocolViolation
from hyperv_migration.wsman.cim import EmbeddedInstance, EndpointReference, Instance, cim_text, read_instance, split_tag
from support.wsman_answers import E2_INSTANCE, E5, E8, E9, JOB, SETTING, body_element


def _read(body: str) -> Instance:
    return read_instance(body_element(body)[0])


def _of(**values: Any) -> Instance:
    return Instance(class_name="Some", resource_uri="urn:some", values=values)


def test_setting_instance_is_read_by_type() -> None:
    """E2: an optimised answer's instance, with a localised caption that nobody looks at."""
    instance = _read(E2_INSTANCE)
    assert (instance.class_name, instance.resource_uri) == ("Msvm_VirtualSystemMigrationServiceSettingData", SETTING)
    assert instance.text("InstanceID") == "Microsoft:HV01"
    assert instance.integer("MaximumActiveStorageMigration") == 2
    assert (instance.boolean("EnableCompression"), instance.boolean("EnableSmbTransport")) == (True, False)


def test_null_and_absent_are_none() -> None:
    """A null scalar is there with xsi:nil, a null array is not there at all (§3.3)."""
    instance = _read(E2_INSTANCE)
    assert [instance.text("Description"), instance.text("MigTdHash")] == [None, None]
    assert (instance.integer("Description"), instance.boolean("Description"), instance.reference("Description")) == (
        None, None, None,
    )  # fmt: skip
    assert instance.texts("MigTdHash") == ()


def test_array_of_many_and_array_of_one_are_arrays() -> None:
    """Hosts print an array of one like a scalar (§3.3): who asks for an array gets one, in the host's order."""
    service = _read(E5)
    assert service.texts("MigrationServiceListenerIPAddressList") == ("192.168.10.11", "fe80::1c2:3")
    assert service.texts("OperationalStatus") == ("2",)


def test_datetime_and_interval_are_their_inner_text() -> None:
    """E9: absolute times and intervals stand in an element of their own."""
    job = _read(E9)
    assert (job.text("StartTime"), job.text("ElapsedTime")) == ("2026-01-05T08:00:00.125Z", "P0DT0H0M1.25S")


def test_job_reference_is_kept_as_it_came() -> None:
    """E8: address and selectors are echoed back unchanged in the Get, the namespace selector too (§3.5)."""
    assert _read(E8).reference("Job") == EndpointReference(
        resource_uri=JOB,
        selectors={"InstanceID": "9C0E1F3A-0000-4000-8000-00000000BEEF", "__cimnamespace": "root/virtualization/v2"},
    )


def test_derived_class_is_named_for_itself() -> None:
    """A query for a base class returns elements of derived ones (§3.3)."""
    derived = '<p:Msvm_StorageJob xmlns:p="urn:derived"><p:JobState>7</p:JobState></p:Msvm_StorageJob>'
    assert (_read(derived).class_name, _read(derived).resource_uri) == ("Msvm_StorageJob", "urn:derived")


def test_empty_string_is_no_null() -> None:
    """An empty element without xsi:nil is an empty string."""
    assert _read('<p:X xmlns:p="urn:x"><p:Name/></p:X>').text("Name") == ""


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("TRUE", True), (" true ", True), ("1", True), ("false", False), ("0", False)]
)
def test_boolean_is_read_in_every_xml_spelling(text: str, value: bool) -> None:
    """XML Schema allows words and digits."""
    assert _of(Flag=[text]).boolean("Flag") is value


def test_value_of_another_type_is_a_protocol_violation() -> None:
    """A wrong answer is not believed, and the message names class and property, not the value."""
    reference = EndpointReference(resource_uri=JOB)
    instance = _of(Flag=["yes"], Number=["many"], Long=["9" * 5000], Job=[reference])
    with pytest.raises(ProtocolViolation, match="Some.Flag is no boolean"):
        instance.boolean("Flag")
    for name in ("Number", "Long"):
        with pytest.raises(ProtocolViolation, match=f"Some.{name} is no integer"):
            instance.integer(name)
    with pytest.raises(ProtocolViolation, match="Some.Job is a reference"):
        instance.text("Job")
    with pytest.raises(ProtocolViolation, match="Some.Name is missing"):
        instance.required_text("Name")


def test_reference_without_an_address_is_a_protocol_violation() -> None:
    """A job that cannot be asked for is no answer."""
    broken = E8.replace(f"<w:ResourceURI>{JOB}</w:ResourceURI>", "")
    with pytest.raises(ProtocolViolation, match="no ResourceURI"):
        _read(broken)


def test_value_is_no_reference() -> None:
    """Whoever asks for a reference and finds text finds none."""
    assert _of(Job=["text"]).reference("Job") is None


@pytest.mark.parametrize(("value", "text"), [(True, "true"), (False, "false"), (0, "0"), (4294967295, "4294967295")])
def test_scalar_is_spelled_as_cim_xml_has_it(value: bool | int, text: str) -> None:
    """Booleans are lower case, numbers decimal (§3.4)."""
    assert cim_text(value) == text


def test_embedded_instance_is_the_recorded_document() -> None:
    """E10: scalars as PROPERTY, arrays as PROPERTY.ARRAY, each with its CIM type."""
    instance = EmbeddedInstance(
        class_name="Msvm_VirtualSystemMigrationNetworkSettingData",
        properties=[
            ("SubnetNumber", "string", "fd00:10::"),
            ("PrefixLength", "uint8", 64),
            ("Metric", "uint32", 20),
            ("Tags", "string", ("Microsoft:UserManaged",)),
        ],
    )
    assert instance.cim_xml() == (
        '<INSTANCE CLASSNAME="Msvm_VirtualSystemMigrationNetworkSettingData"><PROPERTY NAME="SubnetNumber" TYPE="string">'
        '<VALUE>fd00:10::</VALUE></PROPERTY><PROPERTY NAME="PrefixLength" TYPE="uint8"><VALUE>64</VALUE></PROPERTY>'
        '<PROPERTY NAME="Metric" TYPE="uint32"><VALUE>20</VALUE></PROPERTY><PROPERTY.ARRAY NAME="Tags" TYPE="string">'
        "<VALUE.ARRAY><VALUE>Microsoft:UserManaged</VALUE></VALUE.ARRAY></PROPERTY.ARRAY></INSTANCE>"
    )


@given(
    text=st.text(st.characters(min_codepoint=0x20, blacklist_categories=["Cs"], blacklist_characters="\ufffe\uffff"))
    | st.sampled_from(["]]>", "a\r\nb", " ", "\t", "<VALUE>", "&amp;", "\u202eשלום", "東京", "'\"`$"])
)
def test_cim_xml_brings_any_text_back(text: str) -> None:
    """A plain XML parser reads what was written, whatever it was."""
    document = ET.fromstring(EmbeddedInstance(class_name="X", properties=[("N", "string", text)]).cim_xml())
    assert (document.findtext("PROPERTY/VALUE") or "") == text


@pytest.mark.parametrize(
    ("tag", "parts"), [("{urn:x}Name", ("urn:x", "Name")), ("Name", ("", "Name")), ("{}Name", ("", "Name"))]
)
def test_tag_is_split_into_namespace_and_name(tag: str, parts: tuple[str, str]) -> None:
    """Names are compared without their prefix, which is the server's own choice."""
    assert split_tag(tag) == parts
