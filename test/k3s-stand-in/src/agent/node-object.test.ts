import { expect, test } from "vitest";
import { nodeArgs, nodeEnv } from "./node-object.ts";

test("the command line is kept with its secrets hidden", () => {
  expect(
    nodeArgs([
      "server",
      "--token=abc",
      "--tls-san",
      "x",
      "-t",
      "def",
      "--datastore-endpoint",
      "mysql://u:p@h",
      "--cluster-init",
    ]),
  ).toEqual([
    "server",
    "--token",
    "********",
    "--tls-san",
    "x",
    "-t",
    "********",
    "--datastore-endpoint",
    "********",
    "--cluster-init",
  ]);
});

test("of the environment k3s' own variables are kept", () => {
  expect(
    nodeEnv({ K3S_TOKEN: "abc", K3S_URL: "https://a", PATH: "/bin", K3S_STANDIN_ROOT: "/x" }),
  ).toEqual({ K3S_TOKEN: "********", K3S_URL: "https://a" });
});
