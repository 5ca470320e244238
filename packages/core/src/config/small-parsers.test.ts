import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isCleanOutcome, outcome } from "../../test-support/outcome.js";
import { parseApiPort } from "./api-port.js";
import { formatEnvVar, parseEnvVar } from "./env-var.js";
import { checkGpuRequest } from "./gpus.js";
import { checkHostAlias, formatHostAlias, parseHostAlias } from "./host-aliases.js";
import { checkK3sArg } from "./k3s-args.js";
import { formatLabel, parseLabel, parseNodeLabel, parseRuntimeLabel } from "./labels.js";
import { checkClusterName, checkHostName } from "./names.js";
import {
  type RegistryRef,
  formatRegistryRef,
  parseRegistryCreate,
  parseRegistryRef,
} from "./registry-refs.js";
import { parseSubnets } from "./subnet.js";
import { checkUlimit, formatUlimit, parseUlimit } from "./ulimits.js";

const accepted: [string, (text: string) => unknown, [string, unknown][]][] = [
  [
    "API port",
    parseApiPort,
    [
      ["6550", { hostPort: "6550" }],
      ["random", { hostPort: "random" }],
      ["0", { hostPort: "random" }],
      ["127.0.0.1:6550", { host: "127.0.0.1", hostIP: "127.0.0.1", hostPort: "6550" }],
      ["0.0.0.0:random", { hostIP: "0.0.0.0", hostPort: "random" }],
      ["[::1]:6550", { host: "::1", hostIP: "::1", hostPort: "6550" }],
      ["localhost:6550", { host: "localhost", hostIP: "127.0.0.1", hostPort: "6550" }],
      ["k3d.example.org:6550", { host: "k3d.example.org", hostPort: "6550" }],
    ],
  ],
  [
    "label",
    parseLabel,
    [
      ["key", { key: "key", value: "" }],
      ["key=", { key: "key", value: "" }],
      ["key=a=b", { key: "key", value: "a=b" }],
    ],
  ],
  [
    "runtime label",
    parseRuntimeLabel,
    [["com.example/x=y z", { key: "com.example/x", value: "y z" }]],
  ],
  [
    "node label",
    parseNodeLabel,
    [
      ["foo=bar", { key: "foo", value: "bar" }],
      ["example.org/role=web-1", { key: "example.org/role", value: "web-1" }],
      ["node-role.kubernetes.io/worker", { key: "node-role.kubernetes.io/worker", value: "" }],
    ],
  ],
  [
    "environment variable",
    (text) => formatEnvVar(parseEnvVar(text, { HOME: "/root", EMPTY: "" })),
    [
      ["bar=baz,bob", "bar=baz,bob"],
      ["A=", "A="],
      ["A=b=c", "A=b=c"],
      ["HOME", "HOME=/root"],
      ["EMPTY", "EMPTY="],
      ["UNKNOWN", "UNKNOWN"],
      ["constructor", "constructor"],
    ],
  ],
  ["k3s argument", checkK3sArg, [["--disable=traefik", "--disable=traefik"]]],
  [
    "cluster name",
    checkClusterName,
    [
      ["k3s-default", "k3s-default"],
      ["ConfigTest", "ConfigTest"],
      ["1", "1"],
      ["argo.cluster", "argo.cluster"],
    ],
  ],
  ["host name", checkHostName, [["registry.localhost", "registry.localhost"]]],
  [
    "registry reference",
    parseRegistryRef,
    [
      ["k3d-registry", { name: "k3d-registry" }],
      ["my_registry:5000", { name: "my_registry", port: 5000 }],
      ["registry.localhost:5000", { name: "registry.localhost", port: 5000 }],
      ["http://k3d-registry", { name: "k3d-registry" }],
      ["https://reg:5000:12345", { name: "reg", port: 5000, hostPort: 12_345 }],
      ["127.0.0.1:5000", { name: "127.0.0.1", port: 5000 }],
      ["reg:0", { name: "reg", port: 0 }],
    ],
  ],
  [
    "registry to create",
    parseRegistryCreate,
    [
      ["reg", { name: "reg" }],
      ["reg:5000", { name: "reg", hostPort: "5000" }],
      ["my_reg", { name: "my_reg" }],
      ["my_reg:5000", { name: "my_reg", hostPort: "5000" }],
      ["reg:random", { name: "reg", hostPort: "random" }],
      [":5000", { hostPort: "5000" }],
      [":127.0.0.1:5000", { host: "127.0.0.1", hostPort: "5000" }],
      ["reg:0.0.0.0", { name: "reg", host: "0.0.0.0" }],
      ["reg:127.0.0.1:5000", { name: "reg", host: "127.0.0.1", hostPort: "5000" }],
      ["reg.localhost:[::1]:5000", { name: "reg.localhost", host: "::1", hostPort: "5000" }],
      ["reg:localhost:random", { name: "reg", host: "127.0.0.1", hostPort: "random" }],
    ],
  ],
  [
    "host alias",
    parseHostAlias,
    [
      ["1.2.3.4:my.host", { ip: "1.2.3.4", hostnames: ["my.host"] }],
      ["1.1.1.1:a,b.c", { ip: "1.1.1.1", hostnames: ["a", "b.c"] }],
      ["[::1]:me", { ip: "::1", hostnames: ["me"] }],
      ["fd00::1:me", { ip: "fd00::1", hostnames: ["me"] }],
    ],
  ],
  [
    "ulimit",
    parseUlimit,
    [
      ["nofile=1024", { name: "nofile", soft: 1024, hard: 1024 }],
      ["nofile=1024:2048", { name: "nofile", soft: 1024, hard: 2048 }],
      ["memlock=-1", { name: "memlock", soft: -1, hard: -1 }],
      ["core=0:unlimited", { name: "core", soft: 0, hard: -1 }],
    ],
  ],
  [
    "subnet",
    parseSubnets,
    [
      ["auto", { hasIpv6: false }],
      ["172.28.0.0/16", { ipv4: "172.28.0.0/16", hasIpv6: false }],
      ["10.0.0.8/29", { ipv4: "10.0.0.8/29", hasIpv6: false }],
      ["auto,auto", { hasIpv6: true }],
      ["172.28.0.0/16,auto", { ipv4: "172.28.0.0/16", hasIpv6: true }],
      [
        "172.28.0.0/16,fd00:28::/64",
        { ipv4: "172.28.0.0/16", ipv6: "fd00:28::/64", hasIpv6: true },
      ],
      ["auto,FD00:28:0:0:0::/120", { ipv6: "fd00:28::/120", hasIpv6: true }],
    ],
  ],
  [
    "GPU request",
    checkGpuRequest,
    [
      ["all", "all"],
      ["2", "2"],
      ["device=0", "device=0"],
      ['"device=0,1"', '"device=0,1"'],
      ["driver=nvidia,count=2", "driver=nvidia,count=2"],
    ],
  ],
];

const refused: [string, (text: string) => unknown, string, string][] = [
  ["API port", parseApiPort, "", "a host port is missing"],
  ["API port", parseApiPort, "localhost:", "a host port is missing"],
  ["API port", parseApiPort, ":6550", "a host is missing"],
  ["API port", parseApiPort, "70000", "at most 65535"],
  ["API port", parseApiPort, "https", 'neither a port number nor "random"'],
  ["API port", parseApiPort, "::1:6550", "needs brackets"],
  ["API port", parseApiPort, "[1.2.3.4]:6550", "not an IPv6 address"],
  ["API port", parseApiPort, "my_host:6550", "neither an address nor a host name"],
  ["API port", parseApiPort, "1.2.3:6550", "neither an address nor a host name"],
  ["label", parseLabel, "", "a key is missing"],
  ["label", parseLabel, "=x", "a key is missing"],
  ["label", parseLabel, "a b=x", "spaces"],
  ["runtime label", parseRuntimeLabel, "k3d.cluster=x", "reserved for k3d"],
  ["runtime label", parseRuntimeLabel, "app=web", "reserved for k3d"],
  ["runtime label", parseRuntimeLabel, "k3s.registry.port.external=1", "reserved for k3d"],
  ["node label", parseNodeLabel, "-a=b", "not a label name"],
  ["node label", parseNodeLabel, "a=b c", "not a label value"],
  ["node label", parseNodeLabel, "Exa_mple/a=b", "not a DNS name"],
  ["node label", parseNodeLabel, `a=${"x".repeat(64)}`, "not a label value"],
  ["environment variable", parseEnvVar, "=x", "a name is missing"],
  ["environment variable", parseEnvVar, "A B=x", "spaces"],
  ["environment variable", parseEnvVar, "A=x\0", "NUL"],
  ["k3s argument", checkK3sArg, " ", "it is empty"],
  ["cluster name", checkClusterName, "", "must not be empty"],
  ["cluster name", checkClusterName, "my_cluster", '"_" is not allowed'],
  ["cluster name", checkClusterName, ".a", "a part between dots is empty"],
  ["cluster name", checkClusterName, "a.", "a part between dots is empty"],
  ["cluster name", checkClusterName, "a.-b", "must not start with a hyphen"],
  ["cluster name", checkClusterName, "-a", "must not start with a hyphen"],
  ["cluster name", checkClusterName, "a-", "must not end with a hyphen"],
  ["cluster name", checkClusterName, "x".repeat(33), "33 characters, 32 are allowed"],
  ["host name", checkHostName, "a..b", "a part between dots is empty"],
  ["host name", checkHostName, "x".repeat(64), "64 characters, 63 are allowed"],
  ["registry reference", parseRegistryRef, "", "a name is missing"],
  ["registry reference", parseRegistryRef, "http://:5000", "a name is missing"],
  ["registry reference", parseRegistryRef, "ftp://reg:5000", "not a port number"],
  ["registry reference", parseRegistryRef, "reg:123456", "not a port number"],
  ["registry reference", parseRegistryRef, "reg:x", "not a port number"],
  ["registry reference", parseRegistryRef, "reg:1:", "not a port number"],
  ["registry reference", parseRegistryRef, "reg:1:2:3", 'too many ":"'],
  ["registry reference", parseRegistryRef, "reg/x:1", '"/" is not allowed'],
  ["registry reference", parseRegistryRef, "_reg:1", "not a host name"],
  ["registry reference", parseRegistryRef, "reg._x:1", "not a host name"],
  ["registry reference", parseRegistryRef, "_reg", "must not start with an underscore"],
  ["registry to create", parseRegistryCreate, "", "a name is missing"],
  ["registry to create", parseRegistryCreate, "reg:myhost:5000", "not an address of this host"],
  ["registry to create", parseRegistryCreate, "reg:", "a host port is missing"],
  ["registry to create", parseRegistryCreate, "reg:1.2.3.4:99999", "at most 65535"],
  ["registry to create", parseRegistryCreate, "a:b:c:d", "too many"],
  ["host alias", parseHostAlias, "1.2.3.4", "are missing"],
  ["host alias", parseHostAlias, "host:1.2.3.4", "not an IP address"],
  ["host alias", parseHostAlias, "1.2.3.4:", "a host name is missing"],
  ["host alias", parseHostAlias, "1.2.3.4:a,,b", "a host name is missing"],
  ["host alias", parseHostAlias, "1.2.3.4:a b", "not a host name"],
  ["ulimit", parseUlimit, "nofile", "are missing"],
  ["ulimit", parseUlimit, "nofiles=1", 'did you mean "nofile"?'],
  ["ulimit", parseUlimit, "nofile=", "a limit is missing"],
  ["ulimit", parseUlimit, "nofile=x", "is not a limit"],
  ["ulimit", parseUlimit, "nofile=2:1", "above the hard one"],
  ["ulimit", parseUlimit, "nofile=1:2:3", 'too many ":"'],
  ["subnet", parseSubnets, "172.28.0.0", "prefix length is missing"],
  ["subnet", parseSubnets, "172.28.0.1/16", "an address inside a network"],
  ["subnet", parseSubnets, "172.280.0.0/16", "at most 255"],
  ["subnet", parseSubnets, "10.0.0.0/30", "between 8 and 29"],
  ["subnet", parseSubnets, "fd00::/64", "not IPv6 alone"],
  ["subnet", parseSubnets, "fd00::/64,172.28.0.0/16", "the IPv4 network comes first"],
  ["subnet", parseSubnets, "auto,", "neither an IPv6 network"],
  ["subnet", parseSubnets, "auto,172.28.0.0/16", "neither an IPv6 network"],
  ["subnet", parseSubnets, "auto,fe80::1%eth0/64", "neither an IPv6 network"],
  ["subnet", parseSubnets, "auto,fd00::", "prefix length is missing"],
  ["subnet", parseSubnets, "auto,fd00::/", "between 48 and 120"],
  ["subnet", parseSubnets, "auto,fd00::/124", "between 48 and 120"],
  ["subnet", parseSubnets, "auto,fd00::1/64", "an address inside a network"],
  ["subnet", parseSubnets, "auto,fd00::/64,fd01::/64", "one network of each family"],
  ["subnet", parseSubnets, "10.1.0.0/16,10.2.0.0/16,10.3.0.0/16", "one network of each family"],
  ["subnet", parseSubnets, "0.0.0.0/8", "of no host"],
  ["subnet", parseSubnets, "127.1.0.0/16", "each machine's own"],
  ["subnet", parseSubnets, "169.254.7.0/24", "of one link only"],
  ["subnet", parseSubnets, "239.0.0.0/8", "of groups, or reserved"],
  ["subnet", parseSubnets, "255.255.255.0/24", "of groups, or reserved"],
  ["subnet", parseSubnets, "auto,::/64", "each machine's own, or reserved"],
  ["subnet", parseSubnets, "auto,fe80::/64", "of one link only"],
  ["subnet", parseSubnets, "auto,ff02::/64", "of groups"],
  ["subnet", parseSubnets, "big", "neither an IPv4 network"],
  ["GPU request", checkGpuRequest, "", "not a request that Docker knows"],
  ["GPU request", checkGpuRequest, "some", "not a request that Docker knows"],
];

describe.each(accepted)("%s", (_, parse, cases) => {
  it.each(cases)("%s", (text, expected) => {
    expect(parse(text)).toEqual(expected);
  });

  it("never fails but with INVALID_INPUT, naming the input", () => {
    const text = fc.oneof(
      fc.string(),
      fc
        .array(
          fc.constantFrom(
            "a",
            "1",
            ":",
            "=",
            ",",
            ".",
            "[",
            "]",
            "-",
            "/",
            "::1",
            "1.2.3.4",
            "nofile",
          ),
        )
        .map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(text, (input) => {
        expect(
          isCleanOutcome(
            outcome(() => parse(input)),
            input,
          ),
        ).toBe(true);
      }),
    );
  });
});

describe("refused", () => {
  it.each(refused)("%s %#: %s", (_, parse, text, reason) => {
    expect(() => parse(text)).toThrow(reason);
    expect(() => parse(text)).toThrow(
      expect.objectContaining({
        code: "INVALID_INPUT",
        hint: expect.stringMatching(/.{20}/),
        details: expect.objectContaining({ input: text }),
      }),
    );
  });
});

/** The first value that is not read back as it was; `null` when all are. */
function counterexample<T>(values: fc.Arbitrary<T>, parseFormatted: (given: T) => T): [T] | null {
  return fc.check(fc.property(values, (given) => isDeepStrictEqual(parseFormatted(given), given)))
    .counterexample;
}

describe("round trips", () => {
  const label = fc.record(
    { key: fc.stringMatching(/^[a-z.]{1,20}$/), value: fc.string() },
    { noNullPrototype: true },
  );
  const hostname = fc.stringMatching(/^[a-z0-9]{1,10}(\.[a-z]{1,5})?$/);
  const port = fc.integer({ min: 1, max: 65_535 });
  const limits = fc.tuple(fc.integer({ min: -1, max: 10 ** 9 }), fc.nat(1000));

  it("labels", () => {
    expect(counterexample(label, (given) => parseLabel(formatLabel(given)))).toBeNull();
  });

  it("host aliases", () => {
    const alias = fc.record(
      { ip: fc.oneof(fc.ipV4(), fc.ipV6()), hostnames: fc.array(hostname, { minLength: 1 }) },
      { noNullPrototype: true },
    );
    expect(counterexample(alias, (given) => parseHostAlias(formatHostAlias(given)))).toBeNull();
    expect(counterexample(alias, (given) => checkHostAlias(given))).toBeNull();
  });

  it("registry references", () => {
    const ref = fc.record(
      { name: hostname, port, hostPort: port },
      { requiredKeys: ["name", "port"], noNullPrototype: true },
    );
    expect(
      counterexample<RegistryRef>(ref, (given) => parseRegistryRef(formatRegistryRef(given))),
    ).toBeNull();
  });

  it("ulimits", () => {
    const ulimit = limits.map(([soft, more]) => ({
      name: "nofile",
      soft,
      hard: soft === -1 ? -1 : soft + more,
    }));
    expect(counterexample(ulimit, (given) => parseUlimit(formatUlimit(given)))).toBeNull();
    expect(counterexample(ulimit, (given) => checkUlimit(given))).toBeNull();
  });
});

describe("checks of structured values", () => {
  it("refuses a host alias without names and a ulimit with a fraction", () => {
    expect(() => checkHostAlias({ ip: "1.2.3.4", hostnames: [] })).toThrow("has no host names");
    expect(() => checkHostAlias({ ip: "x", hostnames: ["a"] })).toThrow("not an IP address");
    expect(() => checkUlimit({ name: "nofile", soft: 1.5, hard: 2 })).toThrow("is not a limit");
  });
});
