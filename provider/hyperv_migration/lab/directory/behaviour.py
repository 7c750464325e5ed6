"""Where domain controllers differ from each other, as switches."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """How this domain controller answers where Windows and Samba, or two policies of Windows, are not alike.

    The defaults are Windows with its default LDAP policies and 8 KB database pages.
    """

    values_ignore_case: bool = True
    """Adding a value that is there in other case is refused with 20; Samba stores both (active-directory.md, 78)."""
    max_page_size: int | None = 1000
    """Entries of one answer before sizeLimitExceeded (active-directory.md, 88); Samba has no such limit."""
    max_value_range: int | None = 1500
    """Values of one attribute in one answer; the rest is read by ``;range=`` (active-directory.md, 88)."""
    max_values: int | None = 1250
    """Values an attribute that is not linked can hold: about this on 8 KB pages, 3,200 on 32 KB (13)."""
    root_references: bool = True
    """A subtree search from the domain's root answers three searchResRef beside the entries (89)."""
    foreign_base_is_referral: bool = True
    """A base outside this domain controller's naming contexts answers 10; Samba says 32 (87)."""
    forgives_idle_swap: bool = False
    """Samba answers 0 when a stale value is swapped for the one that is there already (83)."""
    unknown_account_bits_are_kept: bool = False
    """Samba stores bits of userAccountControl that have no meaning (86)."""
    shows_replication_metadata: bool = True
    """replPropertyMetaData and replUpToDateVector, which an access list may hide from whoever asks (directory-estate, 25)."""
    replication_metadata_as_text: bool = True
    """msDS-ReplAttributeMetaData is constructed; Samba leaves it empty (61)."""
    offers_who_am_i: bool = True
    """The "Who am I?" operation; Samba has none (90)."""
    read_only: bool = False
    """A read-only domain controller: a write that would be allowed is referred to a writable one with 10 (65)."""


ACTIVE_DIRECTORY = Behaviour()
SAMBA = Behaviour(
    values_ignore_case=False,
    max_page_size=None,
    max_value_range=None,
    max_values=None,
    foreign_base_is_referral=False,
    forgives_idle_swap=True,
    unknown_account_bits_are_kept=True,
    replication_metadata_as_text=False,
    offers_who_am_i=False,
)
