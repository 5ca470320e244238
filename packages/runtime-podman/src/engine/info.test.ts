import { expect, it } from "vitest";
import { fixture } from "../../test-support/fixture.js";
import { runtimeInfo, type InfoJson } from "./info.js";

it("reads what podman recorded", async () => {
  const json = await fixture<InfoJson>("info");
  expect(
    runtimeInfo(json, { endpoint: "podman", remoteHost: "example.org", virtualMachine: false }),
  ).toEqual({
    runtime: "podman",
    engine: "Podman 4.3.1",
    version: "4.3.1",
    apiVersion: "4.3.1",
    os: "linux",
    architecture: "amd64",
    operatingSystem: "debian 12 (bookworm)",
    kernelVersion: json.host.kernel,
    rootless: false,
    cgroupVersion: 1,
    cgroupDriver: "cgroupfs",
    securityOptions: ["seccomp"],
    storageDriver: "overlay",
    storagePath: "/var/lib/containers/storage",
    cpus: json.host.cpus,
    memory: json.host.memTotal,
    endpoint: "podman",
    defaultNetwork: "podman",
    remoteHost: "example.org",
    virtualMachine: false,
  });
});
