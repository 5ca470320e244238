import type { Header } from "tar-stream";

/** Which pax records say the same as a field of the header does, and win over it. */
const PAX_RECORDS: Partial<Record<keyof Header, string>> = {
  name: "path",
  linkname: "linkpath",
  size: "size",
  uid: "uid",
  gid: "gid",
  uname: "uname",
  gname: "gname",
  mtime: "mtime",
};

/**
 * The header of a tar entry with some of its fields changed.
 *
 * A header that was read may carry pax records, which tar-stream writes as they were read, and which
 * win over the fields for whoever reads them (POSIX, pax extended header): those of the changed
 * fields are left out.
 */
export function changedHeader(header: Header, changes: Partial<Header>): Header {
  const changed = { ...header, ...changes };
  if (!header.pax) return changed;
  const stale = new Set(
    Object.keys(changes).map((field) => PAX_RECORDS[field as keyof Header] ?? ""),
  );
  const pax = Object.fromEntries(Object.entries(header.pax).filter(([key]) => !stale.has(key)));
  return { ...changed, pax };
}
