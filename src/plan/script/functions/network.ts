/** Shell functions: interfaces, addresses, routes and forwarding. */
export const network: Readonly<Record<string, string>> = {
  network: `# network [PID START]: under the lock of the host's network, lines of \`ip -batch\` and those of \`network_line\`; behind \`inside\` they are of the network of that process.
network() {
  exec 6</proc/self/ns/net
  flock 6
  while IFS= read -r line; do
    case $line in
    'inside '* | *' netns inside'*)
      if ! alive "$1" "$2" || [ "$(readlink "/proc/$1/ns/net")" = "$(readlink /proc/self/ns/net)" ]; then
        fail "process $1 is not there any more, or is the host's"
      fi
      ;;
    esac
    case $line in
    'inside '*) network_line "\${line#inside }" nsenter --net="/proc/$1/ns/net" -- || exit 1 ;;
    *' netns inside'*) network_line "\${line%% netns inside*} netns $1\${line#* netns inside}" || exit 1 ;;
    *) network_line "$line" || exit 1 ;;
    esac
  done
}`,

  network_line: `# network_line LINE [COMMAND...]: with that command before those that do it.
network_line() {
  line=$1
  shift
  rest=\${line#* }
  case $line in
  'make '*) # BRIDGE RANGE: where there is none of that name; the host has no route into RANGE then.
    if "$@" ip link show dev "\${rest% *}" >/dev/null 2>&1; then return 0; fi
    taken=$(ip -4 route show table all root "\${rest#* }") || return
    if [ -n "$taken" ]; then fail "the host has a route into \${rest#* } by now: $taken"; fi
    ip link add name "\${rest% *}" type bridge
    ;;
  'gone '*) # INTERFACE
    if "$@" ip link show dev "$rest" >/dev/null 2>&1; then "$@" ip link del dev "$rest"; fi
    ;;
  'drop '*) # ADDRESS INTERFACE
    address=\${rest% *}
    if [ -z "$("$@" ip -o address show dev "\${rest##* }" to "\${address%%[ /]*}")" ]; then return 0; fi
    echo "address del $address dev \${rest##* }" | "$@" ip -batch -
    ;;
  'set '*) # NAME VALUE
    # shellcheck disable=SC2016
    "$@" sh -c 'echo "$2" >"/proc/sys/net/$1"' sh "\${rest% *}" "\${rest#* }"
    ;;
  forward) # What was before is noted first, until nobody needs it.
    if grep -qx 1 /proc/sys/net/ipv4/ip_forward; then return 0; fi
    nft add table inet cloister '{ comment "net.ipv4.ip_forward was 0"; }' || return
    echo 1 >/proc/sys/net/ipv4/ip_forward
    ;;
  *) printf '%s\\n' "$line" | "$@" ip -batch - ;;
  esac
}`,
};
