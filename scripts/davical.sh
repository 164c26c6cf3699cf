#!/usr/bin/env bash
# A throw-away DAViCal on loopback, with a PostgreSQL of its own, for tests and for people: a CalDAV server that schedules,
# answers 207 to a sync token it has never given, and leaves out of a multiget what is not there. Prints its URL, then
# serves until it is stopped; its data lives in a temporary folder and goes with it. Sign in as ann / secret-ann or
# bo / secret-bo.
#
#   scripts/davical.sh [--port N] [--users FILE] [--until-eof]
#
#   --port N       the port; without it a free one is chosen
#   --users FILE   names and passwords (name:password), read again at every request
#   --until-eof    end when the input ends: a server started by a test dies with the test, however that ends
#
# PHP, PostgreSQL and DAViCal are Debian and Ubuntu packages; they are installed where they are missing.
. "$(dirname "$0")/lib.sh"

peer_options "$@"

# DAViCal wants some PHP for the web: the CGI, so that no web server comes along.
PACKAGES=(php-cli php-cgi php-pgsql php-xml php-curl postgresql)
works() {
  [ -f /usr/share/davical/htdocs/caldav.php ] && [ -f /usr/share/awl/dba/awl-tables.sql ] && [ -n "$(postgres_bin)" ] &&
    php -r 'exit(extension_loaded("pdo_pgsql") && extension_loaded("xml") ? 0 : 1);' 2>/dev/null
}
if ! works; then
  # Two tests that start together install it once.
  exec 9>"$CACHE/davical.lock" && { flock 9 2>/dev/null || true; }
  works || { have_or_install no-such-davical "${PACKAGES[@]}" && have_or_install no-such-davical davical; } >&2 || true
  exec 9>&-
  if ! works; then
    echo "DAViCal cannot be installed here. Debian and Ubuntu: apt install ${PACKAGES[*]} davical" >&2
    exit 1
  fi
fi

peer_folder davical
[ -n "$PORT" ] || PORT=$(php -r '$s = stream_socket_server("tcp://127.0.0.1:0"); echo preg_replace("/.*:/", "", stream_socket_get_name($s, false));')

# The database: reached through a socket in the folder, no port taken, nothing flushed to disk.
BIN=$(postgres_bin)
PG="$DIR/pg"
mkdir "$PG"
if [ "$(id -u)" = 0 ]; then
  chmod 711 "$DIR"
  chown postgres "$PG"
fi
trap '[ -n "$CHILD" ] && kill "$CHILD" 2>/dev/null; as_postgres "$BIN/pg_ctl" -D "$PG/data" -m immediate stop >/dev/null 2>&1; rm -rf "$DIR"' EXIT
{
  as_postgres "$BIN/initdb" -N -D "$PG/data" -A trust -U postgres --no-locale -E UTF8
  as_postgres "$BIN/pg_ctl" -D "$PG/data" -w -l "$PG/log" start \
    -o "-k $PG -c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
} >"$DIR/pg.log" 2>&1 </dev/null || { cat "$DIR/pg.log" >&2; exit 1; }
export PGHOST="$PG" PGUSER=postgres PGOPTIONS=--client-min-messages=warning
"$BIN/psql" -qX -d postgres -c 'CREATE DATABASE davical' -c 'CREATE ROLE davical_app SUPERUSER LOGIN' -c 'CREATE ROLE davical_dba SUPERUSER LOGIN'
DAVICAL=/usr/share/davical/dba
"$BIN/psql" -qXAt -v ON_ERROR_STOP=1 -U davical_dba -d davical -f /usr/share/awl/dba/awl-tables.sql \
  -f /usr/share/awl/dba/schema-management.sql -f "$DAVICAL/davical.sql" -f "$DAVICAL/caldav_functions.sql" \
  -f "$DAVICAL/rrule_functions.sql" -f "$DAVICAL/views/dav_principal.sql" -f "$DAVICAL/base-data.sql" >/dev/null

# A user of the database may be named davical_app; anybody on the socket may be anybody.
cat >"$DIR/davical-conf.php" <<'PHP'
<?php
$_SERVER['SERVER_NAME'] = $c->domain_name = '127.0.0.1';
$c->pg_connect[] = 'dbname=davical user=davical_app';
PHP

export DAVICAL_DIR="$DIR" DAVICAL_USERS="$USERS"
# One call at a time (no workers): DAViCal compares a version and stores in two steps.
peer_serve php -d display_errors=0 -d log_errors=1 -d opcache.enable_cli=1 -S "127.0.0.1:$PORT" "$ROOT/scripts/davical.php"
