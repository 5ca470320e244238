import type { Datastore } from "./types.ts";

export interface RemoteEtcdSettings {
  endpoints: string[];
  ca: string | undefined;
  cert: string | undefined;
  key: string | undefined;
}

export const RemoteEtcdDatastore = {
  connect(settings: RemoteEtcdSettings): Promise<Datastore> {
    return Promise.reject(new Error(`cannot reach ${settings.endpoints.join()}`));
  },
};
