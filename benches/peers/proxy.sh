#!/bin/sh
# Measures the cost of a proxy without faults: CPU seconds per GiB and CPU microseconds per request and
# per connection, for haproxy in TCP mode and for `steadfast`. Needs haproxy, iperf3 and wrk, and a
# release build of the bench `proxy` (BENCH is its path). Prints one line for each measurement.
set -eu
bench=${BENCH:-$(find target/release/deps -name 'proxy-*' -type f -perm -u+x -printf '%T@ %p\n' | sort -n | tail -1 | cut -d' ' -f2)}
folder=$(mktemp -d)
started=
finish() { [ -z "$started" ] || kill $started 2>/dev/null || true; rm -rf "$folder"; }
trap finish EXIT

# Prints the CPU time of a process in ticks of 10 ms: utime and stime, fields 14 and 15 of /proc/PID/stat.
cpu() { sed 's/.*) //' "/proc/$1/stat" | awk '{ print $12 + $13 }'; }

iperf3 -s -p 18100 >/dev/null & started="$!"
cat > "$folder/origin.cfg" <<'CFG'
global
  nbthread 1
defaults
  mode http
  timeout client 60s
  timeout server 60s
  timeout connect 5s
frontend f
  bind 127.0.0.1:18200
  http-request return status 200 content-type text/plain string "ok"
CFG
haproxy -f "$folder/origin.cfg" & started="$started $!"

serve() { # NAME KIND UPSTREAM: starts a proxy on port 18300 and sets $proxy to its process id
  case $1 in
    haproxy)
      printf 'global\n  nbthread 2\ndefaults\n  mode tcp\n  timeout client 60s\n  timeout server 60s\n  timeout connect 5s\nlisten l\n  bind 127.0.0.1:18300\n  server s 127.0.0.1:%s\n' "$3" > "$folder/proxy.cfg"
      haproxy -f "$folder/proxy.cfg" & ;;
    *) "$bench" 127.0.0.1:18300 "127.0.0.1:$3" "$2" & ;;
  esac
  proxy=$!
  started="$started $proxy"
  sleep 0.5
}

for turn in ${TURNS:-1 2 3}; do
  for which in "haproxy tcp" "steadfast tcp" "steadfast http"; do
    set -- $which
    if [ "$2" = tcp ]; then
      serve "$1" "$2" 18100
      before=$(cpu $proxy)
      iperf3 -c 127.0.0.1 -p 18300 -n 8G -i 0 >/dev/null
      printf '%s %s %s s/GiB ' "$turn" "$1-$2" "$(awk "BEGIN { print ($(cpu $proxy) - $before) / 100 / 8 }")"
      kill $proxy; wait $proxy 2>/dev/null || true
    else
      printf '%s %s ' "$turn" "$1-$2"
    fi
    serve "$1" "$2" 18200
    before=$(cpu $proxy)
    requests=$(wrk -t 1 -c 32 -d 5 http://127.0.0.1:18300/ | awk '/requests in/ { print $1 }')
    printf '%s us/request ' "$(awk "BEGIN { print ($(cpu $proxy) - $before) * 10000 / $requests }")"
    before=$(cpu $proxy)
    requests=$(wrk -t 1 -c 32 -d 5 -H 'Connection: close' http://127.0.0.1:18300/ | awk '/requests in/ { print $1 }')
    printf '%s us/connection\n' "$(awk "BEGIN { print ($(cpu $proxy) - $before) * 10000 / $requests }")"
    kill $proxy; wait $proxy 2>/dev/null || true
  done
done
