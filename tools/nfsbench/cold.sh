# shellcheck shell=bash
# cold - reading what is only in the store; tools/bench sources it.

# One pass over the cold file: MB/s, and seconds of the gateway's CPU.
pass() { # WORK
  local before line
  before=$(cpu_ticks)
  line=$("$bench" -p "$port" -e / -f data -t pass -d 8 -S 1073741824) || die "reading failed: $line"
  echo "$(number MB_per_s "$line") $(awk -v a="$before" -v b="$(cpu_ticks)" -v hz="$(getconf CLK_TCK)" 'BEGIN { print (b - a) / hz }')"
}

cold() { # WORK
  local work=$1 hash before line calls took speed cpu get="" file="" first="" again="" get_cpu="" file_cpu="" first_cpu="" again_cpu=""
  head -c 1073741824 /dev/urandom >"$work/data"
  start_gateway "$work"
  nfs-cp "$work/data" "nfs://127.0.0.1//data?nfsport=$port&mountport=$port" >/dev/null || die "writing failed"
  rm "$work/data"
  hash=$("$top/out/nfsgw" sync --state "$work/state" | awk 'END { print $NF }')
  stop_gateway
  local TIMEFORMAT='%R %U %S'
  for _ in $(seq "$rounds"); do
    took=$({ time "$top/out/nfsgw" cas get --store "file://$work/store" "$hash" >/dev/null 2>"$work/get"; } 2>&1) ||
      die "cas get failed: $(cat "$work/get")"
    get="$get $(awk '{ print 1073.741824 / $1 }' <<<"$took")" get_cpu="$get_cpu $(awk '{ print $2 + $3 }' <<<"$took")"
    # As the gateway does, which keeps what it reads.
    took=$({ time "$top/out/nfsgw" cas get --store "file://$work/store" "$hash" >"$work/file" 2>"$work/get"; } 2>&1) ||
      die "cas get failed: $(cat "$work/get")"
    rm "$work/file"
    file="$file $(awk '{ print 1073.741824 / $1 }' <<<"$took")" file_cpu="$file_cpu $(awk '{ print $2 + $3 }' <<<"$took")"
    start_gateway "$work"
    "$top/out/nfsgw" evict --state "$work/state" >/dev/null
    read -r speed cpu <<<"$(pass "$work")"
    first="$first $speed" first_cpu="$first_cpu $cpu"
    read -r speed cpu <<<"$(pass "$work")"
    again="$again $speed" again_cpu="$again_cpu $cpu"
    stop_gateway
  done
  start_gateway "$work"
  "$top/out/nfsgw" evict --state "$work/state" >/dev/null
  before=$(fetched "$work")
  line=$("$bench" -p "$port" -e / -f data -t randread -b 4096 -d 4 -s 0.2 -S 1073741824) || die "reading failed: $line"
  calls=$(number calls "$line")
  printf '| 1 GiB that is only in the store | MB/s | CPU s |\n|---|---:|---:|\n'
  printf '| %s | %.0f | %.2f |\n' 'nfsgw cas get, to /dev/null' "$(median "$get")" "$(median "$get_cpu")" \
    'nfsgw cas get, into a file' "$(median "$file")" "$(median "$file_cpu")" \
    'read through the gateway' "$(median "$first")" "$(median "$first_cpu")" \
    'read again' "$(median "$again")" "$(median "$again_cpu")"
  awk -v a="$before" -v b="$(fetched "$work")" -v n="$calls" \
    'BEGIN { printf "\nA random 4 KiB read has %.0f KiB fetched (%d reads).\n", (b - a) / n / 1024, n }'
  stop_gateway
}
