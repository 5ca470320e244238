import type { DatabaseSync } from "node:sqlite";
import type { Paths } from "../paths.ts";
import { openDatabase } from "../store/sqlite.ts";
import { ContentStore } from "./content.ts";
import { type Index, isIndex, type Manifest, type StoredImage } from "./types.ts";

/** The image names of a node, by containerd namespace; safe for several processes at once. */
export class ImageStore {
  readonly content: ContentStore;
  readonly #database: DatabaseSync;

  private constructor(database: DatabaseSync, content: ContentStore) {
    this.#database = database;
    this.content = content;
  }

  static async open(paths: Paths): Promise<ImageStore> {
    const root = paths.agent("containerd");
    const database = await openDatabase(
      paths.agent("containerd", "io.containerd.metadata.v1.bolt", "meta.db"),
      "CREATE TABLE IF NOT EXISTS image (namespace TEXT, name TEXT, value TEXT, PRIMARY KEY (namespace, name));",
    );
    return new ImageStore(database, new ContentStore(root));
  }

  list(namespace: string): StoredImage[] {
    const rows = this.#database
      .prepare("SELECT value FROM image WHERE namespace = ? ORDER BY name")
      .all(namespace) as { value: string }[];
    return rows.map((row) => JSON.parse(row.value) as StoredImage);
  }

  find(namespace: string, name: string): StoredImage | undefined {
    return this.list(namespace).find((image) => image.name === name);
  }

  save(images: StoredImage[]): void {
    const insert = this.#database.prepare(
      "INSERT OR REPLACE INTO image (namespace, name, value) VALUES (?, ?, ?)",
    );
    for (const image of images) insert.run(image.namespace, image.name, JSON.stringify(image));
  }

  /** Takes a name away; blobs that no image needs any more go with it. */
  remove(namespace: string, name: string): boolean {
    const image = this.find(namespace, name);
    if (!image) return false;
    this.#database
      .prepare("DELETE FROM image WHERE namespace = ? AND name = ?")
      .run(namespace, name);
    const rows = this.#database.prepare("SELECT value FROM image").all() as { value: string }[];
    const needed = new Set(
      rows.flatMap((row) => this.#blobsOf((JSON.parse(row.value) as StoredImage).target.digest)),
    );
    for (const digest of this.#blobsOf(image.target.digest))
      if (!needed.has(digest)) this.content.remove(digest);
    return true;
  }

  close(): void {
    this.#database.close();
  }

  #blobsOf(digest: string): string[] {
    if (!this.content.has(digest)) return [digest];
    const document = this.content.readJson<Manifest | Index>(digest);
    if ("manifests" in document)
      return [digest, ...document.manifests.flatMap((child) => this.#blobsOf(child.digest))];
    return [digest, document.config.digest, ...document.layers.map((layer) => layer.digest)];
  }

  /** Whether a descriptor is an index, by its type or else by its content. */
  holdsIndex(mediaType: string, digest: string): boolean {
    return (
      isIndex(mediaType) ||
      (this.content.has(digest) && "manifests" in this.content.readJson<object>(digest))
    );
  }
}
