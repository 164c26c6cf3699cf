# Shared by the scripts beside it: where we are, and how to get a tool that a fresh Debian or Ubuntu lacks.
# shellcheck shell=bash
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE="$ROOT/.cache"
mkdir -p "$CACHE"
cd "$ROOT"
# Cargo may be installed for the user and not yet on this shell's path.
[ -d "$HOME/.cargo/bin" ] && PATH="$HOME/.cargo/bin:$PATH"
TARGET="${CARGO_TARGET_DIR:-$ROOT/target}"

say() { printf '\n\033[1m▸ %s\033[0m\n' "$*"; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# have_or_install COMMAND PACKAGE…: installs the Debian packages when the command is missing.
have_or_install() {
  command -v "$1" >/dev/null 2>&1 && return 0
  local command=$1; shift
  say "Installing $* (for $command)"
  [ -f "$CACHE/apt-updated" ] || { as_root apt-get update -qq && touch "$CACHE/apt-updated"; }
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# What cannot be installed for the reader: the two languages. Says what is missing and where it comes from.
require_toolchains() {
  command -v cargo >/dev/null || { echo "Rust is missing: see https://rustup.rs (1.88 or newer)." >&2; exit 1; }
  command -v npm >/dev/null || { echo "Node is missing: see https://nodejs.org (20.19 or newer)." >&2; exit 1; }
  node -e 'const [a,b]=process.versions.node.split(".").map(Number); process.exit(a>20||(a===20&&b>=19)?0:1)' ||
    { echo "Node $(node --version) is too old: 20.19 or newer is needed." >&2; exit 1; }
  have_or_install cc build-essential
  have_or_install perl perl          # OpenSSL inside libpq is configured by a Perl script
}

# venv: a Python environment of our own for test peers; prints nothing, sets $VENV.
venv() {
  VENV="$CACHE/venv"
  [ -x "$VENV/bin/pip" ] && return 0
  have_or_install python3 python3
  python3 -c 'import ensurepip' 2>/dev/null || have_or_install no-such-venv python3-venv
  python3 -m venv "$VENV"
}

# venv_with 'import A, B' REQUIREMENT…: that environment with these packages. Two tests that start together install once.
venv_with() {
  local wanted=$1; shift
  VENV="$CACHE/venv"
  "$VENV/bin/python" -c "$wanted" 2>/dev/null && return 0
  exec 8>"$CACHE/venv.lock" && { flock 8 2>/dev/null || true; }
  venv
  "$VENV/bin/python" -c "$wanted" 2>/dev/null || "$VENV/bin/pip" install -q "$@"
  exec 8>&-
}

# foreign_clients: clients of Google that others wrote, in that environment.
foreign_clients() {
  venv_with 'import googleapiclient, google_auth_oauthlib, gcal_sync' \
    'google-api-python-client==2.*' 'google-auth-oauthlib==1.*' 'gcal_sync==8.*'
}

# spa: installs the front end's packages when the lock file changed.
spa_packages() {
  local stamp="$ROOT/frontend/node_modules/.calendar-stacker-lock"
  cmp -s frontend/package-lock.json "$stamp" 2>/dev/null && return 0
  (cd frontend && npm ci --no-audit --no-fund --loglevel=error)
  cp frontend/package-lock.json "$stamp"
}

# postgres_bin: where PostgreSQL's server programs are; nothing where there are none.
postgres_bin() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1; }

# as_postgres COMMAND…: that server refuses to run as root; then it runs as the user that its package made.
as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }

# peer_options ARGUMENT…: what the scripts of throw-away servers are told (see their heads), as $PORT, $USERS and $UNTIL_EOF.
peer_options() {
  PORT='' USERS='' UNTIL_EOF=''
  while [ $# -gt 0 ]; do
    case "$1" in
      --port) PORT=$2; shift 2 ;;
      --users) USERS=$2; shift 2 ;;
      --until-eof) UNTIL_EOF=1; shift ;;
      *) sed -n '2,12s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    esac
  done
}

# peer_folder NAME: $DIR for the data of a throw-away server, which goes with it; $USERS where none was named.
peer_folder() {
  DIR=$(mktemp -d "${TMPDIR:-/tmp}/calendar-stacker-$1-XXXXXX")
  CHILD=''
  trap '[ -n "$CHILD" ] && kill "$CHILD" 2>/dev/null; rm -rf "$DIR"' EXIT
  trap 'exit 0' INT TERM HUP
  [ -n "$USERS" ] && return 0
  USERS="$DIR/users"
  printf 'ann:secret-ann\nbo:secret-bo\n' >"$USERS"
}

# peer_serve COMMAND…: runs the server on $PORT, prints its address when it answers, and stays until it is to end.
peer_serve() {
  "$@" </dev/null >"$DIR/log" 2>&1 &
  CHILD=$!
  for _ in $(seq 150); do
    if ! kill -0 "$CHILD" 2>/dev/null; then
      cat "$DIR/log" >&2
      exit 1
    fi
    (: <"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null && break
    sleep 0.1
  done
  echo "http://127.0.0.1:$PORT/"
  # Children of ours that outlive the test would keep its output open.
  exec >/dev/null
  if [ -n "$UNTIL_EOF" ]; then
    cat >/dev/null || true
  else
    wait "$CHILD"
  fi
}
