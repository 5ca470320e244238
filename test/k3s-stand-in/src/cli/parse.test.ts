import { expect, test } from "vitest";
import { agentFlags, serverFlags } from "./flags.ts";
import { type Options, resolveOptions, tokenize, UsageError } from "./parse.ts";

function parse(args: string[], env: NodeJS.ProcessEnv = {}): Options {
  return resolveOptions(serverFlags, env, [], tokenize(serverFlags, args).assignments);
}

test("flags take values after a space or an equals sign, with one dash or two", () => {
  const options = parse([
    "--node-name",
    "a",
    "-token=b",
    "--tls-san=x,y",
    "--tls-san",
    "z",
    "--cluster-init",
  ]);
  expect([
    options.string("node-name"),
    options.string("token"),
    options.bool("cluster-init"),
  ]).toEqual(["a", "b", true]);
  expect(options.slice("tls-san")).toEqual(["x,y", "z"]);
  expect(options.list("tls-san")).toEqual(["x", "y", "z"]);
});

test("short names, false switches, defaults and a value that looks like a flag", () => {
  const options = parse(["-t", "--secret", "-s", "https://a:6443", "--cluster-init=false"]);
  expect([options.string("token"), options.string("server"), options.bool("cluster-init")]).toEqual(
    ["--secret", "https://a:6443", false],
  );
  expect([options.int("https-listen-port"), options.string("data-dir")]).toEqual([
    6443,
    "/var/lib/rancher/k3s",
  ]);
});

test("parsing ends at the first argument that is not a flag", () => {
  expect(tokenize(serverFlags, ["--debug", "stray", "--unknown"]).rest).toEqual([
    "stray",
    "--unknown",
  ]);
  expect(tokenize(serverFlags, ["--", "--debug"]).assignments).toEqual([]);
  expect(tokenize(serverFlags, ["-"]).rest).toEqual(["-"]);
});

test("the environment is below the command line", () => {
  const env = { K3S_TOKEN: "env", K3S_URL: "https://env:6443", K3S_CLUSTER_INIT: "true" };
  const options = parse(["--token", "arg"], env);
  expect([options.string("token"), options.string("server"), options.bool("cluster-init")]).toEqual(
    ["arg", "https://env:6443", true],
  );
});

test.each([
  [["--nope"], "flag provided but not defined: -nope"],
  [["--nope=1"], "flag provided but not defined: -nope"],
  [["--cluster-init=maybe"], 'invalid boolean value "maybe" for -cluster-init: parse error'],
  [["---x"], "bad flag syntax: ---x"],
  [["--tls-san"], "flag needs an argument: -tls-san"],
])("%j", (args, message) => {
  expect(() => parse(args)).toThrow(new UsageError(message));
});

test("agents know none of the flags of servers, and every name is used once", () => {
  expect(() => tokenize(agentFlags, ["--cluster-init"])).toThrow(
    "flag provided but not defined: -cluster-init",
  );
  for (const flags of [serverFlags, agentFlags]) {
    const names = flags.flatMap((flag) => flag.names);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  }
});
