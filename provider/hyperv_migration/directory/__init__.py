"""The directory port: computer accounts and replication of an Active Directory domain, over LDAP by ldap3 and pyspnego.

`directory.port.Directory` is what the rest of the provider sees; it loads ldap3 when it is first used.
"""
