import { expect, test } from "vitest";
import { hashOfCa } from "../pki/cluster-pki.ts";
import { formatToken, parseToken } from "./token.ts";

test("a token is read as it was written, and a bare password is one too", () => {
  const full = formatToken("server", "pass:word", "CA");
  expect(full).toBe(`K10${hashOfCa("CA")}::server:pass:word`);
  expect(parseToken(full)).toEqual({
    caHash: hashOfCa("CA"),
    username: "server",
    password: "pass:word",
  });
  expect(parseToken("secret")).toEqual({ caHash: "", username: "", password: "secret" });
  expect(parseToken("with:colon")).toEqual({ caHash: "", username: "", password: "with:colon" });
});

test.each([
  ["", "token must not be empty"],
  ["K10abc::server:x", "invalid token CA hash length"],
  [`K10${"a".repeat(64)}::server`, "invalid token format"],
])("%j is refused", (token, message) => {
  expect(() => parseToken(token)).toThrow(message);
});
