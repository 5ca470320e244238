/** Free and total space of the file system that a path is on. */
export interface Space {
  path: string;
  /** Bytes. */
  total: number;
  free: number;
  /** Absent where the file system has no fixed number of them. */
  inodes?: { total: number; free: number };
}

/** The machine that this process runs on, as far as checks look at it. Nothing here throws but `connect`. */
export interface LocalMachine {
  platform: NodeJS.Platform;
  /** Effective user; absent where the platform has none. */
  user?: { uid: number; name: string };
  /** Text of a small file; `undefined` when it is not there or not readable. */
  read(path: string): Promise<string | undefined>;
  /** Names in a directory; `undefined` when it is not there or not readable. */
  list(path: string): Promise<string[] | undefined>;
  /** Of the nearest directory above `path` that is there. */
  space(path: string): Promise<Space | undefined>;
  /** Permission bits of a file. */
  mode(path: string): Promise<number | undefined>;
  /** inotify instances that processes of root hold; `undefined` where that cannot be told. */
  inotifyInstances(): Promise<number | undefined>;
  /** Opens a TCP connection and closes it. Rejects with why it cannot. */
  connect(host: string, port: number, signal: AbortSignal): Promise<void>;
}
