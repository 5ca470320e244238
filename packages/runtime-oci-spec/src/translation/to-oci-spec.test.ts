import { readFile, readdir } from "node:fs/promises";
import type { ValidateFunction } from "ajv";
import Ajv04 from "ajv-draft-04";
import { beforeAll, describe, expect, it } from "vitest";
import type { ContainerSpec } from "@k3d/core/runtime";
import type { OciHost } from "./oci-host.ts";
import { portableHost } from "./portable-host.ts";
import { INIT_PATH, ociExecProcess } from "./process.ts";
import { SAMPLE_IMAGE, SAMPLE_SPECS } from "./sample-specs.test-data.ts";
import { toOciSpec } from "./to-oci-spec.ts";

const SCHEMA = new URL("schema/", import.meta.url);
let validate: ValidateFunction;

beforeAll(async () => {
  const Ajv = Ajv04 as unknown as typeof Ajv04.default;
  const ajv = new Ajv({ strict: false, validateFormats: false });
  for (const file of (await readdir(SCHEMA)).filter((name) => name.endsWith(".json"))) {
    ajv.addSchema(JSON.parse(await readFile(new URL(file, SCHEMA), "utf8")), file);
  }
  const compiled = ajv.getSchema("config-schema.json");
  if (!compiled) throw new Error("the schema of config.json is missing");
  validate = compiled;
});

function host(spec: ContainerSpec, cgroupVersion: 1 | 2 = 2): OciHost {
  return {
    ...portableHost(spec, cgroupVersion),
    rootfs: "/var/lib/k3d/oci/containers/c0ffee/rootfs",
    networkNamespace: "/run/k3d/oci/netns/c0ffee",
    init: "/usr/bin/catatonit",
    devices: [
      { type: "c", path: "/dev/kmsg", major: 1, minor: 11, fileMode: 0o644, uid: 0, gid: 0 },
    ],
    files: { "/etc/hosts": "/var/lib/k3d/oci/containers/c0ffee/hosts" },
  };
}

describe.each(Object.entries(SAMPLE_SPECS))("%s", (role, spec) => {
  it.each([1, 2] as const)("fits the runtime-spec's schema on cgroup v%d", (version) => {
    const config = toOciSpec(spec, SAMPLE_IMAGE, host(spec, version));
    expect(validate(config), JSON.stringify(validate.errors)).toBe(true);
  });

  it("is the golden bundle", async () => {
    const config = toOciSpec(spec, SAMPLE_IMAGE, host(spec));
    await expect(`${JSON.stringify(config, null, 2)}\n`).toMatchFileSnapshot(`golden/${role}.json`);
  });

  it("is the same for the same input, which stays as it is", () => {
    const before = structuredClone(spec);
    const one = JSON.stringify(toOciSpec(spec, SAMPLE_IMAGE, host(spec)));
    expect(JSON.stringify(toOciSpec(structuredClone(spec), SAMPLE_IMAGE, host(spec)))).toBe(one);
    expect(spec).toEqual(before);
  });
});

describe("toOciSpec", () => {
  const base = SAMPLE_SPECS.registry;

  it("would be refused by the schema with a wrong field", () => {
    const config = toOciSpec(base, SAMPLE_IMAGE, host(base));
    expect(validate({ ...config, process: { ...config.process, cwd: undefined } })).toBe(false);
    expect(
      validate({ ...config, linux: { ...config.linux, namespaces: [{ type: "nonsense" }] } }),
    ).toBe(false);
  });

  it("takes command and variables from the image unless the spec gives them", () => {
    const { process } = toOciSpec(base, SAMPLE_IMAGE, host(base));
    expect(process.args).toEqual(["/entrypoint.sh", "serve", "--foreground"]);
    expect(process.cwd).toBe("/srv");
    expect(process.env).toContain("PATH=/usr/bin:/bin");
    expect(process.env.filter((entry) => entry.startsWith("PATH="))).toHaveLength(1);
    const given = { ...base, process: { args: ["/bin/true"], env: ["VERSION=2"], cwd: "/tmp" } };
    const own = toOciSpec(given, SAMPLE_IMAGE, host(base)).process;
    expect(own).toMatchObject({ args: ["/bin/true"], cwd: "/tmp" });
    expect(own.env).toContain("VERSION=2");
    expect(own.env).not.toContain("VERSION=1");
  });

  it("puts the init program in front", () => {
    const spec = { ...base, init: true };
    const config = toOciSpec(spec, SAMPLE_IMAGE, host(spec));
    expect(config.process.args.slice(0, 3)).toEqual([INIT_PATH, "--", "/entrypoint.sh"]);
    expect(config.mounts.find(({ destination }) => destination === INIT_PATH)).toMatchObject({
      source: "/usr/bin/catatonit",
    });
    const { init: _init, ...without } = host(spec);
    expect(() => toOciSpec(spec, SAMPLE_IMAGE, without)).toThrow(
      expect.objectContaining({ code: "RUNTIME_ERROR" }),
    );
  });

  it("gives privileged containers what the host can give, and no more", () => {
    const spec = SAMPLE_SPECS.agent;
    const limited = { ...host(spec), capabilities: ["CAP_CHOWN", "CAP_SYS_ADMIN"] };
    const config = toOciSpec(spec, SAMPLE_IMAGE, limited);
    expect(config.process.capabilities.effective).toEqual(["CAP_CHOWN", "CAP_SYS_ADMIN"]);
    expect(config.linux.resources.devices).toEqual([{ allow: true, access: "rwm" }]);
    expect(config.linux.maskedPaths).toBeUndefined();
    const plain = toOciSpec({ ...spec, privileged: false }, SAMPLE_IMAGE, limited);
    expect(plain.process.capabilities.effective).toEqual(["CAP_CHOWN"]);
    expect(plain.linux.maskedPaths).toContain("/proc/kcore");
    expect(plain.linux.devices).toEqual([]);
  });

  it("shares the namespaces it is told to, and the cgroup namespace on cgroup v1", () => {
    const types = (spec: ContainerSpec, version: 1 | 2) =>
      toOciSpec(spec, SAMPLE_IMAGE, host(spec, version)).linux.namespaces.map(({ type }) => type);
    expect(types(base, 2)).toEqual(["mount", "pid", "ipc", "uts", "cgroup", "network"]);
    expect(types(base, 1)).not.toContain("cgroup");
    expect(types(SAMPLE_SPECS.agent, 2)).not.toContain("pid");
    const onHost = { ...base, hostNetwork: true, networks: [], ports: [] };
    expect(types(onHost, 2)).not.toContain("network");
    expect(toOciSpec(onHost, SAMPLE_IMAGE, host(onHost)).linux.sysctl).toEqual({
      "net.core.somaxconn": "1024",
    });
  });

  it("mounts parents before children and lets the spec replace what is there by default", () => {
    const spec: ContainerSpec = {
      ...base,
      mounts: [
        { type: "bind", source: "/a", destination: "/data/deep/er" },
        { type: "bind", source: "/b", destination: "/data" },
        { type: "tmpfs", destination: "/dev/shm", options: ["size=1g"] },
        { type: "bind", source: "/c", destination: "/etc/hosts", options: ["ro"] },
      ],
    };
    const { mounts } = toOciSpec(spec, SAMPLE_IMAGE, host(spec));
    const destinations = mounts.map(({ destination }) => destination);
    expect(destinations.indexOf("/data")).toBeLessThan(destinations.indexOf("/data/deep/er"));
    expect(destinations.filter((path) => path === "/dev/shm")).toHaveLength(1);
    expect(mounts.find(({ destination }) => destination === "/etc/hosts")).toMatchObject({
      source: "/c",
    });
  });

  it("opens the root's propagation for shared mounts only", () => {
    expect(
      toOciSpec(SAMPLE_SPECS.server, SAMPLE_IMAGE, host(SAMPLE_SPECS.server)).linux
        .rootfsPropagation,
    ).toBe("shared");
    expect(toOciSpec(base, SAMPLE_IMAGE, host(base)).linux.rootfsPropagation).toBeUndefined();
  });

  it("refuses what a bundle cannot say", () => {
    const code = (wanted: string) => expect.objectContaining({ code: wanted });
    expect(() => toOciSpec({ ...base, gpus: "all" }, SAMPLE_IMAGE, host(base))).toThrow(
      code("UNSUPPORTED"),
    );
    expect(() => toOciSpec(base, { ...SAMPLE_IMAGE, entrypoint: [], cmd: [] }, host(base))).toThrow(
      code("INVALID_INPUT"),
    );
    const named = { ...base, process: { env: [], user: "nginx" } };
    expect(() => toOciSpec(named, SAMPLE_IMAGE, host(base))).toThrow(code("INVALID_INPUT"));
    const lost = { ...SAMPLE_SPECS.loadbalancer };
    expect(() => toOciSpec(lost, SAMPLE_IMAGE, { ...host(lost), volumes: {} })).toThrow(
      code("NOT_FOUND"),
    );
  });
});

describe("ociExecProcess", () => {
  it("inherits environment and capabilities, and drops limits and, for other users, powers", () => {
    const config = toOciSpec(SAMPLE_SPECS.server, SAMPLE_IMAGE, host(SAMPLE_SPECS.server));
    const process = ociExecProcess(config, {
      args: ["id"],
      env: ["A=b"],
      user: { uid: 5, gid: 6 },
    });
    expect(process).toMatchObject({ args: ["id"], user: { uid: 5, gid: 6 }, cwd: "/srv" });
    expect(process.env).toContain("A=b");
    expect(process.rlimits).toBeUndefined();
    expect(process.capabilities.effective).toEqual([]);
    expect(process.capabilities.bounding).toContain("CAP_SYS_ADMIN");
  });
});
