import { expect, it } from "vitest";
import { shortLogLine } from "./log-line.js";

it.each([
  [
    'time="2026-11-27T14:55:06Z" level=info msg="Wrote \\"kubeconfig\\"" path=/a',
    '14:55:06 info Wrote "kubeconfig" path=/a',
  ],
  ['time="2026-11-27T14:55:06.12+01:00" level=warning msg="late"', "14:55:06 warn late"],
  [
    'E1127 14:55:07.622000       8 kubelet_node_status.go:73] "Unable to register"',
    '14:55:07 error "Unable to register"',
  ],
  ["start worker processes", "start worker processes"],
  ["", ""],
])("shortens %s", (line, short) => {
  expect(shortLogLine(line)).toBe(short);
});
