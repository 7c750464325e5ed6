import * as hyperv from "@hyperv-migration.invalid/pulumi-hyperv-migration";

const readiness = hyperv.getMigrationReadinessOutput({
    source: "hv01.corp.example",
    destination: "hv02.corp.example",
});
export const ready = readiness.ready;
