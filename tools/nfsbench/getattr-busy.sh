# shellcheck shell=bash
# getattr-busy - how long GETATTR takes while many wait for the store; tools/bench sources it.

# GETATTR, one in flight, for a while: microseconds.
getattr_latencies() {
  local line
  line=$("$bench" -p "$port" -e / -t getattr -d 1 -s 2) || die "GETATTR failed: $line"
  echo "$(number p50_us "$line") $(number p99_us "$line") $(number p999_us "$line")"
}

getattr-busy() { # WORK
  local work=$1 size=$((12 << 30)) reader idle busy
  start_gateway "$work"
  make_file "$work" data
  on data -t put -S "$size" >/dev/null
  make_cold "$work" >/dev/null
  idle=$(getattr_latencies)
  "$bench" -p "$port" -e / -f data -t pass -d 64 -S "$size" >"$work/pass" &
  reader=$!
  busy=$(getattr_latencies)
  kill -0 "$reader" 2>/dev/null || die "all was fetched before the time was over"
  wait "$reader" || die "reading failed: $(cat "$work/pass")"
  printf '| GETATTR, one in flight | p50, µs | p99, µs | p99.9, µs |\n|---|---:|---:|---:|\n'
  # shellcheck disable=SC2086
  printf '| %s | %s | %s | %s |\n' 'alone' $idle 'beside 64 READs of 1 MiB that are only in the store' $busy
  stop_gateway
}
