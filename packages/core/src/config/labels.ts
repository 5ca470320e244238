import { K3dError } from "../errors/index.js";
import { syntaxError } from "../filters/index.js";
import { APP, LABELS, RESERVED_LABEL_PREFIXES } from "../model/index.js";

export interface LabelSpec {
  key: string;
  /** Empty when the label was written without `=`. */
  value: string;
}

/**
 * Parses `key=value` or `key`, split at the first `=`.
 *
 * @throws `INVALID_INPUT` when there is no key.
 */
export function parseLabel(text: string, what = "label"): LabelSpec {
  const equals = text.indexOf("=");
  const key = equals === -1 ? text : text.slice(0, equals);
  if (key === "")
    throw syntaxError({
      what,
      text,
      at: 0,
      reason: "a key is missing",
      hint: "Write key=value or key.",
    });
  const space = key.search(/\s/);
  if (space !== -1)
    throw syntaxError({
      what,
      text,
      at: space,
      reason: "a key must not contain spaces",
      hint: "Write key=value or key.",
    });
  return { key, value: equals === -1 ? "" : text.slice(equals + 1) };
}

export const formatLabel = ({ key, value }: LabelSpec): string => `${key}=${value}`;

/**
 * {@link parseLabel} for containers; k3d's own keys are refused, because its
 * state lives in them.
 *
 * @throws `INVALID_INPUT`
 */
export function parseRuntimeLabel(text: string): LabelSpec {
  const label = parseLabel(text, "runtime label");
  if (
    label.key === LABELS.app ||
    RESERVED_LABEL_PREFIXES.some((prefix) => label.key.startsWith(prefix))
  ) {
    throw syntaxError({
      what: "runtime label",
      text,
      at: 0,
      reason: `the key "${label.key}" is reserved for k3d`,
      hint: `Choose a key other than "${LABELS.app}" (always "${APP}") that does not start with ${RESERVED_LABEL_PREFIXES.map((prefix) => `"${prefix}"`).join(" or ")}.`,
    });
  }
  return label;
}

const LABEL_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
const LABEL_PREFIX = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;

/**
 * {@link parseLabel} for Kubernetes nodes, by the rules of
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/;
 * k3s would end with an error where they are broken.
 *
 * @throws `INVALID_INPUT`
 */
export function parseNodeLabel(text: string): LabelSpec {
  const label = parseLabel(text, "node label");
  const slash = label.key.indexOf("/");
  const prefix = slash === -1 ? undefined : label.key.slice(0, slash);
  const fail = (at: number, reason: string): K3dError =>
    syntaxError({
      what: "node label",
      text,
      at,
      reason,
      hint: "Kubernetes takes [prefix/]name=value: prefix a DNS name, name and value up to 63 letters, digits, '-', '_' and '.', starting and ending with a letter or digit.",
    });
  if (prefix !== undefined && (prefix.length > 253 || !LABEL_PREFIX.test(prefix))) {
    throw fail(0, `"${prefix}" is not a DNS name`);
  }
  if (!LABEL_NAME.test(label.key.slice(slash + 1)))
    throw fail(slash + 1, `"${label.key.slice(slash + 1)}" is not a label name`);
  if (label.value !== "" && !LABEL_NAME.test(label.value)) {
    throw fail(label.key.length + 1, `"${label.value}" is not a label value`);
  }
  return label;
}
