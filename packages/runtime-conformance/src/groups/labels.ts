import type { Scope } from "../scope.js";
import type { Suite } from "../suite.js";

const VALUES: Record<string, string> = {
  plain: "value",
  empty: "",
  "with.dots/and-slash": "a=b=c",
  json: JSON.stringify([{ ip: "1.2.3.4", hostnames: ["a", "b"] }]),
  unicode: "grüße",
  spaces: "  two  words ",
};

type Kind = "containers" | "networks" | "volumes";

/** Labels are k3d's only state: kept as they are, and found by selector. */
export function labels(suite: Suite): void {
  const { expect } = suite;
  const kinds: Kind[] = ["containers", "networks", "volumes"];

  const make = async (scope: Scope, kind: Kind, own: Record<string, string>): Promise<string> => {
    if (kind === "containers") return scope.create({ labels: own });
    return kind === "networks" ? (await scope.network({ labels: own })).name : scope.volume(own);
  };
  const find = async (
    scope: Scope,
    kind: Kind,
    selector: Record<string, string>,
  ): Promise<string[]> => {
    const found: { name: string }[] = await scope.runtime[kind].list({
      labels: { ...scope.labels, ...selector },
    });
    return found.map(({ name }) => name).toSorted();
  };

  for (const kind of kinds) {
    const needs = kind === "volumes" ? (["volumes"] as const) : [];

    suite.test(
      `labels of ${kind} come back as they were given, and all entries of a selector select by them: an empty value matches any`,
      async (scope) => {
        const one = await make(scope, kind, { ...VALUES, color: "red", size: "1" });
        const two = await make(scope, kind, { color: "red", size: "2" });
        const none = await make(scope, kind, { other: "red" });
        expect((await scope.runtime[kind].inspect(one)).labels).toMatchObject(VALUES);
        const all: { name: string; labels: Record<string, string> }[] = await scope.runtime[
          kind
        ].list({ labels: scope.labels });
        expect(all.map(({ name }) => name).toSorted()).toEqual([one, two, none].toSorted());
        expect(all.find(({ name }) => name === one)?.labels).toMatchObject(VALUES);
        expect(await find(scope, kind, { color: "red" })).toEqual([one, two].toSorted());
        expect(await find(scope, kind, { color: "red", size: "2" })).toEqual([two]);
        expect(await find(scope, kind, { color: "" })).toEqual([one, two].toSorted());
        expect(await find(scope, kind, { color: "blue" })).toEqual([]);
        expect(await find(scope, kind, { color: "re" })).toEqual([]);
      },
      { needs: [...needs] },
    );
  }
}
