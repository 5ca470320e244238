import { repeated, waitFlags } from "@k3d/plugin-kit";
import * as Flags from "@oclif/core/flags";

const PROXY = "PULL-THROUGH CACHE";
const SECURITY = "SECURITY";

/** Flags of `registry create`. */
export const createFlags = {
  port: Flags.string({
    char: "p",
    summary:
      "Where to publish it on this machine; with several upstreams the first port, from which they count up",
    helpValue: "[HOST:]HOSTPORT",
    default: "random",
  }),
  "enforce-port-match": Flags.boolean({
    summary: "Let it listen at the same port inside and outside",
  }),
  image: Flags.string({
    char: "i",
    summary: "Image to run (default: K3D_IMAGE_REGISTRY, else registry:2)",
    helpValue: "IMAGE",
  }),
  volume: repeated({
    char: "v",
    summary: "Mount a volume or a path, e.g. images:/var/lib/registry",
    helpValue: "[SOURCE:]DEST[:MODE]",
  }),
  "default-network": Flags.string({
    summary: "Network to join (default: that of the container runtime)",
    helpValue: "NETWORK",
  }),
  "delete-enabled": Flags.boolean({ summary: "Allow images to be deleted" }),
  "no-help": Flags.boolean({ summary: "Print the name only, not how to use the registry" }),
  ...waitFlags,

  "proxy-remote-url": repeated({
    summary: "Cache this upstream; each use adds an upstream with a registry of its own",
    helpValue: "URL",
    helpGroup: PROXY,
  }),
  "proxy-username": repeated({
    summary: 'User at the upstream; with several, one for each in the same order ("" for none)',
    helpValue: "NAME",
    helpGroup: PROXY,
  }),
  "proxy-password": repeated({
    summary:
      "Password at the upstream; everybody who lists processes can see it: --proxy-password-stdin is safer",
    helpValue: "PASSWORD",
    helpGroup: PROXY,
  }),
  "proxy-password-stdin": Flags.boolean({
    summary:
      "Read the password (one per line) from standard input; for one, K3D_PROXY_PASSWORD works too",
    exclusive: ["proxy-password", "password-stdin"],
    helpGroup: PROXY,
  }),

  username: Flags.string({
    summary: "Ask users for this name and a password; nodes get them",
    helpValue: "NAME",
    helpGroup: SECURITY,
  }),
  "password-stdin": Flags.boolean({
    summary: "Read the password of --username from standard input (default: K3D_REGISTRY_PASSWORD)",
    dependsOn: ["username"],
    helpGroup: SECURITY,
  }),
  htpasswd: Flags.string({
    summary: "File with the users and their bcrypt hashes",
    helpValue: "FILE",
    helpGroup: SECURITY,
  }),
  tls: Flags.boolean({ summary: "Speak TLS with a certificate made for it", helpGroup: SECURITY }),
  "tls-cert": Flags.string({
    summary: "Speak TLS with this certificate (PEM)",
    helpValue: "FILE",
    dependsOn: ["tls-key"],
    helpGroup: SECURITY,
  }),
  "tls-key": Flags.string({
    summary: "Its private key (PEM)",
    helpValue: "FILE",
    dependsOn: ["tls-cert"],
    helpGroup: SECURITY,
  }),
  "tls-ca": Flags.string({
    summary:
      "Certificate authority that nodes trust for it (PEM; default: a self-signed certificate itself)",
    helpValue: "FILE",
    dependsOn: ["tls-cert"],
    helpGroup: SECURITY,
  }),
};

/** What the parser makes of {@link createFlags}. */
export interface CreateFlagValues {
  port: string;
  "enforce-port-match": boolean;
  image: string | undefined;
  volume: string[] | undefined;
  "default-network": string | undefined;
  "delete-enabled": boolean;
  wait: boolean;
  timeout: number | undefined;
  "proxy-remote-url": string[] | undefined;
  "proxy-username": string[] | undefined;
  "proxy-password": string[] | undefined;
  "proxy-password-stdin": boolean;
  username: string | undefined;
  "password-stdin": boolean;
  htpasswd: string | undefined;
  tls: boolean;
  "tls-cert": string | undefined;
  "tls-key": string | undefined;
  "tls-ca": string | undefined;
}
