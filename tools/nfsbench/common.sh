# shellcheck shell=bash
# common - what the figures of tools/bench share; tools/bench sources it.
start_gateway() { # DIR [OPTION of serve...]
  mkdir -p "$1/state" "$1/store"
  "$top/out/nfsgw" serve --state "$1/state" --store "${store:-file://$1/store}" --listen 127.0.0.1:0 \
    --admin off --log-level warning "${@:2}" >"$1/log" 2>&1 &
  gateway=$!
  for _ in $(seq 600); do
    port=$(sed -n 's/^nfsgw .* is ready on 127\.0\.0\.1:\([0-9]*\).*/\1/p' "$1/log")
    [ -z "$port" ] || return 0
    kill -0 $gateway 2>/dev/null || break
    sleep 0.1
  done
  cat "$1/log" >&2
  die "the gateway did not start"
}

stop_gateway() {
  [ -z "$gateway" ] || { kill "$gateway" 2>/dev/null || :; wait "$gateway" 2>/dev/null || :; }
  gateway=
}

median() { tr ' ' '\n' <<<"$*" | sort -g | awk 'NF { v[++n] = $1 } END { print n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2 }'; }


# The value of a number in one line of JSON.
number() { sed -n 's/.*"'"$1"'": *\([0-9.]*\).*/\1/p' <<<"$2"; }
fetched() { number fetched_bytes "$("$top/out/nfsgw" status --state "$1/state" --json true | tr -d '\n')"; }
cpu_ticks() { awk '{ print $14 + $15 }' "/proc/$gateway/stat"; }
