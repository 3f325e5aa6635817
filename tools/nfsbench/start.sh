# shellcheck shell=bash
# start - how long a start takes on a state with a full cache; tools/bench sources it.

start() { # WORK
  local work=$1 began took=""
  start_gateway "$work"
  stop_gateway
  "$here/nfsbench/warm-state" "$files" "$work/state"
  for _ in $(seq "$rounds"); do
    began=$(date +%s%N)
    start_gateway "$work" --cache-size 1048576TiB
    took="$took $((($(date +%s%N) - began) / 1000000))"
    stop_gateway
  done
  echo "$files files, $files MiB in the cache: ready after $(median "$took") ms (of$took)"
}
