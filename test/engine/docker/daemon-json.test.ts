import { describe, expect, it } from "vitest";
import { SetupError } from "../host/setup-error.ts";
import { withWrappedRuntime, WRAPPED_RUNTIME } from "./daemon-json.ts";

const WRAPPER = "/opt/wrapper";

describe("withWrappedRuntime", () => {
  it("makes a new file where there is none", () => {
    expect(JSON.parse(withWrappedRuntime(undefined, WRAPPER) ?? "")).toEqual({
      "default-runtime": WRAPPED_RUNTIME,
      runtimes: { [WRAPPED_RUNTIME]: { path: WRAPPER } },
    });
  });

  it("takes an empty file for one without settings", () => {
    expect(withWrappedRuntime(" \n", WRAPPER)).toBe(withWrappedRuntime(undefined, WRAPPER));
  });

  it("keeps settings and runtimes of the developer", () => {
    const present = {
      "default-runtime": "runc",
      "insecure-registries": ["registry.example:5000"],
      runtimes: { kata: { path: "/usr/bin/kata-runtime", runtimeArgs: ["--debug"] } },
    };
    expect(JSON.parse(withWrappedRuntime(JSON.stringify(present), WRAPPER) ?? "")).toEqual({
      ...present,
      "default-runtime": WRAPPED_RUNTIME,
      runtimes: { ...present.runtimes, [WRAPPED_RUNTIME]: { path: WRAPPER } },
    });
  });

  it("changes nothing when everything is there", () => {
    const once = withWrappedRuntime('{"debug":true}', WRAPPER);
    expect(withWrappedRuntime(once, WRAPPER)).toBeUndefined();
  });

  it("follows the wrapper to a new place", () => {
    const moved = withWrappedRuntime(withWrappedRuntime(undefined, "/old/wrapper"), WRAPPER);
    expect(JSON.parse(moved ?? "").runtimes).toEqual({ [WRAPPED_RUNTIME]: { path: WRAPPER } });
  });

  it.each([
    ["another default runtime", '{"default-runtime":"kata"}', /"kata"/],
    ["text that is not JSON", "{debug: true}", /not valid JSON/],
    ["a list", "[]", /no JSON object/],
    ["runtimes that are no object", '{"runtimes":[]}', /"runtimes"/],
  ])("refuses %s", (_, text, message) => {
    expect(() => withWrappedRuntime(text, WRAPPER)).toThrow(SetupError);
    expect(() => withWrappedRuntime(text, WRAPPER)).toThrow(message);
  });
});
