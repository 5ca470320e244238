import { GUEST } from "../../machine/places.ts";
import type { Shell } from "../../machine/shell.ts";
import type { EngineUnderTest, OutsideContainer } from "../engine.ts";
import { lines, programVersion } from "./command-line.ts";

const ROOT = "/var/lib/k3d/oci";
const RUN = "/run/k3d/oci";

interface RecordFile {
  readonly id: string;
  readonly name: string;
  readonly spec: { readonly labels: Readonly<Record<string, string>> };
}

interface Link {
  readonly ifname: string;
  readonly addr_info: readonly { readonly local: string }[];
}

/** The daemonless runtime as the program below it, the kernel and its files show it. */
export function oci(program: "runc" | "crun"): EngineUnderTest {
  return {
    id: `oci-${program}`,
    title: `Daemonless, ${program}`,
    runtime: "oci",
    rootless: false,
    startsAtBoot: false,
    user: "root",
    env: { K3D_OCI_RUNTIME: program },
    prepare: async () => undefined,
    version: (shell) => programVersion(shell, program),
    async containers(shell, cluster) {
      const records = (await allRecords(shell)).filter(
        ({ spec }) => spec.labels["k3d.cluster"] === cluster,
      );
      const found: OutsideContainer[] = [];
      for (const { id, name } of records) {
        const running = await isRunning(shell, program, id);
        found.push({ name, running, addresses: running ? await addresses(shell, id) : [] });
      }
      return found.sort((one, other) => (one.name < other.name ? -1 : 1));
    },
    async objects(shell) {
      const entries = async (kind: string): Promise<string[]> =>
        lines((await shell.attempt(["ls", `${ROOT}/${kind}s`])).stdout);
      return [
        ...(await allRecords(shell)).map(({ name }) => `container ${name}`),
        ...(await entries("network")).map((name) => `network ${name}`),
        ...(await entries("volume")).map((name) => `volume ${name}`),
      ].sort();
    },
    async exec(shell, container, args) {
      const id = (await allRecords(shell)).find(({ name }) => name === container)?.id ?? container;
      return shell.run([program, "--root", `${RUN}/runtime`, "exec", id, ...args]);
    },
    async push(shell, image, target) {
      // Its images are layers in a store of its own, so this one comes from where that got it.
      const name = image.replaceAll(/^.*\/|:.*$/g, "");
      const layout = `oci:$(echo ${GUEST}/checkout/.cache/images/${name}-*)`;
      await shell.script(`skopeo copy --dest-tls-verify=false "${layout}" "docker://${target}"`);
    },
  };
}

async function allRecords(shell: Shell): Promise<RecordFile[]> {
  const script = `shopt -s nullglob; for file in ${ROOT}/containers/*/container.json; do tr -d '\\n' <"$file"; echo; done`;
  return lines(await shell.script(script)).map((line) => JSON.parse(line) as RecordFile);
}

async function isRunning(shell: Shell, program: string, id: string): Promise<boolean> {
  const { exitCode, stdout } = await shell.attempt([
    program,
    "--root",
    `${RUN}/runtime`,
    "state",
    id,
  ]);
  return exitCode === 0 && (JSON.parse(stdout) as { status: string }).status === "running";
}

async function addresses(shell: Shell, id: string): Promise<string[]> {
  const inside = ["nsenter", `--net=${RUN}/netns/${id}`];
  const links = JSON.parse(
    await shell.run([...inside, "ip", "-json", "-4", "address", "show"]),
  ) as Link[];
  return links
    .filter(({ ifname }) => ifname !== "lo")
    .flatMap(({ addr_info: infos }) => infos.map(({ local }) => local))
    .sort();
}
