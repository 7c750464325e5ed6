from __future__ import annotations

from contract.lab.client import NETWORK_SETTING, SERVICE, SERVICE_KEYS, SERVICE_SETTING, VIRTUALIZATION, Client
from hyperv_migration.lab.hosts.host import EmulatedHost


def test_every_message_is_written_down(client: Client, host: EmulatedHost) -> None:
    """Kind, namespace, class, method and query of each, in order; sign-ins apart."""
    host.add_network("10.0.0.0", 8)
    client.query(f"SELECT * FROM {SERVICE_SETTING}")
    client.pull(client.page(f"select * from {NETWORK_SETTING}").context or "", 5)
    client.get(SERVICE, SERVICE_KEYS)
    client.modify(AuthenticationType=1)
    received = host.journal.received()
    assert [(each.kind, each.class_name, each.method) for each in received] == [
        ("Enumerate", SERVICE_SETTING, ""),
        ("Enumerate", NETWORK_SETTING, ""),
        ("Pull", "*", ""),
        ("Get", SERVICE, ""),
        ("Invoke", SERVICE, "ModifyServiceSettings"),
    ]
    assert {each.namespace for each in received} == {VIRTUALIZATION}
    assert received[3].selectors == SERVICE_KEYS


def test_messages_are_counted_by_kind(client: Client, host: EmulatedHost) -> None:
    """The legs of the sign-in are no messages (DESIGN §5)."""
    client.query(f"SELECT * FROM {SERVICE_SETTING}")
    client.modify(AuthenticationType=1)
    assert host.journal.counts() == {"authentication": 3, "Enumerate": 1, "Invoke": 1, "messages": 2, "jobPolls": 0}


def test_one_sign_in_serves_many_messages(client: Client, host: EmulatedHost) -> None:
    """The connection is kept, and the journal shows it."""
    for _ in range(3):
        client.query(f"SELECT * FROM {SERVICE_SETTING}")
    assert len({each.connection for each in host.journal.received()}) == 1
    assert len(host.journal.received("authentication")) == 3


def test_answers_are_written_down(client: Client, host: EmulatedHost) -> None:
    """Status, fault and both texts in clear, for a test that wants to look closely."""
    client.modify(AuthenticationType=1)
    (received,) = host.journal.received("Invoke")
    assert (received.status, received.fault, "ModifyServiceSettings_INPUT" in received.body) == (200, None, True)
    assert "<p:ReturnValue>0</p:ReturnValue>" in received.answer


def test_counting_begins_anew(client: Client, host: EmulatedHost) -> None:
    """A test counts from where it wants to."""
    client.query(f"SELECT * FROM {SERVICE_SETTING}")
    host.journal.reset()
    assert host.journal.counts() == {"messages": 0, "jobPolls": 0}
