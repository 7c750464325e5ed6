"""What the directory says of itself to anybody, and what a client makes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import ldap3

from contract.embedded_directory.people import DOMAIN, Ldaps
from contract.embedded_directory.sealed_client import SealedClient

_PAGED, _PERMISSIVE = "1.2.840.113556.1.4.319", "1.2.840.113556.1.4.1413"


def test_ldap3_reads_the_root_dse_and_the_schema(ldaps: Ldaps) -> None:
    """An unmodified client finds contexts, mechanisms, controls and the attributes' syntaxes."""
    connection = ldaps(information=ldap3.ALL)
    server = connection.server

    assert server.info.other["defaultNamingContext"] == [DOMAIN]
    assert server.info.other["dnsHostName"] == "dc1.lab.test"
    assert server.info.supported_ldap_versions == ["3"]
    assert server.info.supported_sasl_mechanisms == ["GSS-SPNEGO"]
    assert {_PAGED, _PERMISSIVE} <= {row[0] for row in server.info.supported_controls}
    assert server.schema.attribute_types["msDS-AllowedToDelegateTo"].single_value is False
    assert server.schema.attribute_types["userAccountControl"].single_value is True
    assert "msDS-AllowedToDelegateTo" in server.schema.object_classes["user"].may_contain


def test_the_names_in_the_root_dse_lead_to_objects(admin: SealedClient) -> None:
    """serverName, dsServiceName and the naming contexts exist, and serverName leads to the DC's own account."""
    _, found = admin.search("", scope="BASE", attributes=["serverName", "dsServiceName", "namingContexts"])
    server = found[""]["serverName"][0].decode()

    for name in (server, *(each.decode() for each in found[""]["dsServiceName"] + found[""]["namingContexts"])):
        assert admin.search(name, scope="BASE", attributes=["cn"])[0] == 0
    _, entry = admin.search(server, scope="BASE", attributes=["serverReference", "dNSHostName"])
    assert entry[server]["dNSHostName"] == [b"dc1.lab.test"]
    account = entry[server]["serverReference"][0].decode()
    _, entry = admin.search(account, scope="BASE", attributes=["userAccountControl", "primaryGroupID"])
    assert entry[account] == {"userAccountControl": [b"532480"], "primaryGroupID": [b"516"]}


def test_the_clock_is_the_machines(client: SealedClient) -> None:
    """CurrentTime is now, in generalized time."""
    _, found = client.search("", scope="BASE", attributes=["currentTime"])

    told = datetime.strptime(found[""]["currentTime"][0].decode(), "%Y%m%d%H%M%S.0Z").replace(tzinfo=UTC)
    assert abs(datetime.now(UTC) - told) < timedelta(seconds=5)


def test_domain_controllers_are_found_as_on_windows(admin: SealedClient) -> None:
    """The PDC emulator's settings object is among the nTDSDSA objects that hold the domain."""
    _, head = admin.search(DOMAIN, scope="BASE", attributes=["fSMORoleOwner"])
    _, settings = admin.search(
        f"CN=Sites,CN=Configuration,{DOMAIN}",
        f"(&(objectClass=nTDSDSA)(msDS-hasMasterNCs={DOMAIN}))",
        attributes=["msDS-isRODC", "options"],
    )

    assert list(settings) == [head[DOMAIN]["fSMORoleOwner"][0].decode()]
    assert list(settings.values()) == [{"msDS-isRODC": [b"FALSE"], "options": [b"1"]}]
