"""The questions to a host that take a write: each on a network of nobody's, or on a number that is put back.

Asked only between `Undo.prepare` and `Undo.finish`; what a question leaves when it breaks off is theirs to find.
"""

from __future__ import annotations

from hyperv_migration.hyperv import classes
from hyperv_migration.live.doubts import NotAsked
from hyperv_migration.live.host_reading import Answer, judged
from hyperv_migration.live.subject import TEST_V4, TEST_V6, Answered, Subject, any_v6
from hyperv_migration.live.undo import LARGEST, another
from hyperv_migration.model.network import ALL_NETWORKS, USER_MANAGED
from hyperv_migration.wsman.cim import CimValue, EmbeddedInstance, Instance

_METRIC = 7
_INVALID_STATE = 32775
_DISABLED = "live migration is enabled on the host, and the question could interrupt it; ask where it is disabled"


def jobs(subject: Subject) -> Answer:
    """Add a network and look at what the method returns."""
    try:
        answered = subject.add(TEST_V4, metric=_METRIC)
    finally:
        subject.clear_test_networks()
    if not answered.done:
        raise NotAsked(f"the host refuses a network of the documentation range: {answered.said}")
    return judged(answered.returned == 0, f"AddNetworkSettings answered {answered.said}")


def instance_id(subject: Subject) -> Answer:
    """Add a network, change its metric, and see whether the id lasts."""
    with subject.test_network(metric=_METRIC) as entry:
        before = [each.instance_id for each in subject.networks()]
        changed = subject.modify(*_whole(entry, metric=_METRIC + 1))
        after = [each.instance_id for each in subject.networks()]
        shape = subject.shown(entry.required_text("InstanceID"))
    if not changed.done:
        raise NotAsked(f"the host refuses to change a network: {changed.said}")
    lasting = sorted(before) == sorted(after) and len(set(after)) == len(after)
    return judged(
        lasting, f"of the form {shape}; {'the same' if lasting else 'another one'} after the metric was changed"
    )


def duplicate_network(subject: Subject) -> Answer:
    """Add the same network twice."""
    with subject.test_network(metric=_METRIC):
        second = subject.add(TEST_V4, metric=_METRIC + 1)
        entries = len(subject.test_networks())
    return judged(not second.done and entries == 1, f"answered {second.said}; then {_counted(entries)}")


def bad_prefix(subject: Subject) -> Answer:
    """Add a network with host bits, and one with a prefix that no IPv4 address has."""
    host_bits, entries = _tried(subject, ("192.0.2.1", 24))
    too_long, more = _tried(subject, ("192.0.2.0", 33))
    seen = (
        f"192.0.2.1/24 answered {host_bits.said}, then {_counted(entries)}; "
        f"192.0.2.0/33 answered {too_long.said}, then {_counted(more)}"
    )
    return judged(not (host_bits.done or too_long.done or entries or more), seen)


def absent_reference(subject: Subject) -> Answer:
    """Remove a network that was just removed."""
    with subject.test_network(metric=_METRIC) as entry:
        identity = entry.required_text("InstanceID")
        first = subject.remove(identity)
        second = subject.remove(identity)
    if not first.done:
        raise NotAsked(f"the host refuses to remove a network: {first.said}")
    return judged(not second.done, f"the first removal answered {first.said}, the second {second.said}")


def normalise_v6(subject: Subject) -> Answer:
    """Add an IPv6 network in a spelling that no machine would choose."""
    with subject.test_network(TEST_V6, metric=_METRIC) as entry:
        spelled = entry.required_text("SubnetNumber")
    return judged(spelled == TEST_V6[0], f"{TEST_V6[0]} came back as {subject.shown(spelled)}")


def any_network_v6(subject: Subject) -> Answer:
    """Add the IPv6 half of the any-network pair where nothing can listen on it."""
    _where_disabled(subject)
    if any(any_v6(entry) for entry in subject.networks()):
        raise NotAsked("the host has an any-network pair already")
    try:
        answered = subject.add(("::0", 0), tag=ALL_NETWORKS)
        spelled = [entry.subnet_number for entry in subject.networks() if any_v6(entry)]
    finally:
        if ids := [entry.instance_id for entry in subject.networks() if any_v6(entry)]:
            subject.remove(*ids)
    if not spelled:
        raise NotAsked(f"the host did not add ::0/0: {answered.said}")
    return judged(spelled == ["::"], f"::0 came back as {subject.shown(', '.join(spelled))}")


def default_metric(subject: Subject) -> Answer:
    """Add a network without a metric."""
    with subject.test_network(metric=None) as entry:
        metric = entry.integer("Metric")
    return judged(metric == 0, f"the metric is {metric}")


def omitted_tags(subject: Subject) -> Answer:
    """Change a network's metric, and leave its tags out."""
    with subject.test_network(metric=_METRIC) as entry:
        without = [each for each in _whole(entry, metric=_METRIC + 1) if each[0] != "Tags"]
        changed = subject.modify(*without)
        tags = [each.texts("Tags") for each in subject.test_networks()]
    if not changed.done:
        return judged(False, f"a change without Tags is refused: {changed.said}")
    kept = tags == [(USER_MANAGED,)]
    return judged(kept, "the tags are kept" if kept else f"the tags are {subject.shown(str(tags))}")


def metric_limit(subject: Subject) -> Answer:
    """Give a network the greatest metric."""
    with subject.test_network(metric=_METRIC) as entry:
        changed = subject.modify(*_whole(entry, metric=LARGEST))
        metrics = [each.integer("Metric") for each in subject.test_networks()]
    return judged(changed.done and metrics == [LARGEST], f"answered {changed.said}; the metric is {metrics[0]}")


def maximum_limit(subject: Subject) -> Answer:
    """Set the number of storage migrations to the greatest value and to 0, and back."""
    found = classes.read_settings(subject.setting())["maximumStorageMigrations"]
    seen: list[str] = []
    as_assumed = True
    try:
        for value in (LARGEST, 0):
            answered = _write(subject, maximumStorageMigrations=value)
            kept = classes.read_settings(subject.setting())["maximumStorageMigrations"]
            as_assumed = as_assumed and answered.done and kept == value
            seen.append(f"{value} answered {answered.said}, then it is {'what it was' if kept == found else kept}")
    finally:
        _write(subject, maximumStorageMigrations=found)
    return judged(as_assumed, "; ".join(seen))


def omitted_settings(subject: Subject) -> Answer:
    """Send an instance with one property, after another was moved off its out-of-box value."""
    _where_disabled(subject)
    setting = subject.setting()
    found = classes.read_settings(setting)
    other = another(int(found["maximumStorageMigrations"]))
    try:
        moved = _write(subject, maximumStorageMigrations=other)
        if not moved.done:
            raise NotAsked(f"the host refuses {other} storage migrations: {moved.said}")
        partial = EmbeddedInstance(
            class_name=classes.SERVICE_SETTING,
            properties=[
                ("InstanceID", "string", setting.required_text("InstanceID")),
                ("MaximumActiveVirtualSystemMigration", "uint32", found["maximumVirtualMachineMigrations"]),
            ],
        )
        answered = subject.call("ModifyServiceSettings", {"ServiceSettingData": partial})
        after = classes.read_settings(subject.setting())
    finally:
        _write(subject, **found)
    if not answered.done:
        return judged(False, f"an instance with one property is refused: {answered.said}")
    lost = [name for name, value in {**found, "maximumStorageMigrations": other}.items() if after.get(name) != value]
    return judged(not lost, f"not kept: {', '.join(lost)}" if lost else "everything that was left out is kept")


def enable_outside_domain(subject: Subject) -> Answer:
    """Try to enable live migration on a computer that is in no domain."""
    if subject.facts.domain_joined:
        raise NotAsked("the host is in a domain")
    _where_disabled(subject)
    try:
        answered = _write(subject, enabled=True)
    finally:
        if classes.read_settings(subject.setting())["enabled"]:
            _write(subject, enabled=False)
    return judged(answered.returned == _INVALID_STATE, f"answered {answered.said}")


def _tried(subject: Subject, subnet: tuple[str, int]) -> tuple[Answered, int]:
    try:
        answered = subject.add(subnet, metric=_METRIC)
        return answered, len(subject.test_networks())
    finally:
        subject.clear_test_networks()


def _where_disabled(subject: Subject) -> None:
    if classes.read_settings(subject.setting()).get("enabled") is not False:
        raise NotAsked(_DISABLED)


def _write(subject: Subject, **changes: object) -> Answered:
    instance = classes.write_settings(subject.setting(), changes)
    return subject.call("ModifyServiceSettings", {"ServiceSettingData": instance})


def _whole(entry: Instance, *, metric: int) -> list[tuple[str, str, CimValue]]:
    network = classes.read_network(entry)
    return list(
        classes.write_network(
            subnet_number=network.subnet_number,
            prefix_length=network.prefix_length,
            metric=metric,
            tags=network.tags,
            instance_id=network.instance_id,
        ).properties
    )


def _counted(entries: int) -> str:
    return {0: "none is listed", 1: "one is listed"}.get(entries, f"{entries} are listed")
