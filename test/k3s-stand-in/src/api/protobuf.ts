import { ApiError } from "../errors.ts";

/**
 * Decodes the protobuf form of the few kinds that kubectl's `create`
 * subcommands send so. Field numbers from Kubernetes' `generated.proto` files.
 */
type FieldType =
  | "string"
  | "bytes"
  | "bool"
  | "int"
  | "strings"
  | "stringMap"
  | "bytesMap"
  | "time"
  | Schema
  | [Schema];
type Schema = { [number: number]: readonly [name: string, type: FieldType] };

const ownerReference: Schema = {
  1: ["kind", "string"],
  3: ["name", "string"],
  4: ["uid", "string"],
  5: ["apiVersion", "string"],
  6: ["controller", "bool"],
  7: ["blockOwnerDeletion", "bool"],
};

const objectMeta: Schema = {
  1: ["name", "string"],
  2: ["generateName", "string"],
  3: ["namespace", "string"],
  5: ["uid", "string"],
  6: ["resourceVersion", "string"],
  7: ["generation", "int"],
  8: ["creationTimestamp", "time"],
  9: ["deletionTimestamp", "time"],
  11: ["labels", "stringMap"],
  12: ["annotations", "stringMap"],
  13: ["ownerReferences", [ownerReference]],
  14: ["finalizers", "strings"],
};

const objectReference: Schema = {
  1: ["kind", "string"],
  2: ["namespace", "string"],
  3: ["name", "string"],
  4: ["uid", "string"],
  5: ["apiVersion", "string"],
};

const kinds: Record<string, Schema> = {
  "v1/Namespace": {
    1: ["metadata", objectMeta],
    2: ["spec", { 1: ["finalizers", "strings"] }],
    3: ["status", { 1: ["phase", "string"] }],
  },
  "v1/ConfigMap": {
    1: ["metadata", objectMeta],
    2: ["data", "stringMap"],
    3: ["binaryData", "bytesMap"],
    4: ["immutable", "bool"],
  },
  "v1/Secret": {
    1: ["metadata", objectMeta],
    2: ["data", "bytesMap"],
    3: ["type", "string"],
    4: ["stringData", "stringMap"],
    5: ["immutable", "bool"],
  },
  "v1/ServiceAccount": {
    1: ["metadata", objectMeta],
    2: ["secrets", [objectReference]],
    3: ["imagePullSecrets", [{ 1: ["name", "string"] }]],
    4: ["automountServiceAccountToken", "bool"],
  },
  "v1/DeleteOptions": {
    1: ["gracePeriodSeconds", "int"],
    2: ["preconditions", { 1: ["uid", "string"], 2: ["resourceVersion", "string"] }],
    3: ["orphanDependents", "bool"],
    4: ["propagationPolicy", "string"],
    5: ["dryRun", "strings"],
  },
};

const unknown: Schema = {
  1: ["typeMeta", { 1: ["apiVersion", "string"], 2: ["kind", "string"] }],
  2: ["raw", "bytes"],
};

interface Wire {
  number: number;
  value: bigint | Buffer;
}

function varint(bytes: Buffer, from: number): [bigint, number] {
  let result = 0n;
  let shift = 0n;
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    result |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return [result, at + 1];
    shift += 7n;
  }
  throw new RangeError("truncated varint");
}

function* fieldsOf(bytes: Buffer): Generator<Wire> {
  let at = 0;
  while (at < bytes.length) {
    const [tag, afterTag] = varint(bytes, at);
    const number = Number(tag >> 3n);
    const wireType = Number(tag & 7n);
    if (wireType === 0) {
      const [value, next] = varint(bytes, afterTag);
      yield { number, value };
      at = next;
    } else if (wireType === 2) {
      const [length, start] = varint(bytes, afterTag);
      const end = start + Number(length);
      if (end > bytes.length) throw new RangeError("truncated field");
      yield { number, value: bytes.subarray(start, end) };
      at = end;
    } else at = afterTag + (wireType === 1 ? 8 : 4);
  }
}

function scalar(type: FieldType, value: bigint | Buffer): unknown {
  if (typeof value === "bigint")
    return type === "bool" ? value !== 0n : Number(BigInt.asIntN(64, value));
  if (type === "bytes") return value;
  return value.toString("utf8");
}

function mapEntry(value: Buffer, bytes: boolean): [string, string] {
  const [key, content] = [...fieldsOf(value)].reduce<[Buffer, Buffer]>(
    ([first, second], field) =>
      field.number === 1 ? [field.value as Buffer, second] : [first, field.value as Buffer],
    [Buffer.alloc(0), Buffer.alloc(0)],
  );
  return [key.toString("utf8"), content.toString(bytes ? "base64" : "utf8")];
}

function timeOf(value: Buffer): string | undefined {
  const seconds = [...fieldsOf(value)].find(({ number }) => number === 1)?.value;
  return typeof seconds === "bigint" && seconds > 0n
    ? new Date(Number(seconds) * 1000).toISOString().replace(".000Z", "Z")
    : undefined;
}

function decode(bytes: Buffer, schema: Schema): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const { number, value } of fieldsOf(bytes)) {
    const known = schema[number];
    if (!known) continue;
    const [name, type] = known;
    if (Array.isArray(type))
      result[name] = [...((result[name] as unknown[]) ?? []), decode(value as Buffer, type[0])];
    else if (typeof type === "object") result[name] = decode(value as Buffer, type);
    else if (type === "strings")
      result[name] = [...((result[name] as string[]) ?? []), (value as Buffer).toString("utf8")];
    else if (type === "stringMap" || type === "bytesMap")
      result[name] = {
        ...(result[name] as object),
        ...Object.fromEntries([mapEntry(value as Buffer, type === "bytesMap")]),
      };
    else if (type === "time") {
      const time = timeOf(value as Buffer);
      if (time) result[name] = time;
    } else {
      const decoded = scalar(type, value);
      if (decoded !== "") result[name] = decoded;
    }
  }
  return result;
}

/** Decodes a body of type `application/vnd.kubernetes.protobuf`. Throws ApiError 400, 415. */
export function decodeProtobuf(bytes: Buffer): Record<string, unknown> {
  if (bytes.subarray(0, 4).toString("latin1") !== "k8s\0")
    throw new ApiError(400, "BadRequest", "provided data does not appear to be a protobuf message");
  const envelope = decode(bytes.subarray(4), unknown) as {
    typeMeta?: { apiVersion?: string; kind?: string };
    raw?: Buffer;
  };
  const { apiVersion = "", kind = "" } = envelope.typeMeta ?? {};
  const schema = kinds[kind === "DeleteOptions" ? "v1/DeleteOptions" : `${apiVersion}/${kind}`];
  if (!schema)
    throw new ApiError(
      415,
      "UnsupportedMediaType",
      `the k3s stand-in does not read ${apiVersion} ${kind} as protobuf; accepted media types include: application/json, application/yaml`,
    );
  return { apiVersion, kind, ...decode(envelope.raw ?? Buffer.alloc(0), schema) };
}
