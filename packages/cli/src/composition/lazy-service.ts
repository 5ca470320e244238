/**
 * A service that is made at its first call; it may have asynchronous methods only.
 *
 * @param load called once, also when several calls are made at the same moment
 */
export function lazyService<Service extends object>(load: () => Promise<Service>): Service {
  let service: Promise<Service> | undefined;
  return new Proxy({} as Service, {
    get(_target, name) {
      // Not a promise: `await` must not take it for one.
      if (typeof name === "symbol" || name === "then") return undefined;
      return async (...args: unknown[]): Promise<unknown> => {
        service ??= load();
        const loaded = (await service) as Record<string, (...args: unknown[]) => unknown>;
        return loaded[name]?.(...args);
      };
    },
  });
}
