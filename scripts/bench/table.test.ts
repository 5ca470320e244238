import { expect, it } from "vitest";
import { budgetTable } from "./table.ts";

it("gives a verdict on what has a budget", () => {
  const table = budgetTable([
    { name: "node", milliseconds: 22.04, against: "", comparison: "", met: true },
    {
      name: "list",
      milliseconds: 70,
      range: [65, 1100],
      against: "node",
      comparison: "3.18 ×",
      budget: "3.5 ×",
      met: true,
    },
    {
      name: "create",
      milliseconds: 4200,
      against: "hand",
      comparison: "+2.00 s",
      budget: "+1.30 s",
      met: false,
    },
    { name: "podman", milliseconds: NaN, against: "", comparison: "failed: no", met: false },
  ]);
  expect(table).toBe(
    [
      "MEASURED   MIN       MEDIAN    MAX      COMPARED   WITH   BUDGET    VERDICT",
      "node                 22.0 ms",
      "list       65.0 ms   70.0 ms   1.10 s   3.18 ×     node   3.5 ×     met",
      "create               4.20 s             +2.00 s    hand   +1.30 s   MISSED",
      "podman                                                              failed: no",
    ].join("\n"),
  );
});
