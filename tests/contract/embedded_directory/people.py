"""The people of the tests' domain, and how its objects are called."""

from __future__ import annotations

from collections.abc import Callable

import ldap3

ADMIN, OPERATOR, READER = "lab-admin", "operator", "reader"
PASSWORD = "Sword:fish 1"
DOMAIN = "DC=lab,DC=test"
MIGRATION = "Microsoft Virtual System Migration Service"

Ldaps = Callable[..., ldap3.Connection]
"""Makes ldap3 connections over verified LDAPS; without a user they are the administrator's."""


def name_of(computer: str) -> str:
    """Give the distinguished name of a member server."""
    return f"CN={computer},CN=Computers,{DOMAIN}"
