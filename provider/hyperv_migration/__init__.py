"""Hyper-V live migration between hosts outside a failover cluster: everything behind the Pulumi engine."""

__version__ = "0.1.0"
