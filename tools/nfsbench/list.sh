# shellcheck shell=bash
# list - how fast a large directory is listed; tools/bench sources it.

list() { # WORK
  local work=$1 line
  start_gateway "$work"
  "$bench" -p "$port" -e / -t fill -n "$entries" -d 64 >"$work/out" || die "creating and listing failed: $(cat "$work/out")"
  line=$(grep listed "$work/out")
  awk -v n="$entries" -v rate="$(number entries_per_s "$line")" -v first="$(number first_page_us "$line")" 'BEGIN {
    printf "%d entries just created, READDIRPLUS, pages of 64 KiB, one in flight:\n", n
    printf "%.0f entries/s (300000 are the goal), the first page after %.1f ms (100 are the goal)\n", rate, first / 1000 }'
  stop_gateway
}
