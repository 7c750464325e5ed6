"""A directory on loopback that answers as an Active Directory domain controller does to a writer of delegation.

It speaks LDAP v3 on real sockets: sealed GSS-SPNEGO, LDAPS and StartTLS binds, searches with paging and value ranges,
atomic modifies with the result codes of active-directory.md §7. It has no Kerberos, no access control lists and no
replication but one way, to a second one of its kind (`replication`); docs/fidelity.md says what that means for a test.
"""

from hyperv_migration.lab.directory.behaviour import ACTIVE_DIRECTORY, SAMBA, Behaviour
from hyperv_migration.lab.directory.server import EmbeddedDirectory

__all__ = ["ACTIVE_DIRECTORY", "SAMBA", "Behaviour", "EmbeddedDirectory"]
