import * as hyperv from "@hyperv-migration.invalid/pulumi-hyperv-migration";

const network = new hyperv.MigrationNetwork("network", {
    computerName: "hv01.corp.example",
    subnet: "192.168.10.0/24",
});
const delegation = new hyperv.KerberosDelegation("delegation", {
    source: "hv01.corp.example",
    destinations: ["hv02.corp.example"],
});
const host = new hyperv.MigrationHost(
    "host",
    {
        computerName: "hv01.corp.example",
        enabled: true,
        authenticationType: hyperv.AuthenticationType.Kerberos,
        performanceOption: hyperv.PerformanceOption.Compression,
        maximumVirtualMachineMigrations: 2,
        useAnyNetwork: false,
        networks: [network.id],
    },
    { dependsOn: [delegation] },
);
