# shellcheck shell=bash
# flow - what the gateway holds in memory while much goes through it; tools/bench sources it.
flow_limit_mib=512

flow() { # WORK
  local work=$1 size=$((10 << 30)) wrote read peak begun
  start_gateway "$work"
  make_file "$work" data
  begun=$(seconds_now)
  wrote=$(on data -t put -S "$size")
  "$top/out/nfsgw" sync --state "$work/state" >/dev/null
  begun=$(elapsed "$begun")
  "$top/out/nfsgw" evict --state "$work/state" >/dev/null
  read=$(on data -t pass -S "$size")
  peak=$(awk '/^VmHWM/ { print int($2 / 1024) }' "/proc/$gateway/status")
  echo "10 GiB written at $(number MB_per_s "$wrote") MB/s, in the store after $begun s, read from it at $(number MB_per_s "$read") MB/s:"
  echo "$peak MiB resident at most; the limit is $flow_limit_mib MiB"
  stop_gateway
  [ "$peak" -le $flow_limit_mib ] || die "over the limit"
}
