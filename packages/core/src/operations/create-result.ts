import type { ClusterView } from "../node/views.js";

export interface ClusterCreateResult {
  cluster: ClusterView;
  /** URL in the kubeconfig. */
  apiUrl: string;
  /** The kubeconfig file that was changed and the context in it; absent when none was. */
  kubeconfig?: { path: string; context: string; current: boolean };
  warnings: string[];
}
