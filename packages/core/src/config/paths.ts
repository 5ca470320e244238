import { posix, win32 } from "node:path";

/** Whether `path` is absolute on Unix or, with a drive letter or share, on Windows. */
export function isAbsolutePath(path: string): boolean {
  return posix.isAbsolute(path) || isWindowsPath(path);
}

/** `path` below `base` unless it is absolute already; the separators are those of `base`. */
export function resolvePath(base: string, path: string): string {
  if (isAbsolutePath(path)) return path;
  return isWindowsPath(base) ? win32.join(base, path) : posix.join(base, path);
}

/** The folder that `path` is in. */
export function parentPath(path: string): string {
  return isWindowsPath(path) ? win32.dirname(path) : posix.dirname(path);
}

/** Whether `path` is absolute on Windows, and nowhere else. */
export const isWindowsPath = (path: string): boolean => /^[A-Za-z]:[\\/]|^\\\\/.test(path);
