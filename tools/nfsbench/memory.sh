# shellcheck shell=bash
# memory - what the gateway holds in memory; tools/bench sources it.
memory_limit_mib=400

memory() {
  local work=$1 resident peak
  start_gateway "$work"
  "$bench" -p "$port" -e / -t fill -n "$files" -d 16 >"$work/out" || die "creating and listing failed: $(cat "$work/out")"
  kill -0 "$gateway" 2>/dev/null || die "the gateway ended: $(tail -n 3 "$work/log")"
  resident=$(awk '/^VmRSS/ { print int($2 / 1024) }' "/proc/$gateway/status")
  peak=$(awk '/^VmHWM/ { print int($2 / 1024) }' "/proc/$gateway/status")
  echo "$files files created and listed: $resident MiB resident, $peak MiB at most; the limit is $memory_limit_mib MiB"
  stop_gateway
  [ "$peak" -le "$memory_limit_mib" ] || die "over the limit"
}
