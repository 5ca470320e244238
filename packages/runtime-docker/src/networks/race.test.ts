import { afterEach, expect, it } from "vitest";
import { fakeEngine, type FakeEngine } from "../../test-support/fake-engine.js";
import { DockerNetworks } from "./operations.js";

let fake: FakeEngine;
afterEach(() => fake.stop());

const network = (Id: string, Created: string) => ({ Id, Created, Name: "net", Driver: "bridge" });
const EARLIER = network("other", "2026-11-27T01:00:00.1Z");
const OWN = network("own", "2026-11-27T01:00:00.2Z");

/** An engine that let two callers at once make a network of one name. */
async function racing(others: object[]) {
  const removed: string[] = [];
  let made = false;
  fake = await fakeEngine(({ method, url = "" }, response) => {
    const path = url.replace(/^\/v[\d.]+|\?.*$/g, "");
    response.setHeader("content-type", "application/json");
    if (method === "GET" && !made && path !== "/networks") response.statusCode = 404;
    if (method === "DELETE") removed.push(path);
    if (method === "POST") made = true;
    const answer =
      method === "POST"
        ? { Id: OWN.Id }
        : path === "/networks"
          ? made
            ? [OWN, ...others]
            : []
          : path.startsWith("/containers")
            ? []
            : OWN;
    response.end(JSON.stringify(answer));
  });
  return { networks: new DockerNetworks(fake.engine), removed };
}

it("takes its network back where another of the name was made first", async () => {
  const { networks, removed } = await racing([EARLIER]);
  await expect(networks.create({ name: "net", labels: {} })).rejects.toMatchObject({
    code: "NAME_IN_USE",
  });
  expect(removed).toEqual(["/networks/own"]);
});

it("keeps its network where the other one came later, or is another's name", async () => {
  const later = { ...EARLIER, Created: "2026-11-27T01:00:00.3Z" };
  const { networks, removed } = await racing([later, { ...EARLIER, Name: "net-2" }]);
  await expect(networks.create({ name: "net", labels: {} })).resolves.toMatchObject({ id: "own" });
  expect(removed).toEqual([]);
});
