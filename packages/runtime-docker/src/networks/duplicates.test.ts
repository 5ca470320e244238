import { afterEach, expect, it } from "vitest";
import { fakeEngine, type FakeEngine } from "../../test-support/fake-engine.js";
import { DockerNetworks } from "./operations.js";

let fake: FakeEngine;
afterEach(() => fake.stop());

interface Network {
  Id: string;
  Name: string;
  Driver: string;
  Created: string;
}

/** An engine that lets networks share a name; `beside` is made at the same time as the first one. */
async function engineWith(networks: Network[], beside?: Network): Promise<DockerNetworks> {
  let made = 0;
  fake = await fakeEngine((request, response) => {
    const url = new URL(request.url ?? "", "http://engine");
    const path = decodeURIComponent(url.pathname.replace(/^\/v[\d.]+/, ""));
    const send = (status: number, value: unknown): void => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(value));
    };
    const [, , id = ""] = path.split("/");
    const found = networks.filter(({ Id, Name }) => Id === id || Name === id);
    if (path === "/networks/create") {
      made += 1;
      const network = { Id: `own-${made}`, Name: "net", Driver: "bridge", Created: `${made + 1}` };
      networks.push(network);
      if (made === 1 && beside !== undefined) networks.push(beside);
      send(201, { Id: network.Id });
    } else if (path === "/networks") send(200, networks);
    else if (path === "/containers/json") send(200, []);
    else if (request.method === "DELETE") {
      networks.splice(
        networks.findIndex(({ Id }) => Id === id),
        1,
      );
      send(204, undefined);
    } else if (found.length > 1)
      send(400, { message: `2 matches found based on name: network ${id} is ambiguous` });
    else if (found.length === 0) send(404, { message: `network ${id} not found` });
    else send(200, found[0]);
  });
  return new DockerNetworks(fake.engine);
}

const other = { Id: "other", Name: "net", Driver: "bridge", Created: "1" };

it("leaves no second network of a name that was made at the same moment", async () => {
  const networks: Network[] = [];
  const subject = await engineWith(networks, other);
  await expect(subject.create({ name: "net", labels: {} })).rejects.toMatchObject({
    code: "NAME_IN_USE",
  });
  expect(networks.map(({ Id }) => Id)).toEqual(["other"]);
});

it("makes one where there is no other", async () => {
  const networks: Network[] = [];
  const subject = await engineWith(networks);
  expect(await subject.create({ name: "net", labels: {} })).toMatchObject({ id: "own-1" });
});

it("means the oldest where several have the name already", async () => {
  const subject = await engineWith([{ ...other, Id: "younger", Created: "2" }, other]);
  expect(await subject.inspect("net")).toMatchObject({ id: "other" });
});
