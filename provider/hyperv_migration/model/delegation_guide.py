"""What an administrator should know of a KerberosDelegation beside its properties."""

from __future__ import annotations

from hyperv_migration.model.guide import Guide

DELEGATION_GUIDE = Guide(
    example={"source": "hv01.corp.example", "destinations": ["hv02.corp.example"]},
    identity="the source's objectGUID: a new account of the same name is another one, and is not touched",
    import_id=(
        "Any name of the source: short name, FQDN, sAMAccountName, distinguished name or objectGUID. A destination is "
        "listed if all its entries are there. Nothing counts as added, so destroy leaves the account as it is, unless "
        "onDestroy says RemoveDeclared."
    ),
    replacement=(
        "Another source account: the new delegation is made first, and the old one taken back afterwards. Another spelling "
        "of source or destinations is no difference. Other destinations or services are an update in place."
    ),
    refusals=(
        "a name is no computer account of the domain, or several, or directory.baseDn hides it",
        "a destination is the source itself, is named twice, or has no dNSHostName",
        (
            "a service principal name is on no account, on two, or on another than the destination's (for `cifs`, its HOST alias "
            "counts)"
        ),
        "the source is disabled, or is a domain controller",
        "a destination is a domain controller, also a read-only one (lifted by allowDomainController)",
        "a destination is disabled",
        "the source is trusted for unconstrained delegation (lifted by replaceUnconstrained)",
        "protocolTransition is false beside entries of others that have it, unless this resource gave it to them",
        "the list would grow beyond 1,000 entries",
        "the domain controller that answers does not have the last change of the source, and does not get it in time",
        "a create finds entries or flags there already, and another domain controller of waitForReplication shows otherwise",
        "the directory answers result 50: the message says which right is missing",
    ),
    warnings=(
        "a destination is a domain controller or disabled, and its entries are there already: they stay",
        "the source is marked as sensitive, and the KDC refuses it every delegation",
        "entries of others were Kerberos only, and get protocol transition along with ours",
        "a refresh finds a destination renamed, gone or made anew, or one of its names on two accounts",
        "a domain controller could not be asked whether it has the change",
        "a domain controller of another site does not have the change yet: the warning says by when it is expected",
        "a refresh asks a domain controller that does not have the last change yet: the state stays as it was",
        "a refresh asks a domain controller that does not have the last change yet, and what it shows fits the state",
        "a create finds entries or flags there already, and another domain controller could not be asked: they could be old",
        "a domain controller was restored and has lost the last change: what was added stays in the state",
        "a change made on another domain controller replaced this one, which is then written once more",
        "tickets could not be purged: the message has the command to run by hand",
        "destroy leaves protocol transition on, or unconstrained delegation off, because entries of others need it so",
    ),
    remarks=(
        (
            "What it grants",
            (
                "`cifs` with protocol transition lets the source open file shares of the destinations as any user "
                "who is not marked as sensitive or in Protected Users. Leave `cifs` out of `services` where only memory moves. "
                "Protocol transition is of the whole account: it holds for entries of others on it too. Where this resource has "
                "set it, and the entries of others were there before, protocolTransition false takes it back from them."
            ),
        ),
        (
            "One write",
            (
                "An operation is one LDAP modify on one domain controller, the PDC emulator unless configured: the "
                "missing entries, and userAccountControl as a swap of the value that was read, so that nothing others write "
                "meanwhile is lost."
            ),
        ),
        (
            "Replication",
            (
                "The operation ends when the domain controllers that waitForReplication means show the change. Those that "
                "lag are asked to fetch the account at once, where the account in use may ask that. One in another site "
                "than the one written to is no failure: it is told in a warning, and it is not waited for where the "
                "site links say that the change cannot come in time. pendingReplication names those that were late; the next "
                "up or refresh completes it. A destroy that has written and then fails in this wait leaves the delegation in "
                "Pulumi's state: run the same command again, or, to keep the delegation instead, run up with --refresh, since "
                "an up without it sees no difference."
            ),
        ),
        (
            "A domain controller that lags",
            (
                "The state knows by which writes the account is as it is (writtenTo). A domain controller that has not received "
                "them is not believed: a refresh there changes nothing and warns, an up or a destroy there waits until "
                "replicationTimeout is over, and then fails with nothing written. The message names the domain controllers "
                "that have the change. Where the account in use may not read replication metadata, only the domain "
                "controllers in domainController and replicatedTo are believed."
            ),
        ),
        (
            "What a create finds",
            (
                "What is there already counts as set up by others and stays at a destroy, so an old view must not pass for it. "
                "Where a destroy was not seen on every writable domain controller, this machine notes its write for the stack, "
                "and the next create of the source waits for it as an update does. On another machine the domain controllers "
                "that waitForReplication means are asked about what was found: with another view on one of them the create "
                "fails with nothing written; one that does not answer, or is in another site and late, is told in a warning. "
                "With None nobody else is asked."
            ),
        ),
        (
            "Tickets",
            (
                "A change counts for new tickets. purgeTickets purges those of the source's two system accounts in a command "
                "shell over WinRM, once the change has reached the domain controllers waited for; the account must be an "
                "administrator there, and a failure is a warning that names the step by hand. newTicketNeeded says whether the "
                "step is still due."
            ),
        ),
        (
            "Renames",
            (
                "Entries are names, so a refresh looks every destination up again. One that was renamed is shown as a change "
                "of destinations: the next up lists its present names and takes away the former ones that were added. A name in "
                "the program that no account has any more means the account it stood for. One that a new account has means the "
                "new account: the next up moves the delegation to it. One that is gone keeps its entries "
                "until it is taken out of destinations: they count for whoever is given these names."
            ),
        ),
        ("Direction", "A delegation goes one way. For migrations in both directions declare two, or a MigrationPair."),
        (
            "Sharing",
            (
                "Two resources, also of two stacks, may share a source: each removes only what it added, and waits for its own "
                "entries only. If two stacks declare the same entry, it belongs to the one that wrote it first: the destroy of "
                "that stack removes the entry, the other stack shows this as drift at its next refresh, and its next up writes "
                "the entry again as its own."
            ),
        ),
    ),
)
