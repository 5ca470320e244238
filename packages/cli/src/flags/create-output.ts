import { K3dError } from "@k3d/core";

/** What `--output` of `cluster create` says. */
export interface CreateOutput {
  format?: "json" | "yaml";
  /** Where bundles are written; only with `oci`. */
  directory?: string;
}

/**
 * Reads the values of `--output`: a format, or `oci` and a directory in either order.
 *
 * @throws K3dError `INVALID_INPUT`
 */
export function parseCreateOutput(values: readonly string[] = [], dryRun: boolean): CreateOutput {
  const [first, second, ...more] = values.toSorted((a, b) => rank(a) - rank(b));
  if (first === undefined) return {};
  if (first === "oci") {
    if (second === undefined || more.length > 0 || rank(second) < DIRECTORY) {
      throw refused("-o oci needs one directory to write to");
    }
    if (!dryRun) throw refused("-o oci describes a planned cluster: it needs --dry-run");
    return { directory: second };
  }
  if (first !== "json" && first !== "yaml") {
    throw refused(`Expected --output=${first} to be one of: json, yaml, oci`);
  }
  if (second !== undefined) throw refused(`--output is given twice: ${first} and ${second}`);
  return { format: first };
}

const DIRECTORY = 2;

/** Formats come before directories. */
function rank(value: string): number {
  if (value === "oci") return 0;
  return value === "json" || value === "yaml" ? 1 : DIRECTORY;
}

function refused(message: string): K3dError {
  return new K3dError("INVALID_INPUT", message, {
    hint: "Use -o json, -o yaml, or --dry-run -o oci --output DIR.",
  });
}
