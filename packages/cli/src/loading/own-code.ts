let load: (path: string) => unknown = () => undefined;

/** Tells how modules of the bundle are loaded, where the program is one. */
export function loadOwnCodeBy(loader: (path: string) => unknown): void {
  load = loader;
}

/** A module of the bundle by its absolute path; `undefined` for a file that is not of it. */
export function ownCode(path: string): unknown {
  return load(path);
}
