// Two Hyper-V hosts that move virtual machines to each other, their file server, and a second network of the first host.
//
// Hosts and networks come from the stack's configuration, so the same program runs on the lab and on real hosts.

import * as pulumi from "@pulumi/pulumi";
import * as hyperv from "@hyperv-migration.invalid/pulumi-hyperv-migration";

const config = new pulumi.Config();
const names = config.requireObject<string[]>("hosts");

const pair = new hyperv.MigrationPair("pair", {
    hosts: names,
    networks: config.requireObject<string[]>("networks"),
    authenticationType: hyperv.AuthenticationType.Kerberos,
    performanceOption: hyperv.PerformanceOption.Compression,
});

// The disks of some virtual machines lie on a file server, which the first host opens for whoever starts a migration.
const storageDelegation = new hyperv.KerberosDelegation(
    "storage",
    {
        source: names[0],
        destinations: [config.require("fileServer")],
        services: ["cifs"],
        waitForReplication: hyperv.ReplicationWait.AllWritable,
        onDestroy: hyperv.DelegationTeardown.RemoveAdded,
    },
    { dependsOn: [pair] },
);

const backupNetwork = new hyperv.MigrationNetwork("backup", {
    computerName: names[0],
    subnet: "10.0.60.0/24",
    priority: 100,
    onDestroy: hyperv.NetworkTeardown.Remove,
});

export const hosts = pair.hosts;
export const storage = storageDelegation.servicePrincipalNames;
export const backup = backupNetwork.id;

// True: purge the hosts' Kerberos tickets, or wait 15 minutes.
export const newTicketNeeded = pulumi
    .all([pair.newTicketNeeded, storageDelegation.newTicketNeeded])
    .apply((needed) => needed.some((each) => each));
