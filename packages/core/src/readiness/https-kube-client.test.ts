import { once } from "node:events";
import { createServer } from "node:https";
import { createConnection, type AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { selfSignedTls } from "../registry/certificate.js";
import type { DialAddress } from "../runtime/runtime.js";
import { httpsKubeClients } from "./https-kube-client.js";

const encode = (text: string): string => Buffer.from(text).toString("base64");

const { certificate, key, ca = certificate } = await selfSignedTls(["127.0.0.1"]);
const entries = (server: string) => ({
  contextName: "k3d-demo",
  userName: "admin@k3d-demo",
  cluster: { "certificate-authority-data": encode(ca), server },
  user: { "client-certificate-data": encode(certificate), "client-key-data": encode(key) },
});

describe("httpsKubeClients", () => {
  it("goes through the runtime to the loopback of an engine elsewhere, and only there", async () => {
    const far = createServer({ cert: certificate, key }, (_, response) => response.end("ok"));
    far.listen(0, "127.0.0.1");
    await once(far, "listening");
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

  it("asks on one connection, and on another when that one is gone", async () => {
    let connections = 0;
    let asked = 0;
    const api = createServer({ cert: certificate, key }, (request, response) => {
      asked += 1;
      if (asked === 3) request.socket.destroy();
      else response.end("ok");
    });
    api.on("secureConnection", () => (connections += 1));
    api.listen(0, "127.0.0.1");
    await once(api, "listening");
    const { port } = api.address() as AddressInfo;
    const client = httpsKubeClients()(entries(`https://127.0.0.1:${port}`));
    const { signal } = new AbortController();
    try {
      await client.send({ path: "/readyz" }, signal);
      await client.send({ path: "/readyz" }, signal);
      expect(connections).toBe(1);
      expect(await client.send({ path: "/readyz" }, signal)).toEqual({ status: 200, body: "ok" });
      expect([connections, asked]).toEqual([2, 4]);
    } finally {
      api.closeAllConnections();
      api.close();
    }
  });
});
