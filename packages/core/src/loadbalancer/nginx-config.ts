import type { LoadBalancerValues } from "./values.js";
import { forwardedPorts } from "./values.js";

/** Turns a node name into what nginx connects to: an address where it is known, else the name. */
export type ResolveNode = (name: string) => string;

/**
 * The load balancer's `nginx.conf`: a plain stream proxy.
 *
 * Works on the official image (stream compiled in) and on Debian's nginx (a
 * module that `modules-enabled` loads); a glob that matches nothing is no error.
 * Directives: https://nginx.org/en/docs/stream/ngx_stream_proxy_module.html
 */
export function renderNginxConfig(
  values: LoadBalancerValues,
  resolve: ResolveNode,
  dnsUpstream?: string,
): string {
  const { workerConnections, defaultProxyTimeout } = values.settings;
  const blocks = forwardedPorts(values).map(({ port, protocol, nodes }) => {
    const upstream = `${protocol}_${port}`;
    const servers = nodes.map(
      (node) => `    server ${resolve(node)}:${port} max_fails=1 fail_timeout=3s;`,
    );
    const datagrams = protocol === "udp" ? " udp" : "";
    return [
      `  upstream ${upstream} {`,
      // All workers know together who does not answer.
      `    zone ${upstream} 64k;`,
      ...servers,
      "  }",
      "  server {",
      `    listen ${port}${datagrams};`,
      `    proxy_pass ${upstream};`,
      `    proxy_timeout ${defaultProxyTimeout};`,
      "    proxy_connect_timeout 2s;",
      "  }",
    ].join("\n");
  });
  if (dnsUpstream !== undefined)
    blocks.push(...["", " udp"].map((kind) => dnsServer(dnsUpstream, kind)));
  return `${[
    "include /etc/nginx/modules-enabled/*.conf;",
    "worker_processes auto;",
    "error_log stderr notice;",
    "pid /var/run/nginx.pid;",
    // nginx images stop by SIGQUIT, which waits for open streams: a kubectl watch would hold a stop up.
    "worker_shutdown_timeout 1s;",
    "events {",
    `  worker_connections ${workerConnections};`,
    "}",
    "stream {",
    ...blocks,
    "}",
  ].join("\n")}\n`;
}

/** DNS for pods: the engine's resolver, which only listens on this container's loopback. */
function dnsServer(upstream: string, kind: string): string {
  return [
    "  server {",
    `    listen 53${kind};`,
    `    proxy_pass ${upstream};`,
    "    proxy_timeout 5s;",
    "    proxy_connect_timeout 2s;",
    "  }",
  ].join("\n");
}
