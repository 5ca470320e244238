import type { Examination, Finding } from "@k3d/core";
import { createPaint, plainPaint } from "@k3d/plugin-kit";
import { describe, expect, it } from "vitest";
import { doctorText } from "./doctor.js";

const findings: Finding[] = [
  { check: "engine", group: "engine", status: "ok", message: "Docker Engine 29.1.0 answers" },
  {
    check: "engine",
    group: "engine",
    status: "problem",
    message: "Nodes cannot run: rootless nodes need cgroup v2, and this machine has v1",
    fix: "Boot with systemd.unified_cgroup_hierarchy=1, or run k3d as root",
  },
  {
    check: "pod-dns",
    group: "network",
    status: "warning",
    message: "Pods ask 10.0.0.2; registry-1.docker.io does not resolve so",
    fix: "The same as for containers, above",
  },
  { check: "leftovers", group: "k3d", status: "unknown", message: "No engine answers" },
];
const examination: Examination = {
  status: "problem",
  summary: { ok: 1, warning: 1, problem: 1, unknown: 1 },
  findings,
};
const plain = { paint: plainPaint, unicode: true };

describe("findings for people", () => {
  it("are grouped and aligned, each with its fix below it", () => {
    expect(doctorText(examination, plain)).toBe(
      [
        "Engine",
        "  ✔ engine     Docker Engine 29.1.0 answers",
        "  ✖            Nodes cannot run: rootless nodes need cgroup v2, and this machine has v1",
        "               → Boot with systemd.unified_cgroup_hierarchy=1, or run k3d as root",
        "",
        "Network",
        "  ▲ pod-dns    Pods ask 10.0.0.2; registry-1.docker.io does not resolve so",
        "               → The same as for containers, above",
        "",
        "k3d",
        "  ? leftovers  No engine answers",
        "",
        "1 problem, 1 warning, 1 not looked at, 1 ok",
      ].join("\n"),
    );
  });

  it.each([80, 60])("keep to %i columns", (width) => {
    const lines = doctorText(examination, { ...plain, unicode: false, width }).split("\n");
    const unbroken = /systemd\.unified_cgroup_hierarchy=1,|registry-1\.docker\.io/;
    const long = lines.filter((line) => line.length > width && !unbroken.test(line));
    expect(long).toEqual([]);
    expect(lines.join("\n")).toMatchSnapshot();
  });

  it("tell once why several checks could not look", () => {
    const unknown = (check: string): Finding => ({
      check,
      group: "machine",
      status: "unknown",
      message: "No engine answers",
    });
    const none = { ...examination, findings: [...findings, unknown("disk"), unknown("clock")] };
    const lines = doctorText(none, plain).split("\n");
    expect(lines.filter((line) => line.includes("No engine answers"))).toHaveLength(1);
    expect(lines).toContain("Not looked at: leftovers, disk, clock");
  });

  it("say the same in colour, and obey no foreign control characters", () => {
    const foreign: Finding = { check: "x", group: "k3d", status: "ok", message: "a\u001B[31mb" };
    const one = { ...examination, findings: [...findings, foreign] };
    const colored = doctorText(one, { ...plain, paint: createPaint(true) });
    expect(colored).toContain("a\\u001b[31mb");
    // oxlint-disable-next-line no-control-regex -- these are what colours are made of
    expect(colored.replaceAll(/\u001B\[\d+m/g, "")).toBe(doctorText(one, plain));
  });
});
