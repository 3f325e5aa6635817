# shellcheck shell=bash
# hub - in front of a bucket on a slow line; tools/bench sources it.
bucket=u/b hub="" hub_pid=""
gigabit=125000000

start_hub() { # WORK
  dotnet publish "$here/XetHub/XetHub.csproj" -c Release -o "$top/out/xethub" --nologo -v q >&2 || die "the hub does not build"
  "$top/out/xethub/xethub" --listen 127.0.0.1:0 --data "$1/hub" >"$1/hub.log" 2>&1 &
  hub_pid=$!
  peers=$hub_pid
  for _ in $(seq 100); do
    hub=$(sed -n 's/^ready //p' "$1/hub.log")
    [ -z "$hub" ] || break
    sleep 0.1
  done
  [ -n "$hub" ] || die "the hub did not start"
  ask POST "/api/buckets/$bucket" '{}' >/dev/null
  export NFSGW_HUB_ENDPOINT=$hub
  store=hf://buckets/$bucket
}

ask() { # METHOD PATH [JSON]
  curl -sSf -X "$1" -H 'Content-Type: application/json' ${3:+-d "$3"} "$hub$2" || die "the hub refused $1 $2"
}

# A round trip takes so many milliseconds, and each way takes so many bytes a second; 0 is no limit.
line() { ask POST /_faults "[{\"latencyMs\":$1,\"bytesPerSecond\":$2}]" >/dev/null; }
forget_counts() { ask DELETE /_counts >/dev/null; }

# Sum over all kinds of requests: requests, bytesIn or bytesOut.
counted() { ask GET /_counts | grep -o "\"$1\":[0-9]*" | awk -F: '{ n += $2 } END { print n + 0 }'; }
# Requests by kind.
trips() { ask GET /_counts | sed 's/"bytes[^}]*//g; s/[{}"]//g; s/:requests:/ /g; s/,,*/, /g; s/, $//; $a\'; }
hub_ticks() { awk '{ print $14 + $15 }' "/proc/$hub_pid/stat"; }
mib() { awk -v b="$1" 'BEGIN { printf "%.1f", b / 1048576 }'; }

# A gateway that knows the names and no byte.
new_gateway() { # WORK
  stop_gateway
  rm -rf "${1:?}/state"
  start_gateway "$1" --cache-size 1TiB
}

# What a measured step took: seconds, CPU of the gateway and of the hub for each GiB, MiB from and to the hub.
begin() { forget_counts; began=$(seconds_now) gateway_began=$(cpu_ticks) hub_began=$(hub_ticks); }
row() { # NAME BYTES
  local took
  took=$(elapsed "$began")
  awk -v n="$1" -v t="$took" -v b="$2" -v g=$(($(cpu_ticks) - gateway_began)) -v h=$(($(hub_ticks) - hub_began)) \
    -v hz="$(getconf CLK_TCK)" -v f="$(counted bytesOut)" -v s="$(counted bytesIn)" -v r="$(counted requests)" 'BEGIN {
      gib = b / 1073741824
      printf "| %s | %.2f | %.0f | %.2f | %.2f | %.1f | %.1f | %d |\n", n, t, b / t / 1e6, g / hz / gib, h / hz / gib, f / 1048576, s / 1048576, r }'
}

hub() { # WORK
  local work=$1 size gib=$((1 << 30))
  size=$((${sizes##* } << 30))
  [ "$sizes" != "1 10 100" ] || size=$((10 << 30))
  start_hub "$work"
  printf '| on the line | seconds | MB/s | gateway, CPU s/GiB | hub, CPU s/GiB | fetched, MiB | sent, MiB | requests |\n|---|---:|---:|---:|---:|---:|---:|---:|\n'
  hub_upload "$work" $gib
  hub_make "$work" "$size"
  hub_edit "$work" "$size"
  hub_read "$work" $((4 * gib < size ? 4 * gib : size))
  hub_trips "$work"
  hub_list "$work"
  stop_gateway
}

hub_upload() { # WORK BYTES
  line 0 0
  new_gateway "$1"
  make_file "$1" new
  "$top/out/nfsgw" sync --state "$1/state" >/dev/null
  line 20 $gigabit
  on new -t put -S "$2" >/dev/null
  begin
  "$top/out/nfsgw" sync --state "$1/state" >/dev/null
  row "upload $(mib "$2") MiB, 20 ms, 1 Gbit/s" "$2"
}

hub_make() { # WORK BYTES
  line 0 0
  make_file "$1" data
  on data -t put -S "$2" >/dev/null
  "$top/out/nfsgw" sync --state "$1/state" >/dev/null
}

hub_edit() { # WORK BYTES
  local edit=$(($2 / 100 / mebibyte * mebibyte))
  new_gateway "$1"
  line 20 $gigabit
  begin
  on data -t put -S "$edit" -o $(($2 / 3 + 12345)) >/dev/null
  "$top/out/nfsgw" sync --state "$1/state" >/dev/null
  row "edit 1 % of $(($2 >> 30)) GiB never read, 20 ms, 1 Gbit/s" "$edit"
}

# The first round takes memory from the machine's host for the cache, and the others what it left.
hub_read() { # WORK BYTES
  local i
  new_gateway "$1"
  line 20 $((10 * gigabit))
  for i in $(seq "$rounds"); do
    begin
    on data -t pass -S "$2" >/dev/null
    row "read $(($2 >> 30)) GiB in order, 20 ms, 10 Gbit/s, round $i" "$2"
    "$top/out/nfsgw" evict --state "$1/state" >/dev/null
  done
  began=$(seconds_now)
  head -c "$2" /dev/zero >"$1/plain"
  printf '\nA plain write of as many bytes to the same disk runs at %s MB/s.\n' \
    "$(awk -v b="$2" -v t="$(elapsed "$began")" 'BEGIN { printf "%.0f", b / t / 1e6 }')"
  rm "$1/plain"
}

# Round trips by kind, of a state that knows nothing but names.
hub_trips() { # WORK
  stop_gateway
  rm -rf "${1:?}/state"
  line 0 0
  forget_counts
  start_gateway "$1"
  printf '\nRequests: list all at the start: %s\n' "$(trips)"
  forget_counts
  "$bench" -p "$port" -e / -f data -t handle >/dev/null
  printf '  open: %s\n' "$(trips)"
  forget_counts
  on data -t pass -b 4096 -S 4096 -o $mebibyte >/dev/null
  printf '  read 4 KiB: %s\n' "$(trips)"
  forget_counts
  on data -t put -b 4096 -S 4096 -o $((64 * mebibyte)) >/dev/null
  "$top/out/nfsgw" sync --state "$1/state" >/dev/null
  printf '  edit and commit: %s\n' "$(trips)"
}

# The listing is more than a first start needs memory for, if it is held at once.
hub_list() { # WORK
  local count=${entries:-100000} from
  [ "$count" -lt 1000000 ] || count=100000
  for from in $(seq 0 1000 $((count - 1))); do
    seq "$from" $((from + 999)) | awk -v z="$(printf '%064d' 0)" \
      '{ printf "{\"type\":\"addFile\",\"path\":\"many/d%d/f%d\",\"xetHash\":\"%s\"}\n", $1 / 1000, $1, z }' |
      curl -sSf -X POST -H 'Content-Type: application/x-ndjson' --data-binary @- "$hub/api/buckets/$bucket/batch" >/dev/null ||
      die "the hub took no names"
  done
  stop_gateway
  rm -rf "${1:?}/state"
  line 20 0
  forget_counts
  began=$(seconds_now)
  start_gateway "$1"
  printf '\nA new state on a bucket of %s names: ready after %s s; requests: %s; %s MiB resident at most.\n' \
    "$count" "$(elapsed "$began")" "$(trips)" "$(awk '/^VmHWM/ { print int($2 / 1024) }' "/proc/$gateway/status")"
}
