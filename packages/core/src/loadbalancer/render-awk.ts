/**
 * Variable of the container: a resolver, `ADDRESS:PORT`, to which queries on port 53 are passed on
 * unless the values use that port.
 */
export const LB_DNS_VARIABLE = "K3D_LB_DNS";

/**
 * The awk program that makes `nginx.conf` from the load balancer's values: a plain stream proxy.
 *
 * It reads the addresses (`ADDRESS NAME…` as in `/etc/hosts`) and then the values. With
 * `want=names` it prints the names among the targets for which no address was told; with
 * `want=config` the configuration, in which such a target is marked `down`, because nginx refuses
 * to start on a name that does not resolve. `pid` is where nginx notes its process id;
 * with `ipv6` not empty it listens on both address families.
 *
 * Of YAML it knows what the values are made of, in block style and with targets in brackets. What
 * it does not know it refuses with file and line, so that no line is lost without a word and
 * nothing but a name, an address or a number gets into the configuration.
 *
 * For any awk, busybox' and mawk too, inside single quotes of a shell. The configuration works on
 * the official image (stream compiled in) and on Debian's nginx (a module that `modules-enabled`
 * loads; a pattern that matches nothing is no error).
 * Directives: https://nginx.org/en/docs/stream/ngx_stream_proxy_module.html
 */
export const RENDER_AWK = String.raw`
function refuse(what) {
  print FILENAME ": line " FNR ": " what ": " $0 > "/dev/stderr"
  failed = 1
  exit 2
}
function add(target, list, count, i) {
  if (target !~ /^[0-9A-Za-z][0-9A-Za-z_.:-]*$/) refuse("not a node")
  count = split(nodes[port], list, " ")
  for (i = 1; i <= count; i++) if (list[i] == target) return
  nodes[port] = nodes[port] " " target
}
function number_of(text) {
  if (text !~ /^[1-9][0-9]*$/) refuse("not a positive whole number")
  return text
}
function is_address(target) { return target ~ /^[0-9.]+$/ || target ~ /:/ }
function place(target) { return target ~ /:/ ? "[" target "]" : target }
function listener(number, protocol, target, timeout) {
  print "  server {"
  print "    listen " number (protocol == "udp" ? " udp" : "") ";"
  if (ipv6 != "") print "    listen [::]:" number (protocol == "udp" ? " udp" : "") ";"
  print "    proxy_pass " target ";"
  print "    proxy_timeout " timeout ";"
  print "    proxy_connect_timeout 2s;"
  print "  }"
}

part == "addresses" {
  sub(/#.*/, "")
  for (i = 2; i <= NF; i++) if (!($i in address)) address[$i] = $1
  next
}
{
  line = $0
  sub(/\r$/, "", line)
  sub(/(^|[ \t])#.*/, "", line)
  sub(/[ \t]+$/, "", line)
  gsub(/["\047]/, "", line)
  if (line == "" || line == "---") next
  top = line ~ /^[^ ]/ && line !~ /^- /
  sub(/^ +/, "", line)
  colon = index(line, ":")
  name = substr(line, 1, colon - 1)
  value = substr(line, colon + 1)
  sub(/^ +/, "", value)
}
top {
  if (colon == 0 || value !~ /^([{][}]|~|null)?$/) refuse("not understood")
  section = name
  port = ""
  next
}
section == "ports" && line ~ /^-/ {
  sub(/^- */, "", line)
  if (port == "") refuse("a node without a port")
  add(line)
  next
}
section == "ports" {
  port = name ~ /^[0-9]+$/ ? name ".tcp" : name
  if (port !~ /^[1-9][0-9]*\.(tcp|udp)$/ || port + 0 > 65535) refuse("not a port")
  if (!(port in nodes)) {
    ports[++port_count] = port
    nodes[port] = ""
  }
  if (value ~ /^\[.*\]$/) {
    count = split(substr(value, 2, length(value) - 2), targets, ",")
    for (i = 1; i <= count; i++) {
      gsub(/ /, "", targets[i])
      if (targets[i] != "") add(targets[i])
    }
  } else if (value !~ /^(~|null)?$/) refuse("not understood")
  next
}
section == "settings" && name == "workerConnections" { connections = number_of(value) }
section == "settings" && name == "defaultProxyTimeout" { proxy_timeout = number_of(value) }

END {
  if (failed) exit 2
  if (want == "names") {
    for (p = 1; p <= port_count; p++) {
      count = split(nodes[ports[p]], list, " ")
      for (i = 1; i <= count; i++) {
        if (list[i] in address || is_address(list[i])) continue
        address[list[i]] = "asked for"
        print list[i]
      }
    }
    exit
  }
  print "# Written by k3d from /etc/confd/values.yaml at every start and change."
  print "include /etc/nginx/modules-enabled/*.conf;"
  print "worker_processes auto;"
  print "error_log stderr notice;"
  print "pid " pid ";"
  print "events {"
  print "  worker_connections " (connections == "" ? 1024 : connections) ";"
  print "}"
  print "stream {"
  for (p = 1; p <= port_count; p++) {
    # nginx takes no upstream without servers.
    count = split(nodes[ports[p]], list, " ")
    if (count == 0) continue
    split(ports[p], key, ".")
    upstream = key[2] "_" key[1]
    print "  upstream " upstream " {"
    # All workers know together who does not answer.
    print "    zone " upstream " 64k;"
    for (i = 1; i <= count; i++) {
      known = list[i] in address ? address[list[i]] : (is_address(list[i]) ? list[i] : "")
      if (known == "") print "    server 127.0.0.1:" key[1] " down;"
      else print "    server " place(known) ":" key[1] " max_fails=1 fail_timeout=3s;"
    }
    print "  }"
    listener(key[1], key[2], upstream, proxy_timeout == "" ? 600 : proxy_timeout)
  }
  dns = ENVIRON["${LB_DNS_VARIABLE}"]
  if (dns != "") {
    if (!("53.tcp" in nodes)) listener(53, "tcp", dns, "5s")
    if (!("53.udp" in nodes)) listener(53, "udp", dns, "5s")
  }
  print "}"
}
`;
