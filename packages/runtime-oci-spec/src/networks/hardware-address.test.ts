import { describe, expect, it } from "vitest";
import { hardwareAddress } from "./hardware-address.ts";

describe("hardwareAddress", () => {
  it("follows from a fixed address", () => {
    expect(hardwareAddress("one", "10.78.208.255")).toBe("02:4a:0a:4e:d0:ff");
    expect(hardwareAddress("other", "10.78.208.255")).toBe(hardwareAddress("one", "10.78.208.255"));
  });

  it("follows from the owner otherwise, apart from those of fixed addresses", () => {
    expect(hardwareAddress("one")).toMatch(/^02:4b(?::[\da-f]{2}){4}$/);
    expect(hardwareAddress("one")).toBe(hardwareAddress("one"));
    expect(hardwareAddress("one")).not.toBe(hardwareAddress("other"));
  });
});
