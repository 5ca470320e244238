import { expect, it } from "vitest";
import { createArgs } from "./operations.js";

it.each([
  [{}, ""],
  [{ subnet: "10.1.0.0/24" }, "--subnet 10.1.0.0/24 "],
  [
    {
      subnet: "10.1.0.0/24",
      gateway: "10.1.0.1",
      dynamicRange: "10.1.0.128/25",
      ipv6: { subnet: "fd00::/64", gateway: "fd00::1", dynamicRange: "fd00:0:0:0:8000::/65" },
    },
    "--ipv6 --subnet 10.1.0.0/24 --gateway 10.1.0.1 --ip-range 10.1.0.128/25 " +
      "--subnet fd00::/64 --gateway fd00::1 --ip-range fd00:0:0:0:8000::/65 ",
  ],
  // Podman counts gateways and ranges apart from subnets.
  [
    { subnet: "10.1.0.0/24", ipv6: { subnet: "fd00::/64", dynamicRange: "fd00:0:0:0:8000::/65" } },
    "--ipv6 --subnet fd00::/64 --ip-range fd00:0:0:0:8000::/65 --subnet 10.1.0.0/24 ",
  ],
  [
    { subnet: "10.1.0.0/24", ipv6: { subnet: "fd00::/64", gateway: "fd00::9" } },
    "--ipv6 --subnet 10.1.0.0/24 --gateway 10.1.0.1 --subnet fd00::/64 --gateway fd00::9 ",
  ],
])("asks for %o", (parts, expected) => {
  const args = createArgs({ name: "net", labels: {}, ...parts });
  expect(args.join(" ")).toBe(`network create ${expected}net`);
});
