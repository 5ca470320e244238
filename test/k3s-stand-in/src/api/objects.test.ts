import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LocalDatastore } from "../store/local.ts";
import { Objects } from "./objects.ts";
import { findResource, type Resource } from "./resources.ts";

const namespaces = findResource("", "v1", "namespaces") as Resource;
const secrets = findResource("", "v1", "secrets") as Resource;

let folder: string;
let store: LocalDatastore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "k3s-stand-in-objects-"));
  store = await LocalDatastore.open(join(folder, "state.db"));
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

test("what another server made at the same moment becomes what is wanted, too", async () => {
  const objects = new Objects(store);
  await objects.create(namespaces, "", { metadata: { name: "kube-system" } });
  await objects.create(secrets, "kube-system", { metadata: { name: "shared" }, type: "theirs" });
  vi.spyOn(objects, "find").mockReturnValueOnce(undefined);
  await objects.ensure(secrets, "kube-system", {
    metadata: { name: "shared", annotations: { own: "1" } },
  });
  expect(objects.get(secrets, "kube-system", "shared")).toMatchObject({
    metadata: { annotations: { own: "1" } },
    type: "theirs",
  });
});
