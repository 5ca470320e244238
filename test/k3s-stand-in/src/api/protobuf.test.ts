import { expect, test } from "vitest";
import { decodeProtobuf } from "./protobuf.ts";

/** Encodes nested `[field number, content]` pairs; numbers become varints. */
type Field = [number: number, content: string | number | Field[]];

function encode(fields: Field[]): Buffer {
  return Buffer.concat(
    fields.flatMap(([number, content]) => {
      if (typeof content === "number") return [Buffer.from([number << 3, content])];
      const bytes = typeof content === "string" ? Buffer.from(content) : encode(content);
      const length =
        bytes.length < 128 ? [bytes.length] : [(bytes.length & 127) | 128, bytes.length >> 7];
      return [Buffer.from([(number << 3) | 2, ...length]), bytes];
    }),
  );
}

function message(apiVersion: string, kind: string, fields: Field[]): Buffer {
  const raw = encode(fields);
  const head = encode([
    [
      1,
      [
        [1, apiVersion],
        [2, kind],
      ],
    ],
  ]);
  return Buffer.concat([
    Buffer.from("k8s\0"),
    head,
    Buffer.from([(2 << 3) | 2, (raw.length & 127) | 128, raw.length >> 7]),
    raw,
  ]);
}

test("a ConfigMap with labels, data and a long value", () => {
  const long = "x".repeat(300);
  const bytes = message("v1", "ConfigMap", [
    [
      1,
      [
        [1, "name"],
        [3, ""],
        [
          11,
          [
            [1, "a"],
            [2, "b"],
          ],
        ],
        [
          11,
          [
            [1, "c"],
            [2, "d"],
          ],
        ],
        [14, "f"],
      ],
    ],
    [
      2,
      [
        [1, "key"],
        [2, long],
      ],
    ],
    [
      3,
      [
        [1, "bin"],
        [2, "\u0001"],
      ],
    ],
    [4, 1],
  ]);
  expect(decodeProtobuf(bytes)).toEqual({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "name", labels: { a: "b", c: "d" }, finalizers: ["f"] },
    data: { key: long },
    binaryData: { bin: "AQ==" },
    immutable: true,
  });
});

test("other kinds, other data and cut-off messages are refused", () => {
  expect(() => decodeProtobuf(message("apps/v1", "Deployment", []))).toThrow(
    "does not read apps/v1 Deployment as protobuf",
  );
  expect(() => decodeProtobuf(Buffer.from("{}"))).toThrow(
    "does not appear to be a protobuf message",
  );
  expect(() => decodeProtobuf(message("v1", "Secret", [[1, [[1, "n"]]]]).subarray(0, -2))).toThrow(
    RangeError,
  );
});
