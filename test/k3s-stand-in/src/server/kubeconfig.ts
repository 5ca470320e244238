import { chmodSync, lstatSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { log } from "../log.ts";
import type { ClusterPki } from "../pki/cluster-pki.ts";
import { loopbackUrl, type ServerConfig } from "./config.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

function isLink(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

/** The admin kubeconfig, with the names and addresses that k3s writes. */
export function adminKubeconfig(server: string, ca: string, cert: string, key: string): string {
  return `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${base64(ca)}
    server: ${server}
  name: default
contexts:
- context:
    cluster: default
    user: default
  name: default
current-context: default
kind: Config
preferences: {}
users:
- name: default
  user:
    client-certificate-data: ${base64(cert)}
    client-key-data: ${base64(key)}
`;
}

/** Writes the kubeconfig to `--write-kubeconfig`, and links the default place to it. */
export async function writeKubeconfig(config: ServerConfig, pki: ClusterPki): Promise<void> {
  const { options, paths } = config;
  const admin = await pki.ensure("client", ["client-admin"], {
    commonName: "system:admin",
    organizations: ["system:masters"],
    usages: ["client"],
  });
  const content = adminKubeconfig(
    loopbackUrl(config),
    pki.serverCa,
    admin.certPem + pki.clientCa,
    admin.keyPem,
  );
  const output = options.string("write-kubeconfig");
  const file = output ? paths.at(output) : paths.globalKubeconfig;
  if (isLink(paths.globalKubeconfig)) rmSync(paths.globalKubeconfig);
  const modeText = options.string("write-kubeconfig-mode");
  const mode = /^[0-7]{3,4}$/.test(modeText) ? Number.parseInt(modeText, 8) : 0o600;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content, { mode });
  chmodSync(file, mode);
  if (file !== paths.globalKubeconfig) {
    mkdirSync(dirname(paths.globalKubeconfig), { recursive: true });
    rmSync(paths.globalKubeconfig, { force: true });
    symlinkSync(file, paths.globalKubeconfig);
  }
  log.info(`Wrote kubeconfig ${output || "/etc/rancher/k3s/k3s.yaml"}`);
  log.info("Run: k3s kubectl");
}
