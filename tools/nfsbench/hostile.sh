# shellcheck shell=bash
# hostile - a good client beside a thousand bad ones; tools/bench sources it.
hostile_limit_mib=512
hostile_connections=1000
# name, options of nfsbench
hostile_tests='
getattr x 1|-t getattr -d 1
getattr x 16|-t getattr -d 16
randread 4 KiB x 16|-t randread -b 4096 -d 16 -S 16777216
read 1 MiB x 4|-t read -d 4 -S 67108864
write 64 KiB x 4 + commit|-t write -b 65536 -d 4 -S 67108864
mkrm x 16|-t mkrm -d 16
'

# The p99 latency of each test in microseconds, in one line.
latencies() {
  local name options line
  while IFS='|' read -r name options; do
    [ -n "$name" ] || continue
    # shellcheck disable=SC2086
    line=$("$bench" -p "$port" -e / -s "$seconds" $options) || die "$name: ${line:-failed}"
    printf '%s ' "$(number p99_us "$line")"
  done <<<"$hostile_tests"
  echo
}

start_peers() { # WORK HANDLE
  : >"$1/peers"
  "$top/out/hostile" "$port" $hostile_connections "$2" >"$1/peers" 2>&1 &
  peers=$!
  until grep -q ready "$1/peers"; do
    kill -0 "$peers" 2>/dev/null || die "the bad peers ended: $(cat "$1/peers")"
    sleep 0.1
  done
}

stop_peers() {
  kill "$peers"
  wait "$peers" 2>/dev/null || :
  peers=
}

hostile() { # WORK
  local work=$1 handle peak name n=0 alone=() beside=()
  cc -O2 -Wall -o "$top/out/hostile" "$here/nfsbench/hostile.c"
  start_gateway "$work"
  make_file "$work" bait
  "$bench" -p "$port" -e / -f bait -t put -S 1048576 >/dev/null
  handle=$("$bench" -p "$port" -e / -f bait -t handle)
  latencies >/dev/null # warms up
  for _ in $(seq "$rounds"); do
    alone+=("$(latencies)")
    start_peers "$work" "$handle"
    beside+=("$(latencies)")
    stop_peers
  done
  kill -0 "$gateway" 2>/dev/null || die "the gateway ended: $(tail -n 3 "$work/log")"
  peak=$(awk '/^VmHWM/ { print int($2 / 1024) }' "/proc/$gateway/status")
  printf '| p99 of one client, microseconds | alone | beside %d bad connections | ratio (goal: 2.0) |\n|---|---:|---:|---:|\n' \
    $hostile_connections
  while IFS='|' read -r name _; do
    [ -n "$name" ] || continue
    n=$((n + 1))
    awk -v n="$name" -v a="$(median "$(column $n "${alone[@]}")")" -v b="$(median "$(column $n "${beside[@]}")")" \
      'BEGIN { printf "| %s | %.0f | %.0f | %.2f |\n", n, a, b, b / a }'
  done <<<"$hostile_tests"
  echo
  echo "$peak MiB resident at most; the limit is $hostile_limit_mib MiB"
  stop_gateway
  [ "$peak" -le $hostile_limit_mib ] || die "over the limit"
}

column() { printf '%s\n' "${@:2}" | awk -v n="$1" '{ printf "%s ", $n }'; } # N LINE...
