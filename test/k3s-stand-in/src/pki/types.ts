/** A certificate and its private key, both PEM. */
export interface KeyedCertificate {
  certPem: string;
  keyPem: string;
}

export interface IssueRequest {
  commonName: string;
  organizations?: string[];
  /** Host names and IP addresses. */
  sans?: string[];
  usages: ("server" | "client")[];
  /** Private key to use instead of a new one. */
  keyPem?: string;
}
