# shellcheck shell=bash
# table - the gateway beside another NFS server; tools/bench sources it.
# name, unit, options of nfsbench
tests='
null x 16|calls/s|-t null -d 16
null x 1|calls/s|-t null -d 1
getattr x 16|calls/s|-t getattr -d 16
lookup x 16|calls/s|-t lookup -d 16
read 1 MiB x 8|MB/s|-t read -d 8
randread 4 KiB x 16|calls/s|-t randread -b 4096 -d 16
write 1 MiB x 8 + commit|MB/s|-t write -d 8
syncwrite 4 KiB x 16|calls/s|-t syncwrite -b 4096 -d 16
create x 16|calls/s|-t create -d 16
mkrm x 16|calls/s|-t mkrm -d 16
list 5000 x 1|entries/s|-t list -n 5000 -d 1
'

# The figure of one run; UNIT tells which.
measure() { # SERVER UNIT SECONDS OPTION...
  local to line key=calls_per_s unit=$2 secs=$3
  [ "$unit" != MB/s ] || key=MB_per_s
  "$top/out/nfsgw" sync --state "$inside/ours/state" >/dev/null || die "sync failed: $(tail -n 3 "$inside/ours/log")"
  # Nor does anybody's turn pay for pages that another left to write.
  sync -f "$inside"
  if [ "$1" = ours ]; then
    to=(-p "$port" -e /)
  else
    to=(-p "$peer_port" -m "$peer_mountport" -e "$peer_export")
  fi
  if ! line=$("$bench" "${to[@]}" -c 1 -s "$secs" -S 134217728 "${@:4}"); then
    # NFS3ERR_NOTSUPP: some servers have no READDIRPLUS.
    [[ $1 == theirs && $line == *'"first_error":10004}' ]] || die "$1: ${*:4}: ${line:-failed}"
    echo 0
    return
  fi
  line=${line#*\""$key"\":}
  echo "${line%%,*}"
}

chosen() { # the lines of the table that --tests names
  local name
  while IFS= read -r line; do
    name=${line%%[ |]*}
    if [ -n "$line" ] && { [ -z "$only" ] || [[ $only == *,$name,* ]]; }; then echo "$line"; fi
  done <<<"$tests"
}

table() { # where the peer can be reached
  local name unit options ours theirs
  start_gateway "$inside/ours"
  echo "warming up" >&2
  while IFS='|' read -r name unit options; do
    # shellcheck disable=SC2086
    for server in ours theirs; do measure $server "$unit" 1 $options >/dev/null; done
  done < <(chosen)
  machine
  printf '| calls, in flight | unit | nfsgw | %s | ratio |\n|---|---|---:|---:|---:|\n' "$peer_name"
  while IFS='|' read -r name unit options; do
    ours="" theirs=""
    for _ in $(seq "$rounds"); do
      # shellcheck disable=SC2086
      ours="$ours $(measure ours "$unit" "$seconds" $options)"
      # shellcheck disable=SC2086
      theirs="$theirs $(measure theirs "$unit" "$seconds" $options)"
    done
    awk -v n="$name" -v u="$unit" -v a="$(median "$ours")" -v b="$(median "$theirs")" \
      'BEGIN { printf "| %s | %s | %.0f | %s |\n", n, u, a, b ? sprintf("%.0f | %.2f", b, a / b) : "not supported | -" }'
  done < <(chosen)
  stop_gateway
}

machine() {
  printf '%s: %s, %s cores, Linux %s, %s on %s; one connection, median of %s rounds of %s s.\n\n' "$(date -u +%F)" \
    "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n1)" "$(nproc)" "$(uname -r)" \
    "$(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release)" "$(findmnt -n -o FSTYPE -T "$inside")" "$rounds" "$seconds"
}
