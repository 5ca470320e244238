/**
 * Makes sure that an engine has the images k3d and its tests need.
 *
 *   node test/images/ensure.ts [--runtime docker|podman|oci] [--only NAME]... [--offline]
 *
 * Each image is taken as it is on this machine, else pulled where its registry answers, else built
 * from Debian packages. K3D_E2E_K3S_IMAGE names another node image. Images that k3d does not use
 * by itself are named in .tools/offline-images.env. With --offline no registry is asked.
 */
import { parseArgs } from "node:util";
import { runScript, say, warn } from "../engine/host/script.ts";
import { buildImage } from "./build/cache.ts";
import { TEST_IMAGES, testImage } from "./catalog.ts";
import { ENV_FILE, updateEnvFile } from "./env-file.ts";
import { provideImage, type Provided, type ProvideOptions } from "./provide.ts";
import { registryAnswers, registryHost } from "./registry-reach.ts";
import { openStore } from "./store/open-store.ts";

const WORDS: Readonly<Record<Provided["source"], string>> = {
  local: "is here",
  pulled: "was pulled",
  offline: "is here (offline image)",
  built: "was built (offline image)",
};

/** Asks every registry at most once. */
function reach(offline: boolean): (reference: string) => Promise<boolean> {
  const answers = new Map<string, Promise<boolean>>();
  return (reference) => {
    if (offline) return Promise.resolve(false);
    const host = registryHost(reference);
    const answer = answers.get(host) ?? registryAnswers(host);
    answers.set(host, answer);
    return answer;
  };
}

/** What k3d must be told: an image that it does not use by itself. */
function toVariable({ image, reference }: Provided): [string, string | undefined][] {
  if (image.variable === undefined) return [];
  const unusual = reference === image.offline || image.named === true;
  return [[image.variable, unusual ? reference : undefined]];
}

await runScript(async () => {
  const { values } = parseArgs({
    options: {
      runtime: { type: "string", default: "docker" },
      only: { type: "string", multiple: true },
      offline: { type: "boolean", default: false },
    },
  });
  const options: ProvideOptions = {
    store: openStore(values.runtime),
    canPull: reach(values.offline),
    build: (image, recipe, hash) => buildImage(image.name, image.offline, recipe, hash),
    onPullFailure: warn,
  };
  const started = Date.now();
  const provided: Provided[] = [];
  try {
    for (const image of values.only?.map(testImage) ?? TEST_IMAGES) {
      const result = await provideImage(image, options);
      say(`${result.reference} ${WORDS[result.source]}`);
      provided.push(result);
    }
  } finally {
    await options.store.close();
  }
  updateEnvFile(Object.fromEntries(provided.flatMap(toVariable)));
  const standIn = provided.find(
    ({ image, reference }) => image.variable === "K3D_IMAGE" && reference === image.offline,
  );
  if (standIn !== undefined) {
    say("The node image is an offline stand-in that behaves like k3s towards k3d. It is NOT k3s.");
    say(`The offline images are named in ${ENV_FILE}`);
  }
  say(`Images are ready for ${values.runtime} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
});
