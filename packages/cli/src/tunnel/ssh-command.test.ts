import { expect, it } from "vitest";
import { sshCommand } from "./ssh-command.js";

const forward = { node: "lb", containerPort: 6443, host: "127.0.0.1", port: 6443, api: true };

it("is the one of OpenSSH that opens the same ports", () => {
  const forwards = [forward, { ...forward, port: 8080, host: "10.0.0.5" }];
  expect(sshCommand("ssh://me@build.example.org:2222/run/podman.sock", forwards)).toMatch(
    /: ssh -N -p 2222 -L 127\.0\.0\.1:6443:127\.0\.0\.1:6443 -L 127\.0\.0\.1:8080:10\.0\.0\.5:8080 me@build\.example\.org$/,
  );
  expect(sshCommand("ssh://engine/run/podman.sock", [forward])).toMatch(/ engine$/);
});

it.each(["tcp://10.0.0.5:2376", "a-connection", ""])("is none for %j", (endpoint) => {
  expect(sshCommand(endpoint, [forward])).toBeUndefined();
});
