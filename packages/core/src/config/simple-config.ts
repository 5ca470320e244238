import type { OptionFlag, OptionRow } from "./options/index.js";
import type { Filtered, Schema } from "./schema/json-schema.js";

export type { FileWithFilters, HookConfig } from "./options/index.js";

/**
 * The config file, `apiVersion: k3d.io/v1alpha5`, `kind: Simple`, as types that
 * come from the table of options.
 *
 * Everything optional: this is also what flags and environment are turned
 * into before they are merged. {@link ResolvedConfig} is what planning takes.
 */
export interface SimpleConfig extends Fields<OptionRow> {
  apiVersion: "k3d.io/v1alpha5";
  kind: "Simple";
}

/** A {@link SimpleConfig} with every default in place. */
export type EffectiveConfig = Simplify<SimpleConfig & Defaults<OptionRow>>;

export type RegistriesConfig = NonNullable<SimpleConfig["registries"]>;
export type RegistryCreateConfig = NonNullable<RegistriesConfig["create"]>;

export type VolumeWithFilters = Filtered<"volume">;
export type PortWithFilters = Filtered<"port">;
export type EnvWithFilters = Filtered<"envVar">;
export type ArgWithFilters = Filtered<"arg">;
export type LabelWithFilters = Filtered<"label">;

/**
 * The flags and the argument of `cluster create`, as typed by the user, in
 * camel case: `k3sNodeLabel` is `--k3s-node-label`. Absent: not given.
 */
export type CreateFlags = { [Row in OptionRow as FlagKey<Row>]?: FlagValue<Row> } & {
  /** The argument NAME. */
  name?: string;
};

type FlagOf<Row> = Row extends { flag?: infer Flag } ? Extract<Flag, OptionFlag> : never;
type FlagKey<Row> = KeyOf<FlagOf<Row>>;
type KeyOf<Flag> = Flag extends { name: infer Name extends string } ? CamelCase<Name> : never;
type FlagValue<Row> = FlagValues[FlagOf<Row>["kind"]];

interface FlagValues {
  text: string;
  count: number;
  toggle: boolean;
  repeated: string[];
  list: string[];
}

type CamelCase<Name extends string> = Name extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name;

/** All fields of the rows, nested and optional. */
type Fields<Row> = Simplify<
  Intersection<
    Row extends Holder<infer Field, infer Value>
      ? [Value] extends [never]
        ? never
        : Nested<Field, Value>
      : never
  >
>;

/** The fields of the rows that have a default, nested and always there. */
type Defaults<Row> = Intersection<
  Row extends Holder<infer Field, infer Value>
    ? Row extends { default?: infer Default }
      ? [Exclude<Default, undefined>] extends [never]
        ? never
        : NestedAlways<Field, Value>
      : never
    : never
>;

interface Holder<Field extends string, Value> {
  field: Field;
  schema: Schema<Value>;
}

type Nested<Path extends string, Value> = Path extends `${infer Head}.${infer Rest}`
  ? { [Key in Head]?: Nested<Rest, Value> }
  : { [Key in Path]?: Value };
type NestedAlways<Path extends string, Value> = Path extends `${infer Head}.${infer Rest}`
  ? { [Key in Head]: NestedAlways<Rest, Value> }
  : { [Key in Path]: Value };

type Intersection<Union> = (Union extends unknown ? (one: Union) => void : never) extends (
  all: infer All,
) => void
  ? All
  : never;

/** Intersections of objects as one object, so that they can be read. */
type Simplify<Value> = Value extends readonly unknown[]
  ? Value
  : Value extends object
    ? { [Key in keyof Value]: Simplify<Value[Key]> }
    : Value;
