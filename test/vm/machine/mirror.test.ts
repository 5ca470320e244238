import { expect, it } from "vitest";
import { mirrorIn } from "./mirror.ts";

it("takes Debian's own archive, not the one of security updates or of others", () => {
  const targets = [
    "Google|Google|main|https://packages.example/apt",
    "Debian|Debian-Security|main|http://mirror.example/debian-security",
    "Debian|Debian|contrib|http://mirror.example/contrib",
    "Debian|Debian|main|http://mirror.example/debian",
    "",
  ].join("\n");
  expect(mirrorIn(targets)).toBe("http://mirror.example/debian");
});

it("finds none on another system", () => {
  expect(mirrorIn("Ubuntu|Ubuntu|main|http://archive.example/ubuntu\n")).toBeUndefined();
});
