"""What nobody has seen on a real host, and what an administrator may set differently: switchable for each host.

The open doubts are listed in hyperv-wsman.md §10. A client is tested both ways, so that it leans on no guess.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

INVALID_PARAMETER = 32773
INVALID_STATE = 32775


@dataclass(frozen=True, kw_only=True)
class Options:
    """The guesses and the WinRM settings of one host; the defaults are what the fact sheet expects."""

    instance_id: Literal["kept", "renewed"] = "kept"
    """What ModifyNetworkSettings does to the InstanceID of an entry (§10.1)."""
    any_network_v6: str = "::"
    """How ``::0``/0 comes back; ``::0`` is the other spelling, an empty text keeps what was given (§10.5)."""
    normalise_v6: bool = False
    """Whether other v6 subnets come back in RFC 5952 form rather than as given (§10.5)."""
    duplicate_network: int = INVALID_PARAMETER
    """Return code for a subnet that is there already; 0 makes a second entry (§10.2)."""
    bad_prefix: int = INVALID_PARAMETER
    """Return code for host bits or a prefix out of range; 0 takes it as it is (§10.2)."""
    absent_reference: int = INVALID_PARAMETER
    """Return code when an entry to remove is not there; 0 pretends that it was (§10.2)."""
    enable_outside_domain: int = INVALID_STATE
    """Return code for enabling on a workgroup computer; 32768 is the other candidate (§2.5)."""
    omitted_settings: Literal["keep", "reset"] = "keep"
    """What ModifyServiceSettings does with properties that the instance leaves out (§10.3)."""
    omitted_tags: Literal["keep", "clear"] = "keep"
    """What ModifyNetworkSettings does when Tags is left out (§10.6)."""
    default_metric: int = 0
    """Metric of a network that was added without one (§10.6)."""
    maximum_limit: int = 0xFFFFFFFF
    """Greatest value the two Max… settings take; beyond it 32773 (§10.7)."""
    metric_limit: int = 0xFFFFFFFF
    """Greatest Metric of a network; beyond it 32773 (§10.7)."""
    not_found_detail: Literal["WSManFault", "MSFT_WmiError", "none"] = "WSManFault"
    """What stands in the detail of a DestinationUnreachable fault (§10.4)."""
    missing_namespace: Literal["invalid-namespace", "filter"] = "invalid-namespace"
    """What WQL in a namespace that is not there is answered: WMI's own number, or the one of a bad filter (§3.6, E13)."""
    not_ready: Literal["empty", "not-found", "class-missing", "invalid-query", "bare"] = "empty"
    """What the classes of Hyper-V answer while vmms does not run (§7 pitfall 24)."""
    listener_addresses: Literal["usable", "configured"] = "usable"
    """What MigrationServiceListenerIPAddressList holds: the host's usable addresses, or those in configured networks."""
    sender_fault_status: int = 500
    """HTTP status of faults whose code is s:Sender; 400 is allowed by DSP0226 (§10.8)."""
    context_at_end: bool = False
    """Whether an optimised answer that is complete still carries a context (§10.9)."""
    localised: Literal["en", "ja"] = "en"
    """Language of captions and of fault and job texts (§7 pitfall 5)."""
    allow_negotiate: bool = True
    """Whether WinRM takes Negotiate (§3.7); without it Kerberos is offered only, to a host with a keytab."""
    allow_certificate: bool = False
    """Whether WinRM asks for client certificates over https, and takes those of the lab's authority (§3.7)."""
    allow_basic: bool = False
    """Whether WinRM takes Basic (§3.7)."""
    allow_unencrypted: bool = False
    """Whether WinRM takes clear messages over http (§3.7)."""
    max_envelope_size: int = 500 * 1024
    """The server's own ceiling (§3.8)."""
    enumeration_timeout: float = 240.0
    """Seconds an enumeration context lives unused (§3.8)."""
    max_shells_per_user: int = 30
    """MaxShellsPerUser of winrm/config/winrs; beyond it 2150859173."""
    shell_idle_timeout: float = 7200.0
    """Seconds a command shell lives unused; a client may ask for less (MS-WSMV 2.2.4.37)."""
    latency: float = 0.0
    """Seconds each answer is on its way, as over a distance; a connection is made without."""
    job_polls: int = 2
    """Polls a job takes until it has ended, where the host answers with jobs."""
    job_seconds: float = 1.0
    """Seconds after which a job has ended though nobody asked."""
    job_removal: float = 300.0
    """Seconds a finished job can be read (§1.7)."""
