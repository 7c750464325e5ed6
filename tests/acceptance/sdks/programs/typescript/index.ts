// Every resource by itself, through a provider that the program configures: all types of the schema on their way to the plugin.

import * as pulumi from "@pulumi/pulumi";
import * as hyperv from "@hyperv-migration.invalid/pulumi-hyperv-migration";

const config = new pulumi.Config();

const provider = new hyperv.Provider("lab", {
    username: "LAB\\operator",
    winrm: { transport: hyperv.WinRMTransport.Ntlm, scheme: hyperv.WinRMScheme.Http, operationTimeout: 30 },
    directory: {
        domain: "lab.test",
        domainControllers: ["dc1.lab.test"],
        bind: hyperv.DirectoryBind.Negotiate,
        transport: hyperv.DirectoryTransport.Sealed,
        username: "LAB\\operator",
        password: process.env.DIRECTORY_PASSWORD,
    },
    addresses: config.requireObject<Record<string, string>>("addresses"),
    profiles: { branch: { match: ["*.branch.test"], winrm: { connectTimeout: 5 } } },
    onUnreachableDestroy: hyperv.UnreachableDestroy.Fail,
});

const network = new hyperv.MigrationNetwork(
    "network",
    { computerName: "hv01.lab.test", subnet: "192.168.10.0/24", priority: 5, onDestroy: hyperv.NetworkTeardown.Remove },
    { provider },
);
const delegation = new hyperv.KerberosDelegation(
    "delegation",
    {
        source: "hv01.lab.test",
        destinations: ["hv02.lab.test"],
        waitForReplication: hyperv.ReplicationWait.HostSite,
        onDestroy: hyperv.DelegationTeardown.RemoveDeclared,
    },
    { provider },
);
const host = new hyperv.MigrationHost(
    "host",
    {
        computerName: "hv01.lab.test",
        enabled: true,
        authenticationType: hyperv.AuthenticationType.Kerberos,
        performanceOption: hyperv.PerformanceOption.SMB,
        maximumStorageMigrations: 3,
        useAnyNetwork: false,
        networks: [network.id],
        onDestroy: hyperv.HostTeardown.Restore,
    },
    { provider, dependsOn: [delegation] },
);

export const before = host.priorSettings.apply((settings) => settings.authenticationType);
export const spelled = delegation.destinationAccounts.apply((found) => Object.values(found ?? {}).map((one) => one.declared));
