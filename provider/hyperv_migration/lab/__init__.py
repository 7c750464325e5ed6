"""Emulated Hyper-V hosts and an embedded directory on real sockets: the offline trial and the tests' counterpart.

Nothing here imports the provider's own WS-Man or LDAP client: an emulator that shared its client's code would agree
with the client's mistakes.
"""
