/** A host as a URL or `ProxyJump` names it. */
export interface SshTarget {
  host: string;
  port?: number | undefined;
  username?: string | undefined;
}
