import { describe, expect, it } from "vitest";
import { rootlessArgs } from "./rootless-args.js";

const GATE = "--kubelet-arg=feature-gates=KubeletInUserNamespace=true";

describe("rootlessArgs", () => {
  it("tells the kubelet that it is in a user namespace", () => {
    expect(rootlessArgs([])).toEqual([GATE]);
  });

  it("keeps the user's other arguments in their order", () => {
    const args = [
      "--disable=traefik",
      "--kubelet-arg",
      "max-pods=50",
      "--kubelet-arg=v=4",
      "--debug",
    ];
    expect(rootlessArgs(args)).toEqual([...args, GATE]);
  });

  it.each([
    ["in one word", ["--kubelet-arg=feature-gates=A=true,B=false"]],
    ["in two words", ["--kubelet-arg", "feature-gates=A=true,B=false"]],
    ["with dashes", ["--kubelet-arg=--feature-gates=A=true,B=false"]],
    ["in quotes", ['--kubelet-arg="feature-gates=A=true,B=false"']],
    [
      "in two arguments",
      ["--kubelet-arg=feature-gates=A=true", "--kubelet-arg", "feature-gates=B=false"],
    ],
  ])("merges the user's gates given %s", (_, args) => {
    expect(rootlessArgs(["--debug", ...args, "--v=2"])).toEqual([
      "--debug",
      "--v=2",
      "--kubelet-arg=feature-gates=A=true,B=false,KubeletInUserNamespace=true",
    ]);
  });

  it("leaves this gate to a user who sets it", () => {
    const args = ["--kubelet-arg=feature-gates=KubeletInUserNamespace=false,A=true"];
    expect(rootlessArgs(args)).toEqual(args);
  });

  it("does not take other components' gates for the kubelet's", () => {
    const args = ["--kube-apiserver-arg=feature-gates=A=true", "feature-gates=C=true"];
    expect(rootlessArgs(args)).toEqual([...args, GATE]);
  });

  it("leaves an argument without value at the end as it is", () => {
    expect(rootlessArgs(["--kubelet-arg"])).toEqual(["--kubelet-arg", GATE]);
  });
});
