import { once } from "node:events";
import { createServer } from "node:https";
import { createConnection, type AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { selfSignedTls } from "../registry/certificate.js";
import type { DialAddress } from "../runtime/runtime.js";
import { httpsKubeClients } from "./https-kube-client.js";

describe("httpsKubeClients", () => {
  it("goes through the runtime to the loopback of an engine elsewhere, and only there", async () => {
    const { certificate, key, ca = certificate } = await selfSignedTls(["127.0.0.1"]);
    const far = createServer({ cert: certificate, key }, (_, response) => response.end("ok"));
    far.listen(0, "127.0.0.1");
    await once(far, "listening");
    const encode = (text: string): string => Buffer.from(text).toString("base64");
    const entries = (server: string) => ({
      contextName: "k3d-demo",
      userName: "admin@k3d-demo",
      cluster: { "certificate-authority-data": encode(ca), server },
      user: {
        "client-certificate-data": encode(certificate),
        "client-key-data": encode(key),
      },
    });
    const asked: DialAddress[] = [];
    const runtime = {
      dial: async (address: DialAddress) => {
        asked.push(address);
        return createConnection((far.address() as AddressInfo).port, "127.0.0.1");
      },
    };
    const { signal } = new AbortController();
    try {
      // Nothing listens there on this machine.
      const there = httpsKubeClients(runtime)(entries("https://127.0.0.1:1"));
      expect(await there.send({ path: "/readyz" }, signal)).toEqual({ status: 200, body: "ok" });
      expect(asked).toEqual([{ host: "127.0.0.1", port: 1 }]);
      const without = httpsKubeClients()(entries("https://127.0.0.1:1"));
      await expect(without.send({ path: "/readyz" }, signal)).rejects.toThrow("ECONNREFUSED");
      const elsewhere = httpsKubeClients(runtime)(entries("https://192.0.2.1:1"));
      await expect(elsewhere.send({ path: "/readyz" }, signal, 1)).rejects.toThrow();
      expect(asked).toHaveLength(1);
    } finally {
      far.close();
    }
  });
});
