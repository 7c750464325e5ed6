import * as hyperv from "@hyperv-migration.invalid/pulumi-hyperv-migration";

const network = new hyperv.MigrationNetwork("network", {
    computerName: "hv01.corp.example",
    subnet: "192.168.10.0/24",
    priority: 1,
});
