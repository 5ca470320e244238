import { compare } from "bcryptjs";
import { describe, expect, it } from "vitest";
import { checkHtpasswd, hashPassword } from "./htpasswd.js";

describe("hashPassword", () => {
  it("makes a line that the password fits", async () => {
    const line = await hashPassword({ username: "dev", password: "s3cret:ü" });
    const [name, hash = ""] = line.trim().split(/:(.*)/s);
    expect(name).toBe("dev");
    expect(await compare("s3cret:ü", hash)).toBe(true);
    expect(checkHtpasswd(line)).toBe(line);
  });

  it.each([
    ["", "x"],
    ["a:b", "x"],
    ["a\n", "x"],
    ["dev", ""],
    ["dev", "x".repeat(73)],
  ])("refuses %j with %j", async (username, password) => {
    await expect(hashPassword({ username, password })).rejects.toMatchObject({
      code: "INVALID_INPUT",
    });
  });
});

describe("checkHtpasswd", () => {
  it.each(["", "# nobody\n", "dev:plain\n", "dev:$apr1$abc$def\n", "just text"])(
    "refuses %j",
    (text) => {
      expect(() => checkHtpasswd(text)).toThrow(/htpasswd file/);
    },
  );
});
