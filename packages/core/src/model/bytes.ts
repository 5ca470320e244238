const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

/** `1.5 MB`; units are powers of 1000, as Docker and Podman show them. */
export function formatBytes(bytes: number): string {
  const exponent = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length - 1);
  const value = bytes / 1000 ** exponent;
  return `${exponent === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${UNITS[exponent]}`;
}
