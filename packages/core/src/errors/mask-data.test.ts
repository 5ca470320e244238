import { expect, it } from "vitest";
import { maskData } from "./mask-data.js";

it("keeps what is no secret", () => {
  const data = { servers: 3, name: "demo", env: ["A=b", "--flag"], nothing: null, file: "a: b\n" };
  expect(maskData(data)).toEqual(data);
  expect(maskData({ token: "" })).toEqual({ token: "" });
});

it.each([
  [{ token: "hunter2" }, { token: "***" }],
  [{ labels: { "k3d.cluster.token": "hunter2" } }, { labels: { "k3d.cluster.token": "***" } }],
  [{ env: ["DB_PASSWORD=hunter2"] }, { env: ["DB_PASSWORD=***"] }],
  [{ args: ["--agent-token", "hunter2"] }, { args: ["--agent-token", "***"] }],
  [{ env: [{ envVar: "DB_PASSWORD=hunter2" }] }, { env: [{ envVar: "DB_PASSWORD=***" }] }],
  [{ arg: "--token=hunter2" }, { arg: "--token=***" }],
  [{ proxy: "http://me:hunter2@proxy:3128" }, { proxy: "http://me:***@proxy:3128" }],
  [
    { config: 'configs:\n  reg:\n    auth:\n      "password": hunter2\n' },
    { config: 'configs:\n  reg:\n    auth:\n      "password": ***\n' },
  ],
])("masks %j", (data, masked) => {
  expect(maskData(data)).toEqual(masked);
});
