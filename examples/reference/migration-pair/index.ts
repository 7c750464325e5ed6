import * as hyperv from "@hyperv-migration.invalid/pulumi-hyperv-migration";

const pair = new hyperv.MigrationPair("pair", {
    hosts: ["hv01.corp.example", "hv02.corp.example"],
    networks: ["192.168.10.0/24"],
    performanceOption: hyperv.PerformanceOption.Compression,
});
