/** What a running container uses now. How often it was restarted is in `ContainerInfo.restartCount`. */
export interface ContainerStats {
  /** When these were read. */
  time: Date;
  /** CPU time since its start, in nanoseconds, over all processors. Two readings make a share: {@link cpuPercent}. */
  cpuNanoseconds: number;
  /** Memory in use, without page cache that the kernel can drop at once; the measure of `docker stats`. */
  memoryBytes: number;
  /** Absent: only the machine's memory limits it. */
  memoryLimitBytes?: number;
  /** Processes and threads, where the engine counts them. */
  tasks?: number | undefined;
}

/**
 * CPU use between two readings of one container in per cent; 100 is one
 * processor. `undefined` when the container was started anew between them, or
 * no time has passed.
 */
export function cpuPercent(earlier: ContainerStats, later: ContainerStats): number | undefined {
  const milliseconds = later.time.getTime() - earlier.time.getTime();
  const used = later.cpuNanoseconds - earlier.cpuNanoseconds;
  return milliseconds <= 0 || used < 0 ? undefined : (used / (milliseconds * 1e6)) * 100;
}
