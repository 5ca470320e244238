const DOCKER_HUB = "registry-1.docker.io";

/** The registry host of a full image reference. */
export function registryHost(reference: string): string {
  const host = reference.split("/", 1)[0] ?? "";
  return host === "docker.io" ? DOCKER_HUB : host;
}

/**
 * Whether a registry answers on its API within the time. A registry that asks for credentials (401)
 * is one that answers.
 *
 * @param timeout milliseconds
 */
export async function registryAnswers(host: string, timeout = 5000): Promise<boolean> {
  try {
    const response = await fetch(`https://${host}/v2/`, { signal: AbortSignal.timeout(timeout) });
    await response.body?.cancel();
    return response.status === 200 || response.status === 401;
  } catch {
    return false;
  }
}
