import type { JsonSchema, Schema } from "../schema/json-schema.js";
import type { ConfigVersion } from "../versions.js";

/** How a flag of `cluster create` is written. */
export type FlagKind =
  /** One value. */
  | "text"
  /** A whole number. */
  | "count"
  /** `--name`, `--no-name` and `--name=false`. */
  | "toggle"
  /** Every use adds one value. */
  | "repeated"
  /** Every use adds values, separated by commas. */
  | "list";

/** A flag of `cluster create`. */
export interface OptionFlag {
  /** Without the two hyphens. */
  name: string;
  kind: FlagKind;
  char?: "a" | "e" | "i" | "p" | "s" | "v";
  /** Other names of it. */
  aliases?: readonly string[];
  /** What stands for the value in the help. */
  metavar?: string;
  group?: HelpGroup;
  summary: string;
}

/** Where a flag stands in the help; without one it is among the first. */
export type HelpGroup =
  | "NODES"
  | "NETWORK AND PORTS"
  | "STORAGE AND IMAGES"
  | "REGISTRIES"
  | "KUBECONFIG";

/** Entries of a list that are for some of the nodes. */
export interface FilteredEntries<Key extends string = string> {
  /** Field of an entry that has its value. */
  key: Key;
  /** An entry in the words of a message, e.g. `Environment variable A`; never with a secret. */
  describe(value: string): string;
  /** What an entry without filters is for. `one`: the only node there is, else it is an error. */
  unfiltered: "all" | "k3s" | "one" | "load balancer" | "host";
  /** Whether only k3s nodes can make use of it. */
  onlyK3s?: boolean;
  /** Whether an entry without a value adds nothing, as in k3d v5: `--k3s-arg $EXTRA@server:0` of scripts. */
  emptyIsNone?: boolean;
  /** Whether filters may end in `:proxy` or `:direct`. */
  suffixes?: boolean;
}

/** One option of a cluster: everything that is known of it, once. */
export interface Option<
  Field extends string = string,
  Value = unknown,
  Flag extends OptionFlag = OptionFlag,
  Default = unknown,
> {
  /** Path in the config file, e.g. `options.k3d.wait`. */
  field: Field;
  /** Title, description, type, examples. */
  schema: Schema<Value>;
  /** A group of fields: it has no value of its own, only those below it. */
  section?: boolean;
  /** Version of the config file that brought it. Default: the first one. */
  since?: ConfigVersion;
  /** Last version that has it. */
  until?: ConfigVersion;
  /** What to write instead since then: a sentence. */
  now?: string;
  /** Value when nothing sets it. */
  default?: Default;
  /** What `config init` shows. Default: the first example of the schema, or the default. */
  example?: unknown;
  flag?: Flag;
  /** What a value of the flag means for the field. Default: itself. */
  read?(text: string): unknown;
  /**
   * Variable of ours that sets it where neither file nor flags do. Every field
   * also has `K3D_` and its path in capitals, as in k3d v5, which wins over the file.
   */
  variable?: string;
  /** Refuses a value; of a list each entry, of filtered entries the value of each. @throws `INVALID_INPUT` */
  check?(value: never): unknown;
  filtered?: FilteredEntries;
  /** The text that a number in the file stands for. Default: its digits. */
  fromNumber?(number: number): string;
}

/** Keeps the types of a row. */
export const option = <
  const Field extends string,
  Value,
  const Flag extends OptionFlag = never,
  const Default extends Value = never,
>(
  row: Option<Field, Value, Flag, Default>,
): Option<Field, Value, Flag, Default> => row;

/** A group of fields. */
export interface SectionRow<Field extends string, Flag extends OptionFlag> extends Pick<
  Option,
  "since" | "until" | "variable" | "read"
> {
  field: Field;
  title: string;
  description: string;
  /** The schema of k3d v5 lets further fields pass: they are warned of. */
  open?: boolean;
  flag?: Flag;
}

/** A group of fields as a row of the table. */
export function section<const Field extends string, const Flag extends OptionFlag = never>({
  title,
  description,
  open = false,
  ...row
}: SectionRow<Field, Flag>): Option<Field, never, Flag, never> {
  const schema: JsonSchema = {
    title,
    description,
    type: "object",
    additionalProperties: open,
  };
  return { ...row, schema, section: true };
}
