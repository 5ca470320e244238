import { RENDER_AWK } from "./render-awk.js";
import { LB_ADDRESSES_PATH, LB_CONFIG_PATH, LB_VALUES_PATH } from "./values.js";

/**
 * The load balancer's program: makes nginx' configuration from the values, has nginx check it,
 * runs nginx, and does the same again when the values or the addresses of the nodes change.
 *
 * With `reload` as its argument it does so once beside the running nginx and ends when the new
 * configuration is in force.
 *
 * Needs a POSIX shell, awk, and what busybox or coreutils bring; `root` is for tests.
 */
export function loadBalancerScript(root = ""): string {
  return String.raw`set -u
values=${root}${LB_VALUES_PATH}
known=${root}${LB_ADDRESSES_PATH}
config=${root}${LB_CONFIG_PATH}
pidfile=${root}/var/run/nginx.pid
new=$config.$$
hosts=$config.$$.hosts
# Where the container has an IPv6 address that leads anywhere, nginx listens there too.
ipv6=$(awk '$4 == "00" { print "yes"; exit }' ${root}/proc/net/if_inet6 2>/dev/null)
export RES_OPTIONS='timeout:1 attempts:2'
program='${RENDER_AWK}'

say() { echo "k3d: $*" >&2; }

# All that the configuration is made from, read without starting a process.
read_inputs() {
  inputs=
  for file in "$values" "$known"; do
    inputs="$inputs
$file"
    [ -f "$file" ] || continue
    while IFS= read -r line || [ -n "$line" ]; do
      inputs="$inputs
$line"
    done <"$file"
  done
}

# First word of the line of /etc/hosts, getent or nslookup that tells the address, IPv4 first.
address_of() {
  found=$({
    awk -v name="$1" '{ sub(/#.*/, ""); for (i = 2; i <= NF; i++) if ($i == name) { print $1; told = 1 } } END { exit !told }' /etc/hosts ||
      getent ahostsv4 "$1" || getent hosts "$1" || nslookup "$1" | sed -n '/^Name:/,$p'
  } 2>/dev/null | tr -s ' \t' '\n')
  echo "$found" | grep -m 1 -E '^[0-9]+(\.[0-9]+){3}$' || echo "$found" | grep -m 1 -E '^[0-9a-fA-F]*(:[0-9a-fA-F]*){2,}$'
}

# Prints "ADDRESS NAME" for each name that stands for an address now; all are asked at once.
look_up() (
  for name in "$@"; do
    { address=$(address_of "$name") && echo "$address $name"; } &
  done
  wait
)

render() {
  awk -v want="$1" -v pid="$pidfile" -v ipv6="$ipv6" "$program" part=addresses "$2" part=values "$values"
}

# Writes the addresses that were told, and others, where both render steps read them. A full disk must not make nodes unknown.
write_hosts() {
  {
    if [ -f "$known" ]; then cat "$known" || return 1; fi
    echo "$1"
  } >"$hosts"
}

# Notes which names no file tells the address of, and the addresses that they have now.
resolve() {
  # An empty one is just being written.
  if ! [ -s "$values" ]; then
    say "there is no $values"
    return 1
  fi
  write_hosts "" || return 1
  names=$(render names "$hosts") || return 1
  # shellcheck disable=SC2086 # one word for each name
  looked_up=$(look_up $names | sort)
}

# A file that is being written can be read half.
unchanged() {
  before=$inputs
  read_inputs
  [ "$inputs" = "$before" ] && return
  say "$values changes"
  return 1
}

# Makes "$new" from the inputs that were read, if nginx takes it.
prepare() {
  write_hosts "$looked_up" || return 1
  render config "$hosts" >"$new" && unchanged && nginx -t -q -c "$new"
}

workers() { grep -ls "^PPid:[[:space:]]*$1\$" /proc/[0-9]*/status; }

reload_once() {
  trap 'rm -f "$new" "$hosts"' EXIT
  read_inputs
  resolve && prepare || return 1
  mv "$new" "$config"
  # An nginx that is yet to start will read what lies there.
  master=$(cat "$pidfile" 2>/dev/null) && kill -0 "$master" 2>/dev/null || return 0
  before=$(workers "$master")
  nginx -c "$config" -s reload || return 1
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
    if workers "$master" | grep -qvxF -e "$before"; then return 0; fi
    sleep 0.1
  done
  say "nginx did not take the new configuration"
  return 1
}

if [ "$*" = reload ]; then
  reload_once
  exit
fi

tried=
names=
looked_up=
stopping=
pause=1
left=0

# Tries the inputs: new ones at once, the same ones again after pauses that grow, and then without a word: it may have been a
# full disk that they failed by.
attempt() {
  if [ "$inputs" != "$tried" ]; then
    tried=$inputs
    pause=1
    resolve && prepare
  else
    left=$((left - 1))
    [ "$left" -lt 1 ] || return 1
    { resolve && prepare; } 2>/dev/null
  fi && {
    failed=
    return
  }
  failed=yes
  left=$pause
  [ "$pause" -ge 8 ] || pause=$((pause * 2))
  return 1
}

failed=yes
trap 'exit 0' TERM INT QUIT
while :; do
  read_inputs
  last=$tried
  if attempt; then
    mv "$new" "$config" && break
  elif [ "$tried" != "$last" ]; then
    if grep -qs '^# Written by k3d' "$config" && nginx -t -q -c "$config"; then
      say "the configuration from before is kept"
      break
    fi
    say "nginx starts when $values is right"
  fi
  sleep 1 &
  wait $!
done

nginx -c "$config" -g 'daemon off;' &
nginx=$!
trap 'stopping=yes; kill -TERM "$nginx" 2>/dev/null' TERM INT QUIT
while [ -z "$stopping" ] && kill -0 "$nginx" 2>/dev/null; do
  sleep 1 &
  wait $!
  read_inputs
  if [ "$inputs" = "$tried" ] && [ -z "$failed" ]; then
    [ -n "$names" ] || continue
    # shellcheck disable=SC2086
    now=$(look_up $names | sort)
    [ "$now" != "$looked_up" ] || continue
    # As new: the addresses are.
    tried=
  fi
  attempt || continue
  if ! cmp -s "$new" "$config"; then
    mv "$new" "$config"
    nginx -c "$config" -s reload
  fi
done
wait "$nginx"
`;
}
