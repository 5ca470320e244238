import { expect, it } from "vitest";
import { busyPort, freePort, isFreePort } from "./free-port.ts";

it("tells free ports, each once, that the kernel gives to nobody by chance", async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, () => freePort("127.0.0.1")));
  expect(new Set(ports).size).toBe(50);
  for (const port of ports) expect(port).toBeLessThan(32_768);
});

it("holds one until it is let go", async () => {
  const { port, close } = await busyPort("127.0.0.1");
  expect(await isFreePort(port, "127.0.0.1")).toBe(false);
  await close();
  expect(await isFreePort(port, "127.0.0.1")).toBe(true);
});
