#!/usr/bin/env bash
# A throw-away PostgreSQL for tests: `postgres.sh start` prints an admin URL, `postgres.sh stop` removes it.
# Uses the machine's server binaries, or installs them. Durability is off: the data does not outlive the test.
. "$(dirname "$0")/lib.sh"
PORT="${TEST_POSTGRES_PORT:-54329}"
DIR="${TMPDIR:-/tmp}/calendar-stacker-postgres-$(id -u)-$PORT"

case "${1:-}" in
  start)
    if [ -z "$(postgres_bin)" ]; then
      have_or_install no-such-postgres postgresql >&2
    fi
    BIN=$(postgres_bin)
    if ! "$BIN/pg_isready" -q -h 127.0.0.1 -p "$PORT"; then
      rm -rf "$DIR" && mkdir -p "$DIR"
      [ "$(id -u)" = 0 ] && chown postgres "$DIR"
      as_postgres "$BIN/initdb" -D "$DIR/data" -A trust -U postgres --no-locale -E UTF8 >"$DIR.log" 2>&1
      as_postgres "$BIN/pg_ctl" -D "$DIR/data" -w -l "$DIR/log" start \
        -o "-p $PORT -k $DIR -c listen_addresses=127.0.0.1 -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=300" >>"$DIR.log" 2>&1 </dev/null
    fi
    echo "postgres://postgres@127.0.0.1:$PORT/postgres"
    ;;
  stop)
    BIN=$(postgres_bin)
    [ -d "$DIR/data" ] && as_postgres "$BIN/pg_ctl" -D "$DIR/data" -m immediate stop >/dev/null 2>&1
    rm -rf "$DIR" "$DIR.log"
    ;;
  *) echo "usage: $0 start|stop" >&2; exit 2 ;;
esac
