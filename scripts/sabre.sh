#!/usr/bin/env bash
# A throw-away CalDAV server of the older kind (php-sabre-dav: Digest, no sync tokens) on loopback, for tests and for people.
# Prints its URL, then serves until it is stopped; its data lives in a temporary folder and goes with it. Sign in as
# ann / secret-ann or bo / secret-bo.
#
#   scripts/sabre.sh [--port N] [--users FILE] [--until-eof]
#
#   --port N       the port; without it a free one is chosen
#   --users FILE   names and passwords (name:password), read again at every request
#   --until-eof    end when the input ends: a server started by a test dies with the test, however that ends
#
# PHP and the server are Debian and Ubuntu packages; they are installed where they are missing.
. "$(dirname "$0")/lib.sh"

peer_options "$@"

PACKAGES=(php-cli php-sqlite3 php-xml php-mbstring php-sabre-dav)
works() {
  php -r 'exit(extension_loaded("pdo_sqlite") && extension_loaded("dom") && extension_loaded("mbstring")
    && stream_resolve_include_path("Sabre/autoload.php") ? 0 : 1);' 2>/dev/null
}
if ! works; then
  # Two tests that start together install it once.
  exec 9>"$CACHE/sabre.lock" && { flock 9 2>/dev/null || true; }
  works || have_or_install no-such-sabre "${PACKAGES[@]}" >&2 || true
  exec 9>&-
  if ! works; then
    echo "php-sabre-dav cannot be installed here. Debian and Ubuntu: apt install ${PACKAGES[*]}" >&2
    exit 1
  fi
fi

peer_folder sabre
[ -n "$PORT" ] || PORT=$(php -r '$s = stream_socket_server("tcp://127.0.0.1:0"); echo preg_replace("/.*:/", "", stream_socket_get_name($s, false));')

export SABRE_DATABASE="$DIR/db.sqlite" SABRE_USERS="$USERS"
php "$ROOT/scripts/sabre.php" >&2
# One call at a time (no workers): SabreDAV compares a version and stores in two steps.
peer_serve php -d display_errors=0 -d log_errors=1 -d output_buffering=0 -S "127.0.0.1:$PORT" "$ROOT/scripts/sabre.php"
