import type { Document, Scalar, YAMLMap, YAMLSeq } from "yaml";
import { K3dError } from "../errors/index.js";
import { yamlReason } from "../errors/yaml-reason.js";
import { previousOf, setPrevious } from "./previous-context.js";

/** The parts of a kubeconfig that belong to one cluster. */
export interface KubeconfigEntries {
  contextName: string;
  userName: string;
  cluster: { server: string; "certificate-authority-data": string };
  user: { "client-certificate-data": string; "client-key-data": string };
}

type Section = "clusters" | "contexts" | "users";

/**
 * A kubeconfig file that can be changed without touching what it does not
 * concern: other entries, unknown fields and comments stay.
 */
export class KubeconfigDocument {
  private constructor(
    private readonly document: Document,
    private readonly origin: string,
  ) {}

  /** @throws `INVALID_CONFIG` when `text` is no kubeconfig; `origin` names it in the message. */
  static async parse(text: string, origin: string): Promise<KubeconfigDocument> {
    const { isMap, parseDocument } = await import("yaml");
    // Pretty errors quote the text, and with it keys and tokens.
    const read = (source: string): Document => parseDocument(source, { prettyErrors: false });
    const found = read(text);
    const isEmpty = found.errors.length === 0 && found.toJS() == null;
    const document = isEmpty ? read(EMPTY) : found;
    const fail = (reason?: string): K3dError =>
      new K3dError(
        "INVALID_CONFIG",
        `'${origin}' is not a kubeconfig${reason === undefined ? "" : `: ${reason}`}`,
        { hint: "Repair or move the file, or name another one with --output or KUBECONFIG." },
      );
    const [error] = document.errors;
    if (error !== undefined) throw fail(yamlReason(error));
    if (!isMap(document.contents)) throw fail();
    const kind: unknown = document.get("kind") ?? "Config";
    if (kind !== "Config") throw fail("it is another kind of object");
    return new KubeconfigDocument(document, origin);
  }

  static empty(): Promise<KubeconfigDocument> {
    return KubeconfigDocument.parse("", "empty");
  }

  get currentContext(): string | undefined {
    const value = this.document.get("current-context");
    return typeof value === "string" && value !== "" ? value : undefined;
  }

  set currentContext(name: string | undefined) {
    this.document.set("current-context", name ?? "");
    // Not in the quotes of an empty value that stood there: scripts read this line.
    const node = this.document.get("current-context", true) as Scalar;
    delete node.type;
  }

  /** Names in one section, in file order. */
  names(section: Section): string[] {
    return this.items(section).map((item) => String(item.get("name")));
  }

  /** All contexts with the cluster and the user that they name, and the server of that cluster. */
  contexts(): { name: string; cluster?: string; user?: string; server?: string }[] {
    const servers = new Map(
      this.items("clusters").map((item) => [item.get("name"), item.getIn(["cluster", "server"])]),
    );
    const text = (value: unknown): string | undefined =>
      typeof value === "string" ? value : undefined;
    return this.items("contexts").map((item) => {
      const cluster = text(item.getIn(["context", "cluster"]));
      const user = text(item.getIn(["context", "user"]));
      const server = text(servers.get(cluster));
      return {
        name: String(item.get("name")),
        cluster,
        user,
        server,
      };
    });
  }

  /** Adds or replaces the entries. @throws `ALREADY_EXISTS` when one is there with other content and `replace` is `false`. */
  put(entries: KubeconfigEntries, replace = true): void {
    const { contextName, userName } = entries;
    this.putItem("clusters", contextName, "cluster", entries.cluster, replace);
    this.putItem("users", userName, "user", entries.user, replace);
    this.putItem(
      "contexts",
      contextName,
      "context",
      { cluster: contextName, user: userName },
      replace,
    );
  }

  /** Makes a context of {@link put} the current one, and notes in it which one was before. */
  switchTo(contextName: string): void {
    const before = this.currentContext;
    if (before === contextName) return;
    this.currentContext = contextName;
    const item = this.context(contextName);
    if (item !== undefined) setPrevious(item, before);
  }

  /**
   * Removes what belongs to the context; returns the names that were there. Where it was the current
   * one, the one before is again, if it is known and still there; else none is.
   */
  remove(contextName: string, userName: string): string[] {
    const item = this.context(contextName);
    const before = item === undefined ? undefined : previousOf(item);
    for (const other of this.items("contexts")) {
      if (previousOf(other) === contextName) setPrevious(other, before);
    }
    const removed = [
      ...this.removeItem("clusters", contextName),
      ...this.removeItem("users", userName),
      ...this.removeItem("contexts", contextName),
    ];
    if (this.currentContext === contextName) {
      this.currentContext = this.names("contexts").find((name) => name === before);
    }
    return [...new Set(removed)];
  }

  toString(): string {
    return this.document.toString({ lineWidth: 0 });
  }

  private context(name: string): YAMLMap | undefined {
    return this.items("contexts").find((item) => item.get("name") === name);
  }

  private items(section: Section): YAMLMap[] {
    return (this.sequence(section)?.items ?? []) as YAMLMap[];
  }

  private sequence(section: Section): YAMLSeq | undefined {
    const value = this.document.get(section, true) as YAMLSeq | undefined;
    if (value === undefined || value === null || (value as { value?: unknown }).value === null)
      return undefined;
    if (
      !Array.isArray(value.items) ||
      value.items.some((item) => typeof (item as YAMLMap).get !== "function")
    ) {
      throw new K3dError(
        "INVALID_CONFIG",
        `'${section}' in '${this.origin}' is not a list of entries`,
        {
          hint: "Repair the file, or name another one with --output or KUBECONFIG.",
        },
      );
    }
    return value;
  }

  private putItem(
    section: Section,
    name: string,
    key: string,
    content: object,
    replace: boolean,
  ): void {
    const existing = this.items(section).find((item) => item.get("name") === name);
    if (existing === undefined) {
      const node = this.document.createNode({ name, [key]: content });
      const sequence = this.sequence(section);
      if (sequence === undefined) {
        this.document.set(section, this.document.createNode([{ name, [key]: content }]));
      } else {
        sequence.flow = false;
        sequence.add(node);
      }
      return;
    }
    const before = previousOf(existing);
    setPrevious(existing, undefined);
    const same = JSON.stringify(existing.toJSON()) === JSON.stringify({ name, [key]: content });
    if (!same && !replace) {
      throw new K3dError(
        "ALREADY_EXISTS",
        `'${this.origin}' has another entry '${name}' in ${section}`,
        {
          hint: "Use --update to replace it.",
        },
      );
    }
    if (!same) existing.set(key, this.document.createNode(content));
    setPrevious(existing, before);
  }

  private removeItem(section: Section, name: string): string[] {
    const sequence = this.sequence(section);
    const position = this.items(section).findIndex((item) => item.get("name") === name);
    if (sequence === undefined || position < 0) return [];
    sequence.delete(position);
    return [name];
  }
}

const EMPTY = `apiVersion: v1
kind: Config
clusters: []
contexts: []
users: []
current-context: ""
`;
