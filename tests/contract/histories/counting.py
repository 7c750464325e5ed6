"""How many histories are played and from which seed, and how many have been."""

from __future__ import annotations

import os
from collections import Counter

from hypothesis import HealthCheck, settings

EXPLORE = bool(os.environ.get("HISTORIES"))
"""HISTORIES=n plays about n new histories; without it the same thousand are played each time."""
WANTED = int(os.environ.get("HISTORIES") or "1000")
PATIENCE = max(300, WANTED)
"""Seconds a test of histories may take."""

EMBEDDED_KIND, SAMBA_KIND, HOSTS_KIND = "delegation on the embedded directory", "on Samba", "hosts"
played: Counter[str] = Counter()
"""By kind, in the words in which they are counted at the end of the run."""


def histories(share: float) -> settings:
    """Return the settings of a test that plays this share of all histories."""
    return settings(
        max_examples=max(1, round(WANTED * share)),
        derandomize=not EXPLORE,
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
    )
