# shellcheck shell=bash
# edits - changing a little of large files that are only in the store; tools/bench sources it.
mebibyte=1048576

# Bytes that the gateway has read by system calls: of the store, the staging files and the database.
bytes_read() { awk '/^rchar/ { print $2 }' "/proc/$gateway/io"; }
stored() { du -sb --apparent-size "$1/store/xorbs" "$1/store/shards" | awk '{ sum += $1 } END { print sum }'; }
seconds_now() { date +%s.%N; }
elapsed() { awk -v a="$1" -v b="$(seconds_now)" 'BEGIN { printf "%.2f", b - a }'; }
on() { "$bench" -p "$port" -e / -f "$1" -d 16 "${@:2}" || die "a load failed: $*"; } # FILE OPTION...

make_file() { # WORK FILE
  : >"$1/empty"
  nfs-cp "$1/empty" "nfs://127.0.0.1//$2?nfsport=$port&mountport=$port" >/dev/null || die "making a file failed"
}

# What a gateway reads of itself when it does this for the first time does not count.
warm_up() { # WORK
  on warm -t put -S $((2 * mebibyte)) -o 12345 >/dev/null
  "$top/out/nfsgw" sync --state "$1/state" >/dev/null
}

# Sends what is left and drops the cache. Prints the hash of "data".
make_cold() { # WORK
  "$top/out/nfsgw" sync --state "$1/state" | awk -F'\t' '$1 ~ /data$/ { print $NF }'
  "$top/out/nfsgw" evict --state "$1/state" >/dev/null
}

edits() { # WORK
  printf '| 1 %% in one block of | seconds | bytes read besides, KiB | bytes stored besides, KiB | get and put whole, seconds | ratio |\n|---|---:|---:|---:|---:|---:|\n'
  local gigabytes
  for gigabytes in $sizes; do
    edit_of "$1/$gigabytes" "$gigabytes"
    rm -rf "${1:?}/$gigabytes"
  done
  scatter "$1/scatter"
}

# The file is a hole but for its last mebibyte: it costs no disk, and all else as any file of its size.
edit_of() { # WORK GIBIBYTES
  local work=$1 size=$(($2 << 30)) edit hash read_before stored_before begun took read_more stored_more whole
  mkdir -p "$work"
  edit=$((size / 100 / mebibyte * mebibyte))
  start_gateway "$work"
  make_file "$work" data
  make_file "$work" warm
  on data -t put -S $mebibyte -o $((size - mebibyte)) >/dev/null
  on warm -t put -S $((8 * mebibyte)) >/dev/null
  hash=$(make_cold "$work")
  stop_gateway
  start_gateway "$work"
  warm_up "$work"
  read_before=$(bytes_read) stored_before=$(stored "$work")
  begun=$(seconds_now)
  on data -t put -S "$edit" -o $((size / 3 + 12345)) >/dev/null
  "$top/out/nfsgw" sync --state "$work/state" >/dev/null
  took=$(elapsed "$begun")
  # The edit itself is read once, to be sent.
  read_more=$(($(bytes_read) - read_before - edit)) stored_more=$(($(stored "$work") - stored_before - edit))
  stop_gateway
  begun=$(seconds_now)
  "$top/out/nfsgw" cas get --store "file://$work/store" "$hash" >/dev/null 2>"$work/get" || die "cas get failed: $(cat "$work/get")"
  truncate -s "$size" "$work/whole"
  mkdir "$work/other"
  "$top/out/nfsgw" cas put --store "file://$work/other" "$work/whole" >/dev/null 2>"$work/put" || die "cas put failed: $(cat "$work/put")"
  whole=$(elapsed "$begun")
  awk -v g="$2" -v t="$took" -v r="$read_more" -v s="$stored_more" -v w="$whole" \
    'BEGIN { printf "| %d GiB | %.2f | %.0f | %.0f | %.2f | %.0f |\n", g, t, r / 1024, s / 1024, w, w / t }'
}

scatter() { # WORK
  local work=$1 begun calls
  mkdir -p "$work"
  start_gateway "$work"
  make_file "$work" data
  on data -t put -S $((64 * mebibyte)) >/dev/null
  make_cold "$work" >/dev/null
  begun=$(seconds_now)
  calls=$(on data -t scatter -n 53000 -b 8 -S $((64 * mebibyte)))
  "$top/out/nfsgw" sync --state "$work/state" >/dev/null
  printf '\n%s writes of 8 bytes over 64 MiB that are only in the store, until they are in it: %s s.\n' \
    "$(number calls "$calls")" "$(elapsed "$begun")"
  stop_gateway
}
