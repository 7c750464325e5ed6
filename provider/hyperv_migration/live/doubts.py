"""What nobody here has seen on Windows, one question each; docs/fidelity.md lists the same ids. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What came of a question."""

    CONFIRMED = "confirmed"
    """Windows does what was assumed."""
    REFUTED = "refuted"
    """Windows does something else; `Doubt.either_way` says what that means."""
    NOT_ASKED = "not asked"


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """One open question, whose answer the code does not lean on."""

    id: str
    question: str
    assumed: str
    """What the emulated host does unless told otherwise; the verdict is about this."""
    either_way: str
    """What the provider does, whatever the answer is."""
    source: str


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The answer to one question; `seen` holds no name."""

    doubt: Doubt
    verdict: Verdict
    seen: str
    """What was seen, or why nothing was asked."""


class NotAsked(Exception):
    """A question cannot be put here; the text says why."""


HOST_DOUBTS = (
    Doubt(
        id="instance-id",
        question="Is the InstanceID of a migration network distinct, and does it last when the network is changed?",
        assumed="it is distinct and lasts, whatever its format is",
        either_way="reads it and hands it back; never builds or parses one",
        source="hyperv-wsman.md §10.1",
    ),
    Doubt(
        id="jobs",
        question="Do the settings methods answer at once with 0, or with a job?",
        assumed="0, at once",
        either_way="takes both; jobs are polled to their end or the deadline",
        source="hyperv-wsman.md §10.2, §1.2",
    ),
    Doubt(
        id="duplicate-network",
        question="What does AddNetworkSettings answer to a subnet that is there already?",
        assumed="it refuses by a number",
        either_way="lists before it adds and reads back afterwards; any number but 0 and 4096 is a failure",
        source="hyperv-wsman.md §10.2",
    ),
    Doubt(
        id="bad-prefix",
        question="What does AddNetworkSettings answer to host bits beyond the prefix, or to a prefix of 33?",
        assumed="it refuses both by a number",
        either_way="refuses such subnets before anything is sent",
        source="hyperv-wsman.md §10.2",
    ),
    Doubt(
        id="absent-reference",
        question="What does RemoveNetworkSettings answer to a network that is gone?",
        assumed="it refuses by a number",
        either_way="lists before it removes and reads back afterwards",
        source="hyperv-wsman.md §10.2",
    ),
    Doubt(
        id="omitted-settings",
        question="Does ModifyServiceSettings keep properties that the instance leaves out?",
        assumed="they are kept",
        either_way="sends the complete instance it has just read, overlaid by the changes, as the cmdlets do",
        source="hyperv-wsman.md §10.3",
    ),
    Doubt(
        id="not-found-detail",
        question="What stands in the detail of the fault for an absent class, namespace or instance?",
        assumed="subcode DestinationUnreachable, with a WSManFault as its detail",
        either_way="the subcode decides first, numbers of either kind of detail second; none is needed",
        source="hyperv-wsman.md §10.4",
    ),
    Doubt(
        id="missing-namespace",
        question="By which number does a query fail in a namespace that is not there?",
        assumed="invalid namespace: CIM status 3, 0x8004100E",
        either_way="takes that for absent; of anything else, asks the namespace above whether it lists this one",
        source="hyperv-wsman.md §3.6",
    ),
    Doubt(
        id="listener-addresses",
        question="Does the service list addresses that lie in none of the networks that are configured?",
        assumed="it lists the host's usable addresses, whatever is configured",
        either_way="an empty list before a network is configured proves nothing; the list is read again after each write",
        source="hyperv-wsman.md §1.2",
    ),
    Doubt(
        id="any-network-v6",
        question="How does ::0/0, as the cmdlet writes it, come back?",
        assumed="as ::",
        either_way="compares parsed addresses, never text",
        source="hyperv-wsman.md §10.5",
    ),
    Doubt(
        id="normalise-v6",
        question="Does another IPv6 subnet come back as it was given?",
        assumed="letter for letter",
        either_way="compares parsed addresses, never text",
        source="hyperv-wsman.md §10.5",
    ),
    Doubt(
        id="default-metric",
        question="Which metric has a network that was added without one?",
        assumed="0",
        either_way="leaves an undeclared metric out and keeps what is read back",
        source="hyperv-wsman.md §10.6",
    ),
    Doubt(
        id="omitted-tags",
        question="Does ModifyNetworkSettings keep the tags when they are left out?",
        assumed="they are kept",
        either_way="sends the whole entry with its tags",
        source="hyperv-wsman.md §10.6",
    ),
    Doubt(
        id="maximum-limit",
        question="Does MaximumActiveStorageMigration take 4294967295 and 0?",
        assumed="it takes both",
        either_way="takes 0 to 4294967295; a refusal is shown with its number, and nothing is believed that is not read back",
        source="hyperv-wsman.md §10.7",
    ),
    Doubt(
        id="metric-limit",
        question="Does a network's Metric take 4294967295?",
        assumed="it does",
        either_way="takes 0 to 4294967295; a refusal is shown with its number, and nothing is believed that is not read back",
        source="hyperv-wsman.md §10.7",
    ),
    Doubt(
        id="sender-fault-status",
        question="Which HTTP status has a fault whose code is s:Sender?",
        assumed="500",
        either_way="reads the SOAP body whatever the status is",
        source="hyperv-wsman.md §10.8",
    ),
    Doubt(
        id="context-at-end",
        question="Does a complete answer still carry an enumeration context?",
        assumed="it does not",
        either_way="EndOfSequence ends it, with or without",
        source="hyperv-wsman.md §10.9",
    ),
    Doubt(
        id="hyperv-administrators",
        question="Do Hyper-V Administrators and Remote Management Users suffice, without Administrators?",
        assumed="they do",
        either_way=(
            "nothing is concluded from what a list lacks unless the service shows itself after it, on the same connection; "
            "messages name the groups"
        ),
        source="hyperv-wsman.md §10.10",
    ),
    Doubt(
        id="enable-outside-domain",
        question="By which number does enabling fail on a computer that is in no domain?",
        assumed="32775, invalid state",
        either_way="refused before anything is sent, from the domain membership that was read",
        source="hyperv-wsman.md §2.5",
    ),
)

DIRECTORY_DOUBTS = (
    Doubt(
        id="delegation-spelling",
        question="Are there entries of msDS-AllowedToDelegateTo that no account has as its SPN in exactly this spelling?",
        assumed="there are none",
        either_way="compares without case; removes values as they are spelled in the directory",
        source="active-directory.md, 160",
    ),
    Doubt(
        id="replication-metadata",
        question="Does msDS-ReplAttributeMetaData say when and where an attribute was written?",
        assumed="it does, beside replPropertyMetaData",
        either_way=(
            "tells lag from drift by replPropertyMetaData where it may be read; without it only the domain controllers that "
            "were seen with the change are believed"
        ),
        source="active-directory.md, 60 and 61",
    ),
    Doubt(
        id="account-control-swap",
        question="Is a swap of userAccountControl honoured: the stale one refused, the fresh one done?",
        assumed="it is, as RFC 4511 4.6 says and Samba does",
        either_way=(
            "if the swap is refused although the value read again is the expected one, one plain replace is sent, with a "
            "warning"
        ),
        source="active-directory.md, 156",
    ),
    Doubt(
        id="result-50",
        question="Which Windows number stands behind LDAP result 50 for the missing right to enable delegation?",
        assumed="00000522 or 00002098",
        either_way="decides on 50 alone, shows the number",
        source="active-directory.md, 155",
    ),
    Doubt(
        id="resource-based",
        question="Does live migration between hosts work with resource-based delegation only?",
        assumed="not known",
        either_way="not offered",
        source="active-directory.md, 157",
    ),
    Doubt(
        id="ticket-cache",
        question="Does a Windows KDC cache delegation?",
        assumed="only clients do",
        either_way="newTicketNeeded is set after every change",
        source="active-directory.md, 159",
    ),
    Doubt(
        id="cluster-account",
        question="Which account carries delegation in a cluster?",
        assumed="not known",
        either_way="cluster nodes are refused",
        source="active-directory.md, 163",
    ),
    Doubt(
        id="vmms-events",
        question="What do the events 16413, 20413, 20414 and 22038 mean?",
        assumed="not known",
        either_way="not in the error catalogue",
        source="active-directory.md, 158",
    ),
)

DOUBTS = (*HOST_DOUBTS, *DIRECTORY_DOUBTS)
