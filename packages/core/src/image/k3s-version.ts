/** Images of k3s tell their version: `v1.21.14-k3s1` is `v1.21.14+k3s1`. */
export function k3sVersionOf(image: string): string | undefined {
  const [, version, build] = /:(v\d+\.\d+\.\d+)[-+](k3s\d+)/.exec(image) ?? [];
  return version === undefined ? undefined : `${version}+${build ?? ""}`;
}

/** Whether `version` is before `other`; what is no version is before nothing. */
export function isOlder(version: string, other: string): boolean {
  const numbers = (text: string): number[] | undefined => {
    const found = /^v?(\d+)\.(\d+)\.(\d+)(?:[-+]k3s(\d+))?/.exec(text);
    return found?.slice(1).map((part) => Number(part ?? 0));
  };
  const [left, right] = [numbers(version), numbers(other)];
  if (left === undefined || right === undefined) return false;
  const at = left.findIndex((part, place) => part !== right[place]);
  return at !== -1 && (left[at] ?? 0) < (right[at] ?? 0);
}
