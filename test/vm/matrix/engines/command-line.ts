import type { Shell } from "../../machine/shell.ts";
import type { EngineUnderTest, OutsideContainer } from "../engine.ts";

interface Inspected {
  readonly Name: string;
  readonly State: { readonly Running: boolean };
  readonly NetworkSettings: {
    readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>> | null;
  };
}

/** What the command lines of Docker and Podman share. */
export function lookingWith(
  client: "docker" | "podman",
): Pick<EngineUnderTest, "containers" | "objects" | "exec" | "push"> {
  return {
    async containers(shell, cluster) {
      const filter = `label=k3d.cluster=${cluster}`;
      const ids = lines(await shell.run([client, "ps", "--all", "--quiet", "--filter", filter]));
      if (ids.length === 0) return [];
      const found = JSON.parse(await shell.run([client, "inspect", ...ids])) as Inspected[];
      return found.map(toContainer).sort((one, other) => (one.name < other.name ? -1 : 1));
    },
    async objects(shell) {
      const list = async (kind: string, args: string[]): Promise<string[]> =>
        lines(await shell.run([client, ...args])).map((name) => `${kind} ${name}`);
      return [
        ...(await list("container", ["ps", "--all", "--format", "{{.Names}}"])),
        ...(await list("network", ["network", "ls", "--format", "{{.Name}}"])),
        ...(await list("volume", ["volume", "ls", "--format", "{{.Name}}"])),
      ].sort();
    },
    exec: (shell, container, args) => shell.run([client, "exec", container, ...args]),
    async push(shell, image, target) {
      await shell.run([client, "tag", image, target]);
      const insecure = client === "podman" ? ["--tls-verify=false"] : [];
      await shell.run([client, "push", "--quiet", ...insecure, target]);
      await shell.run([client, "rmi", target]);
    },
  };
}

function toContainer({ Name, State, NetworkSettings }: Inspected): OutsideContainer {
  const addresses = Object.values(NetworkSettings.Networks ?? {}).map(({ IPAddress }) => IPAddress);
  return {
    name: Name.replace(/^\//, ""),
    running: State.Running,
    addresses: State.Running ? addresses.filter((address) => address !== "").sort() : [],
  };
}

export const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "");

/** The runtime program's first line of `--version`. */
export async function programVersion(shell: Shell, program: string): Promise<string> {
  const text = await shell.run([program, "--version"]);
  return text.split("\n", 1)[0]?.replace(" version ", " ") ?? program;
}
