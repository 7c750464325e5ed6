import * as hyperv from "@hyperv-migration.invalid/pulumi-hyperv-migration";

const mesh = new hyperv.MigrationMesh("mesh", {
    hosts: ["hv01.corp.example", "hv02.corp.example", "hv03.corp.example"],
    networks: ["192.168.10.0/24"],
    performanceOption: hyperv.PerformanceOption.Compression,
});
