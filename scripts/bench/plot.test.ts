import { expect, it } from "vitest";
import { plot } from "./plot.ts";

const row = { milliseconds: 110, against: "node", comparison: "", met: true };

it("draws each comparison by factor that has a budget, with its range", () => {
  const svg = plot({
    machine: "2 × <x>",
    rows: [
      { ...row, name: "node -e 0" },
      { ...row, name: "list", ratio: 1.1, range: [100, 200], budget: "2.2 ×" },
      { ...row, name: "start", ratio: 1.5, budget: "1.05 ×", met: false },
      { ...row, name: "stop", ratio: 1.2 },
    ],
  });
  expect(svg.match(/<rect/g)).toHaveLength(2);
  expect(svg.match(/class="budget"/g)).toHaveLength(2);
  expect(svg).not.toContain("stop");
  expect(svg).toContain('class="missed"');
  expect(svg).toContain("list (node");
  expect(svg).toContain("1.10 ×");
  expect(svg).toContain("2 × &lt;x>");
  // 2.2 is the most that is drawn: 100 of 110 ms are 1.0 of it, 200 are 2.0.
  expect(svg).toContain('d="M572.7 66H745.5"');
});
