import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSecretName, maskArgs, maskText, secretsIn } from "./mask.js";

describe("isSecretName", () => {
  it.each([
    "K3S_TOKEN",
    "K3S_AGENT_TOKEN",
    "--token",
    "--agent-token",
    "k3d.cluster.token",
    "REGISTRY_PROXY_PASSWORD",
    "AWS_SECRET_ACCESS_KEY",
    "client-secret",
    "API_KEY",
    "apikey",
    "password",
    "--registry-credentials",
    "PGPASS",
    "PGPASSWORD",
    "MYSQL_PWD",
    "clientSecret",
    "GITHUB_PAT",
    "DSN",
    "connectionString",
    "ssh_private_key",
    "SECRET_KEY_BASE",
    "APP_KEY",
    "ENC_KEY",
    "OTP_SEED",
    "SLACK_WEBHOOK_URL",
    "authtoken",
    ".dockerconfigjson",
    "identitytoken",
    "REDIS_CREDS",
    "traefik.http.middlewares.a.basicauth.users",
  ])("%s is one", (name) => {
    expect(isSecretName(name)).toBe(true);
  });

  it.each([
    "K3S_TOKEN_FILE",
    "PATH",
    "K3S_URL",
    "--tls-san",
    "monkey",
    "KEY",
    "brokentoken",
    "",
    "PWD",
    "OLDPWD",
    "secretName",
    "BYPASS",
    "compass",
    "pathPrefix",
    "imagePullSecrets",
    "public-key",
  ])("%s is none", (name) => {
    expect(isSecretName(name)).toBe(false);
  });
});

describe("maskArgs", () => {
  it("hides values and keeps the rest of the command line readable", () => {
    expect(
      maskArgs([
        "podman",
        "create",
        "--env",
        "K3S_TOKEN=abc=def",
        "--label",
        "k3d.cluster.token=abc",
        "--env=REGISTRY_PASSWORD=x",
        "server",
        "--token",
        "abc",
        "--agent-token=abc",
        "--datastore-endpoint=postgres://user:pa55@host:5432/k3s",
      ]),
    ).toEqual([
      "podman",
      "create",
      "--env",
      "K3S_TOKEN=***",
      "--label",
      "k3d.cluster.token=***",
      "--env=REGISTRY_PASSWORD=***",
      "server",
      "--token",
      "***",
      "--agent-token=***",
      "--datastore-endpoint=postgres://user:***@host:5432/k3s",
    ]);
  });

  it("does not take a flag for the value of another", () => {
    expect(maskArgs(["--enable-bootstrap-token", "--v=3"])).toEqual([
      "--enable-bootstrap-token",
      "--v=3",
    ]);
  });
});

describe("maskText", () => {
  it("hides given secrets, the longest first", () => {
    expect(maskText("abcdefgh and abcd", ["abcd", "abcdefgh"])).toBe("*** and ***");
  });

  it("hides what looks like a secret anywhere", () => {
    expect(maskText('join https://u:p@h with K10abc123::server:s3cret" failed')).toBe(
      'join https://u:***@h with ***" failed',
    );
  });

  it.each([
    ["http://u:p/q@h/x", "http://u:***@h/x"],
    ["http://u:p@q@h", "http://u:***@h"],
    ["postgres://u:p:a/@b@h:5432/db?x=1", "postgres://u:***@h:5432/db?x=1"],
    ["https://h/?token=abc&x=1", "https://h/?token=***&x=1"],
    ["Server=h;Password=abc;User=x", "Server=h;Password=***;User=x"],
    ["user:abc/d@tcp(h:3306)/db", "user:***@tcp(h:3306)/db"],
    ["machine h login u password abc", "machine h login u password ***"],
    ["Authorization: Bearer abcdefghij", "Authorization: Bearer ***"],
    ["https://abcdefghijklmnopqrstu@h/x", "https://***@h/x"],
    ["x -----BEGIN PRIVATE KEY-----\\nabc", "x -----BEGIN PRIVATE KEY-----***"],
    ['{"AWS_SECRET_ACCESS_KEY=abc"}', '{"AWS_SECRET_ACCESS_KEY=***"}'],
    ["ADDR=https://h/?X-Vault-Token=abc&x=1", "ADDR=https://h/?X-Vault-Token=***&x=1"],
    ['OPTIONS="host=h password=abc dbname=d"', 'OPTIONS="host=h password=*** dbname=d"'],
    ['CONF={"user": "u", "password": "a\\"bc"}', 'CONF={"user": "u", "password": "***"}'],
    ['{"auths":{"h":{"auth":"YWJj"}}}', '{"auths":{"h":{"auth":"***"}}}'],
    ['{"line":"{\\"password\\":\\"abc\\"}"}', '{"line":"{\\"password\\":\\"***\\"}"}'],
  ])("masks %j", (text, masked) => {
    expect(maskText(text)).toBe(masked);
  });

  it.each([
    "ssh://git@example.com/x",
    "docker://registry:5000/image@sha256:0123abcd",
    "registry:5000/image@sha256:0123abcd",
    "8080:80@loadbalancer",
    "/a:/b@agent:0,1",
    "https://[::1]:6443/x",
    "https://example.com:8443/a/b?c=d",
    "NODE_TOKEN_FILE=/run/x",
    '{"secretName":"x","tokenFile":"y"}',
    "mail me@example.com",
  ])("leaves %j as it is", (text) => {
    expect(maskText(text)).toBe(text);
  });

  it.each([
    "a",
    "a.",
    "a=",
    "eyJ-",
    "-eyJ",
    "u:@",
    "x://a:",
    "K10",
    " ",
    "\\n",
    "-----BEGIN ",
    "LS0tLS1CRUdJTi",
    "A ",
    '"token":"',
    '\\"token\\":\\"',
    "token=",
    "a=b",
    "login ",
    "login a password ",
  ])(
    "takes linear time for many %j",
    (part) => {
      const text = part.repeat(200_000 / part.length);
      expect(typeof maskText(text)).toBe("string");
    },
    10_000,
  );

  it("leaves words alone that are too short to be secrets", () => {
    expect(maskText("no node", ["no"])).toBe("no node");
  });
});

it("no secret of a command line survives in its masked form or in masked texts", () => {
  const secret = fc.stringMatching(/^s3cr3t[A-Za-z0-9=]{6,20}$/);
  const name = fc.constantFrom("K3S_TOKEN", "k3d.cluster.token", "--password", "client_secret");
  fc.assert(
    fc.property(secret, name, (value, key) => {
      const args = ["--flag", `${key}=${value}`, "--token", value, "tail"];
      const evidence = [...maskArgs(args), maskText(`cannot use ${value}.`, secretsIn(args))];
      expect(evidence.join(" ")).not.toContain(value);
    }),
  );
});
