import type { ContainerFile } from "../runtime/container-file.js";
import { LB_CONFIG_PATH } from "./values.js";

const SCRIPT_PATH = "/etc/nginx/k3d-loadbalancer.sh";
/** The configuration with node names, from which the script makes the one that nginx reads. */
export const LB_TEMPLATE_PATH = "/etc/nginx/k3d-nginx.conf.in";

const NGINX = ["nginx", "-c", LB_CONFIG_PATH, "-g", "daemon off;"];

/** The load balancer's argv: nginx itself where addresses are fixed, else a script that follows the names. */
export function loadBalancerCommand(fixedAddresses: boolean): string[] {
  return fixedAddresses ? NGINX : ["/bin/sh", SCRIPT_PATH];
}

/**
 * Keeps nginx' configuration in step with what the node names stand for.
 *
 * nginx resolves upstream names once and refuses to start on an unknown one.
 * Here a name that does not resolve (its node is stopped) is marked `down`
 * until it does, at every boot and every two seconds after (more often while
 * one is missing). Runtimes without a resolver keep names in `/etc/hosts`,
 * which nslookup does not read.
 */
export function followNamesScript(names: readonly string[]): ContainerFile {
  const content = `#!/bin/sh
# Written by k3d: renders ${LB_CONFIG_PATH} with the nodes' present addresses.
set -u
address_of() {
  {
    grep -E "[[:space:]]$1([[:space:]]|$)" /etc/hosts || getent ahostsv4 "$1" || getent hosts "$1" || nslookup "$1" | sed -n '/^Name:/,$p'
  } 2>/dev/null | tr -s ' \\t' '\\n' | grep -m 1 -E '^[0-9]+(\\.[0-9]+){3}$'
}
# Tells by its result whether every name stands for an address.
render() {
  complete=0
  cp ${LB_TEMPLATE_PATH} "$1"
  for name in ${names.join(" ")}; do
    if address=$(address_of "$name"); then
      sed -i "s/ server $name:/ server $address:/" "$1"
    else
      complete=1
      sed -i "s/ server $name:\\([0-9]*\\) .*;/ server 127.0.0.1:\\1 down;/" "$1"
    fi
  done
  return "$complete"
}
render ${LB_CONFIG_PATH}
${NGINX.map((word) => `'${word}'`).join(" ")} &
nginx=$!
pause=0.2
trap 'kill -TERM "$nginx" 2>/dev/null' TERM INT QUIT
while kill -0 "$nginx" 2>/dev/null; do
  sleep "$pause" &
  wait $!
  if render /tmp/nginx.conf.new; then pause=2; else pause=0.5; fi
  if ! cmp -s /tmp/nginx.conf.new ${LB_CONFIG_PATH}; then
    cp /tmp/nginx.conf.new ${LB_CONFIG_PATH}
    nginx -c ${LB_CONFIG_PATH} -s reload
  fi
done
wait "$nginx"
`;
  return { path: SCRIPT_PATH, content, mode: 0o755, description: "load-balancer script" };
}
