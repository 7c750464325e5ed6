import * as hyperv from "@hyperv-migration.invalid/pulumi-hyperv-migration";

const delegation = new hyperv.KerberosDelegation("delegation", {
    source: "hv01.corp.example",
    destinations: ["hv02.corp.example", "hv03.corp.example"],
});
export const servicePrincipalNames = delegation.servicePrincipalNames;
