import { expect, it } from "vitest";
import { advertisedAddresses } from "./addresses.js";

it("reads an address of the first machine, and of others by name", () => {
  expect(advertisedAddresses(["10.0.0.5", "small=fd00::6"], "big")).toEqual({
    big: "10.0.0.5",
    small: "fd00::6",
  });
});

it.each([["a b"], ["small="], ["http://10.0.0.5"], [""]])("refuses %j", (text) => {
  expect(() => advertisedAddresses([text], "big")).toThrow("is not an address");
});

it("refuses two for one machine", () => {
  expect(() => advertisedAddresses(["10.0.0.5", "big=10.0.0.6"], "big")).toThrow("two addresses");
});
