import { describe, expect, it } from "vitest";
import { containerdHostFile } from "./containerd-hosts.js";
import {
  addRegistry,
  mergeRegistriesYaml,
  parseRegistriesYaml,
  registriesYaml,
  removeRegistry,
  type RegistryEndpoint,
} from "./registries-yaml.js";

const dev: RegistryEndpoint = { name: "k3d-dev", internalPort: 5000, externalPort: 5001 };
const hub: RegistryEndpoint = {
  name: "k3d-hub",
  internalPort: 5000,
  externalPort: 5002,
  proxies: "docker.io",
};
const safe: RegistryEndpoint = {
  name: "k3d-safe",
  internalPort: 5000,
  tls: true,
  access: { ca: "PEM", auth: { username: "dev", password: "s3cret" } },
};

describe("registriesYaml", () => {
  it("mirrors both ports, and for a cache the proxied host, to the port inside", () => {
    expect(registriesYaml([dev, hub])).toEqual({
      mirrors: {
        "k3d-dev:5001": { endpoint: ["http://k3d-dev:5000"] },
        "k3d-dev:5000": { endpoint: ["http://k3d-dev:5000"] },
        "k3d-hub:5002": { endpoint: ["http://k3d-hub:5000"] },
        "k3d-hub:5000": { endpoint: ["http://k3d-hub:5000"] },
        "docker.io": { endpoint: ["http://k3d-hub:5000"] },
      },
    });
  });

  it("names credentials and the authority of a guarded registry", () => {
    expect(registriesYaml([safe])).toEqual({
      mirrors: { "k3d-safe:5000": { endpoint: ["https://k3d-safe:5000"] } },
      configs: {
        "k3d-safe:5000": {
          auth: { username: "dev", password: "s3cret" },
          tls: { ca_file: "/etc/rancher/k3s/k3d-registries/k3d-safe.crt" },
        },
      },
    });
  });

  it("asks several caches of one host in turn", () => {
    const second = { ...hub, name: "k3d-hub2" };
    expect(registriesYaml([hub, second]).mirrors?.["docker.io"]?.endpoint).toEqual([
      "http://k3d-hub:5000",
      "http://k3d-hub2:5000",
    ]);
  });
});

describe("addRegistry and removeRegistry", () => {
  const own = {
    mirrors: { "docker.io": { endpoint: ["https://mirror.example.org"] }, quay: null },
    configs: { other: { tls: {} } },
    extra: 1,
  };

  it.each([dev, hub, safe])("take back exactly what they put in: $name", (registry) => {
    expect(removeRegistry(addRegistry(own, registry), registry)).toEqual(own);
  });

  it("try the user's own mirrors first", () => {
    expect(addRegistry(own, hub).mirrors?.["docker.io"]?.endpoint).toEqual([
      "https://mirror.example.org",
      "http://k3d-hub:5000",
    ]);
  });

  it("add nothing twice", () => {
    const once = addRegistry(own, safe);
    expect(addRegistry(once, safe)).toEqual(once);
  });
});

describe("mergeRegistriesYaml", () => {
  it("lets what the user wrote about a host win as a whole", () => {
    const user = {
      mirrors: { "k3d-dev:5000": { endpoint: ["http://elsewhere:80"] } },
      configs: { elsewhere: { tls: {} } },
    };
    const merged = mergeRegistriesYaml(registriesYaml([dev]), user);
    expect(merged.mirrors?.["k3d-dev:5000"]?.endpoint).toEqual(["http://elsewhere:80"]);
    expect(merged.mirrors?.["k3d-dev:5001"]?.endpoint).toEqual(["http://k3d-dev:5000"]);
    expect(merged.configs).toEqual(user.configs);
  });
});

describe("parseRegistriesYaml", () => {
  it.each(["", "---", "mirrors:", "configs: {}"])("takes %j", async (text) => {
    await expect(parseRegistriesYaml(text)).resolves.toBeDefined();
  });

  it.each([
    ["- a", /not a mapping/],
    ["mirrors: [a]", /'mirrors' is not a mapping/],
    ["configs: text", /'configs' is not a mapping/],
    ["mirrors: {a", /./],
  ])("refuses %j", async (text, message) => {
    await expect(parseRegistriesYaml(text)).rejects.toMatchObject({
      code: "INVALID_CONFIG",
      message: expect.stringMatching(message) as string,
    });
  });
});

describe("containerdHostFile", () => {
  it("sends containerd to the mirror, and to the host itself when that fails", () => {
    expect(containerdHostFile("k3d-dev:5001", registriesYaml([dev]))).toEqual({
      path: "/var/lib/rancher/k3s/agent/etc/containerd/certs.d/k3d-dev:5001/hosts.toml",
      mode: 0o600,
      content: `# Written by k3d; k3s writes its own at the next start.
server = "https://k3d-dev:5001/v2"
capabilities = ["pull", "resolve", "push"]

[host]

[host."http://k3d-dev:5000/v2"]
  capabilities = ["pull", "resolve"]
`,
    });
  });

  it("knows the address behind docker.io", () => {
    expect(containerdHostFile("docker.io", registriesYaml([hub]))?.content).toContain(
      'server = "https://registry-1.docker.io/v2"',
    );
  });

  it("gives the credentials and the authority of a guarded registry", () => {
    const content = containerdHostFile("k3d-safe:5000", registriesYaml([safe]))?.content;
    expect(content).toContain('ca = ["/etc/rancher/k3s/k3d-registries/k3d-safe.crt"]');
    expect(content).toContain(`Authorization = ["Basic ${btoa("dev:s3cret")}"]`);
  });

  it("keeps to an endpoint's own path", () => {
    const content = containerdHostFile("a", {
      mirrors: { a: { endpoint: ["https://b/c/v2"] } },
    })?.content;
    expect(content).toContain(
      '[host."https://b/c/v2"]\n  capabilities = ["pull", "resolve"]\n  override_path = true',
    );
  });

  it("leaves rewritten mirrors to k3s", () => {
    expect(
      containerdHostFile("a", {
        mirrors: { a: { endpoint: ["https://b"], rewrite: { "^x": "y" } } },
      }),
    ).toBeUndefined();
  });
});
