import type { ContainerSpec } from "@k3d/core/runtime";

/** Annotation under which a container carries its {@link Requested}. */
export const REQUESTED_ANNOTATION = "io.k3d.requested";

/**
 * What podman's inspect does not tell, or tells only together with podman's
 * own additions: fixed addresses, the order of networks, ports left open,
 * namespaces, mount options, limits. It is kept beside the container so that
 * its spec can be had back as it was.
 */
export type Requested = Pick<
  ContainerSpec,
  | "mounts"
  | "linux"
  | "networks"
  | "ports"
  | "gpus"
  | "securityLabel"
  | "stopTimeout"
  | "stopSignal"
> & { rlimits?: ContainerSpec["process"]["rlimits"] };

function requestedOf(spec: ContainerSpec): Requested {
  const { mounts, linux, networks, ports, gpus, securityLabel, stopTimeout, stopSignal } = spec;
  const requested: Requested = { mounts, linux, networks, ports };
  if (gpus !== undefined) requested.gpus = gpus;
  if (securityLabel !== undefined) requested.securityLabel = securityLabel;
  if (stopTimeout !== undefined) requested.stopTimeout = stopTimeout;
  if (stopSignal !== undefined) requested.stopSignal = stopSignal;
  if (spec.process.rlimits !== undefined) requested.rlimits = spec.process.rlimits;
  return requested;
}

/** The value of the annotation. Base64 has none of the characters that podman splits annotations at. */
export function writeRequested(spec: ContainerSpec): string {
  return Buffer.from(JSON.stringify(requestedOf(spec))).toString("base64url");
}

/** Reads the annotation of a container; `undefined` for containers that another tool made. */
export function readRequested(
  annotations: Readonly<Record<string, string>>,
): Requested | undefined {
  const text = annotations[REQUESTED_ANNOTATION];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString()) as Requested;
  } catch {
    return undefined;
  }
}
