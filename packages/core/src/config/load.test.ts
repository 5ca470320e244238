import { describe, expect, it } from "vitest";
import { parseDuration } from "./durations.js";
import { loadConfig, parseConfig } from "./load.js";
import { resolveConfig } from "./resolve.js";

const HEADER = "apiVersion: k3d.io/v1alpha5\nkind: Simple\n";
const parse = (text: string, environment: Record<string, string> = {}) =>
  parseConfig(text, { name: "k3d.yaml", environment });

/** A folder of files; reading fails as node:fs does. */
const folder = (files: Record<string, string>) => async (path: string) => {
  const text = files[path];
  if (text === undefined) throw Object.assign(new Error(`no ${path}`), { code: "ENOENT" });
  return text;
};
const load = (files: Record<string, string>, path = "k3d.yaml", stdin = "") =>
  loadConfig({
    path,
    workingDirectory: "/proj",
    environment: {},
    readFile: folder(files),
    readStdin: async () => stdin,
  });

describe("parseConfig", () => {
  it("reads every field", async () => {
    const { config, version, warnings } = await parse(`${HEADER}
metadata: { name: demo }
servers: 3
agents: 2
kubeAPI: { host: k3d.example.org, hostIP: 127.0.0.1, hostPort: 6550 }
image: rancher/k3s:v1.31.5-k3s1
network: net
subnet: 172.28.0.0/16
token: secret
volumes: [{ volume: "/a:/b", nodeFilters: [all] }]
ports: [{ port: 80, nodeFilters: [loadbalancer] }]
env: [{ envVar: A=b, nodeFilters: ["server:*"] }]
files: [{ description: d, source: "x\\ny", destination: /x, nodeFilters: ["server:0"] }]
registries:
  create: { name: reg, host: 0.0.0.0, hostPort: 5000, image: "registry:2", proxy: { remoteURL: "https://x", username: u, password: p }, volumes: ["/a:/b"], enforcePortMatch: true }
  use: ["k3d-reg:5000"]
  config: "mirrors: {}\\n"
hostAliases: [{ ip: 1.2.3.4, hostnames: [a] }]
options:
  k3d: { wait: false, timeout: 60s, disableLoadbalancer: false, disableImageVolume: false, disableRollback: true, imageVolume: vol, proxy: { enabled: true }, loadbalancer: { configOverrides: [settings.workerConnections=2048] } }
  k3s: { extraArgs: [{ arg: --x, nodeFilters: ["server:*"] }], nodeLabels: [{ label: a=b, nodeFilters: ["agent:1"] }] }
  kubeconfig: { updateDefaultKubeconfig: true, switchCurrentContext: false }
  runtime: { name: docker, gpuRequest: all, serversMemory: 1g, agentsMemory: 1g, hostPidMode: true, labels: [{ label: a=b, nodeFilters: ["server:0"] }], ulimits: [{ name: nofile, soft: 1, hard: -1 }] }
`);
    expect(version).toBe("k3d.io/v1alpha5");
    expect(warnings).toEqual([]);
    expect(config.kubeAPI?.hostPort).toBe("6550");
    expect(config.ports?.[0]?.port).toBe("80");
    expect(config.registries?.create?.hostPort).toBe("5000");
    expect(resolveConfig(config).metadata.name).toBe("demo");
  });

  it.each([
    ["a byte order mark", `\uFEFF${HEADER}servers: 2\n`],
    ["CRLF line ends", `${HEADER}servers: 2\n`.replaceAll("\n", "\r\n")],
    ["a document marker", `---\n${HEADER}servers: 2\n...\n`],
    ["JSON", JSON.stringify({ apiVersion: "k3d.io/v1alpha5", kind: "Simple", servers: 2 })],
    ["empty fields", `${HEADER}servers: 2\nports:\nregistries:\n  create:\noptions:\n  k3d:\n`],
  ])("reads a file with %s", async (_, text) => {
    expect((await parse(text)).config).toEqual({
      apiVersion: "k3d.io/v1alpha5",
      kind: "Simple",
      servers: 2,
    });
  });

  it("reads anchors, aliases and merge keys", async () => {
    const { config } = await parse(`${HEADER}
volumes:
  - &data { volume: "/a:/b", nodeFilters: &servers ["server:*"] }
  - <<: *data
    volume: /c:/d
env: [{ envVar: A=b, nodeFilters: *servers }]
`);
    expect(config.volumes?.[1]).toEqual({ volume: "/c:/d", nodeFilters: ["server:*"] });
    expect(config.env?.[0]?.nodeFilters).toEqual(["server:*"]);
  });

  it("expands variables, warns of unset ones but not in comments, and keeps places right", async () => {
    const text = `${HEADER}# $IGNORED\nservers: $N\nimage: "$NOPE"\nports: [{ port: "$P:80" }, { prt: 1 }]\n`;
    await expect(parse(text, { N: "3", P: "1234567890" })).rejects.toThrow(
      /^k3d\.yaml:6:30: ports\[1\]\.prt: Unknown field "prt"/,
    );
    const { config, warnings } = await parse(text.replace("prt", "port"), { N: "3", P: "8080" });
    expect(config.servers).toBe(3);
    expect(warnings).toEqual(['k3d.yaml:5:9: the variable "NOPE" is not set: it became empty']);
  });

  it("tells where each field stands, also after a migration", async () => {
    const { locate } = await parse(
      "apiVersion: k3d.io/v1alpha2\nkind: Simple\nname: x\nlabels:\n  - label: a=b\noptions:\n  k3s:\n    extraAgentArgs:\n      - --x\n",
    );
    expect(locate("metadata.name")).toBe("k3d.yaml:3:7");
    expect(locate("options.runtime.labels[0].label")).toBe("k3d.yaml:5:12");
    expect(locate("options.k3s.extraArgs[0]")).toBe("k3d.yaml:9:9");
    expect(locate("options.runtime.serversMemory")).toMatch(/^k3d\.yaml:\d+:\d+$/);
  });

  it.each([
    ["env", "envvar: A=b", "envVar"],
    ["ports", "ports: 80:80", "port"],
    ["volumes", "vloume: /a:/b", "volume"],
  ])("says once that a field of %s is misspelt", async (list, field, meant) => {
    await expect(parse(`${HEADER}${list}:\n  - ${field}\n`)).rejects.toMatchObject({
      message: expect.stringMatching(
        new RegExp(
          `^k3d.yaml:4:5: ${list}\\[0\\]\\.\\w+: Unknown field .* did you mean "${meant}"\\?$`,
        ),
      ) as string,
    });
  });

  it.each([
    ["a field that does not fit", "metadata: { name: x$A }\nservers: [${A}$B]\n"],
    ["a name that is nothing", "$A: 1\n"],
  ])("names the variables that became empty with %s", async (_what, rest) => {
    await expect(parse(`${HEADER}${rest}`)).rejects.toMatchObject({
      hint: expect.stringMatching(
        /Variables that are not set, and so became empty: "A" \(k3d\.yaml:3:\d+\)/,
      ) as string,
    });
  });

  it.each([
    ["nothing", "", "k3d.yaml:1:1", "it is empty"],
    ["only comments", "# x\n", "k3d.yaml:1:1", "it is empty"],
    ["a list", "- a\n", "k3d.yaml:1:1", "it is not a mapping"],
    ["an empty first document", `---\n---\n${HEADER}`, "k3d.yaml:1:4", "it is not a mapping"],
    [
      "an alias of what it is part of",
      `${HEADER}options: &all\n  k3d: { loadbalancer: *all }\n`,
      "k3d.yaml:4:24",
      'the alias "*all" stands for something that it is part of',
    ],
    ["a deep nest", `${HEADER}ports: ${"[".repeat(50_000)}\n`, "k3d.yaml:1:1", "nested too deeply"],
    [
      "a nest in a nest",
      `${HEADER}ports: ${"[".repeat(100)}${"]".repeat(100)}\n`,
      "k3d.yaml:1:1",
      "nested too deeply",
    ],
    ["a tab", `${HEADER}options:\n\tk3d: {}\n`, "k3d.yaml:4:1", "Tabs are not allowed"],
    ["a field twice", `${HEADER}servers: 1\nservers: 2\n`, "k3d.yaml:4:1", "must be unique"],
    ["an open quote", `${HEADER}image: "x\n`, "k3d.yaml:4:1", "not valid YAML"],
    ["an unknown alias", `${HEADER}image: *x\n`, "k3d.yaml:3:8", '"*x" stands for nothing'],
    [
      "a text that begins with a star",
      `${HEADER}volumes:\n  - volume: *.example.com\n`,
      "k3d.yaml:4:13",
      'the alias "*.example.com" stands for nothing',
    ],
    ["no number", `${HEADER}agents: .nan\n`, "k3d.yaml:3:9", "but found NaN"],
    [
      "a name of JavaScript's own",
      `${HEADER}__proto__: { a: 1 }\n`,
      "k3d.yaml:3:1",
      'Unknown field "__proto__"',
    ],
    ["no version", "kind: Simple\n", "k3d.yaml:1:1", '"apiVersion" is missing'],
    [
      "a version to come",
      "apiVersion: k3d.io/v1beta1\nkind: Simple\n",
      "k3d.yaml:1:13",
      "Unknown version",
    ],
    [
      "a slip in the version",
      "apiVersion: k3s.io/v1alpha5\nkind: Simple\n",
      "k3d.yaml:1:13",
      'did you mean "k3d.io/v1alpha5"',
    ],
    [
      "another kind",
      "apiVersion: k3d.io/v1alpha5\nkind: Cluster\n",
      "k3d.yaml:2:7",
      'Unknown kind "Cluster"',
    ],
    ["an unknown field", `${HEADER}server: 1\n`, "k3d.yaml:3:1", 'did you mean "servers"?'],
    ["a field of elsewhere", `${HEADER}wait: true\n`, "k3d.yaml:3:1", 'Unknown field "wait"'],
    [
      "an unknown inner field",
      `${HEADER}options: { k3d: { waits: true } }\n`,
      "k3d.yaml:3:19",
      'did you mean "wait"?',
    ],
    [
      "another type",
      `${HEADER}servers: two\n`,
      "k3d.yaml:3:10",
      'Expected a whole number, but found "two"',
    ],
    [
      "a number for a text",
      `${HEADER}image: 1.31\n`,
      "k3d.yaml:3:8",
      "Expected a text, but found 1.31",
    ],
    [
      "too small a number",
      `${HEADER}servers: 0\n`,
      "k3d.yaml:3:10",
      "Expected at least 1, but found 0",
    ],
    [
      "a missing field",
      `${HEADER}files: [{ source: x }]\n`,
      "k3d.yaml:3:9",
      '"destination" is missing',
    ],
    [
      "a field of a later version",
      "apiVersion: k3d.io/v1alpha4\nkind: Simple\nfiles: []\n",
      "k3d.yaml:3:1",
      'Unknown field "files"',
    ],
  ])("refuses %s", async (_, text, place, reason) => {
    const failure = parse(text);
    await expect(failure).rejects.toThrow(
      expect.objectContaining({ code: "INVALID_CONFIG", hint: expect.stringMatching(/.{15}/) }),
    );
    await expect(failure).rejects.toThrow(reason);
    await expect(failure).rejects.toThrow(place);
  });

  it.each([
    ["0", "0s", 0],
    ['"0"', "0", 0],
    ["0s", "0s", 0],
    ["360000000000", "6m", 360_000],
    ["1500", "1500ns", 0.0015],
  ])(
    "takes the timeout %s of a file, nanoseconds where it has no unit",
    async (text, shown, ms) => {
      const { config } = await parse(`${HEADER}options: { k3d: { timeout: ${text} } }\n`);
      expect(config.options?.k3d?.timeout).toBe(shown);
      expect(parseDuration(shown)).toBeCloseTo(ms);
      expect(() => resolveConfig(config)).not.toThrow();
    },
  );

  it("does not show a secret of the wrong type", async () => {
    await expect(parse(`${HEADER}token: 12345678\n`)).rejects.toThrow(
      /^(?![^]*12345678)[^]*Expected a text/,
    );
  });

  it("refuses a bomb of aliases", async () => {
    const levels = Array.from(
      { length: 12 },
      (_, level) =>
        `a${level}: &a${level} [${Array(9)
          .fill(level === 0 ? "x" : `*a${level - 1}`)
          .join(",")}]`,
    );
    await expect(parse(levels.join("\n"))).rejects.toThrow(
      expect.objectContaining({ code: "INVALID_CONFIG" }),
    );
  });
});

describe("loadConfig", () => {
  it("reads the files it names and makes paths absolute", async () => {
    const files = {
      "/proj/conf/k3d.yaml": `${HEADER}
files:
  - { source: app.yaml, destination: k3s-manifests-custom/app.yaml }
  - { source: "inline\\n", destination: /inline }
volumes: [{ volume: "./data:/data:ro" }, { volume: "named:/x" }]
registries: { config: ../registries.yaml }
options: { k3d: { proxy: { caFile: ca.pem } } }
`,
      "/proj/conf/app.yaml": "kind: Namespace",
      "/proj/registries.yaml": "mirrors: {}",
    };
    const { config, layer } = await load(files, "conf/k3d.yaml");
    expect(config.files?.map(({ source }) => source)).toEqual(["kind: Namespace", "inline\n"]);
    expect(config.volumes?.map(({ volume }) => volume)).toEqual([
      "/proj/conf/data:/data:ro",
      "named:/x",
    ]);
    expect(config.registries?.config).toBe("mirrors: {}");
    expect(config.options?.k3d?.proxy?.caFile).toBe("/proj/conf/ca.pem");
    expect(layer.origin("files[0].source")).toBe("conf/k3d.yaml:5:15");
  });

  it.each([
    [
      "k3d.io/v1alpha5",
      "name: x",
      "It is a field of files up to k3d.io/v1alpha3. Write metadata.name.",
    ],
    [
      "k3d.io/v1alpha5",
      "options: {k3s: {extraServerArgs: [--x]}}",
      'with nodeFilters: ["server:*"]',
    ],
    ["k3d.io/v1alpha3", "labels: [{label: a=b}]", "Write options.runtime.labels."],
    ["k3d.io/v1alpha4", "files: []", "It came with k3d.io/v1alpha5"],
    ["k3d.io/v1alpha2", "metadata: {name: x}", "It came with k3d.io/v1alpha4"],
  ])("of %s, tells where %s belongs", async (version, field, hint) => {
    await expect(load({}, "-", `apiVersion: ${version}\nkind: Simple\n${field}\n`)).rejects.toThrow(
      expect.objectContaining({ code: "INVALID_CONFIG", hint: expect.stringContaining(hint) }),
    );
  });

  it("knows a version without its group", async () => {
    await expect(load({}, "-", "apiVersion: v1alpha4\nkind: Simple\n")).rejects.toThrow(
      'did you mean "k3d.io/v1alpha4"?',
    );
  });

  it("takes one empty filter for all nodes, as k3d v5 does but for ports", async () => {
    const { config } = await load(
      {},
      "-",
      `${HEADER}
volumes: [{ volume: "/a:/b", nodeFilters: [""] }]
env: [{ envVar: A=b, nodeFilters: [""] }, { envVar: A=c, nodeFilters: ["", "server:0"] }]
ports: [{ port: "80:80", nodeFilters: [""] }]
hooks: [{ when: after-create, command: date, nodeFilters: [""] }]
`,
    );
    const filters = (entries: { nodeFilters?: string[] }[] | undefined) =>
      entries?.map(({ nodeFilters }) => nodeFilters);
    expect(filters(config.volumes)).toEqual([["all"]]);
    expect(filters(config.env)).toEqual([["all"], ["", "server:0"]]);
    expect(filters(config.ports)).toEqual([[""]]);
    expect(filters(config.hooks)).toEqual([[""]]);
  });

  it("refuses every path of Windows on another system, with its place", async () => {
    const file = `${HEADER}
volumes: [{ volume: 'C:\\data:/x' }]
registries: { create: { volumes: ['D:/x:/y:ro'] } }
`;
    const failure = load({ "/proj/k3d.yaml": file }, "k3d.yaml");
    await expect(failure).rejects.toMatchObject({ code: "INVALID_INPUT" });
    await expect(failure).rejects.toThrow(
      /k3d.yaml:4:21: volumes\[0\].*k3d.yaml:5:35: registries.create.volumes\[0\]/s,
    );
  });

  it("takes the registry configuration beside the file, else that of the working directory", async () => {
    const k3d = { "/proj/conf/k3d.yaml": `${HEADER}registries: { config: tests/r.yaml }\n` };
    const here = { "/proj/tests/r.yaml": "mirrors: { here: {} }" };
    const beside = { "/proj/conf/tests/r.yaml": "mirrors: { beside: {} }" };
    const config = async (files: Record<string, string>) =>
      (await load({ ...k3d, ...files }, "conf/k3d.yaml")).config.registries?.config;
    expect(await config(here)).toContain("here");
    expect(await config({ ...here, ...beside })).toContain("beside");
    await expect(config({})).rejects.toThrow("/proj/conf/tests/r.yaml cannot be read");
  });

  it("reads the standard input", async () => {
    const { config, locate } = await load(
      { "/proj/x": "content" },
      "-",
      `${HEADER}files: [{ source: x, destination: /x }]\n`,
    );
    expect(config.files?.[0]?.source).toBe("content");
    expect(locate("files[0]")).toBe("<stdin>:3:9");
  });

  it("says which file is missing", async () => {
    await expect(load({})).rejects.toThrow(
      expect.objectContaining({ code: "NOT_FOUND", message: expect.stringContaining("k3d.yaml") }),
    );
    const source = { "/proj/k3d.yaml": `${HEADER}files: [{ source: no.yaml, destination: /x }]\n` };
    await expect(load(source)).rejects.toThrow(
      expect.objectContaining({
        code: "NOT_FOUND",
        message:
          "k3d.yaml:3:19: files[0].source: Source of a file /proj/no.yaml cannot be read: there is no such file",
      }),
    );
  });

  it.each(["a: [", "just text\n", "- list\n"])(
    "refuses a registry configuration that is %j",
    async (text) => {
      const files = {
        "/proj/k3d.yaml": `${HEADER}registries: { config: r.yaml }\n`,
        "/proj/r.yaml": text,
      };
      await expect(load(files)).rejects.toThrow(
        /k3d\.yaml:3:23: registries\.config: The registries configuration cannot be used/,
      );
    },
  );
});
