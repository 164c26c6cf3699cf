#!/usr/bin/env bash
# A throw-away CalDAV server (Radicale) on loopback, for tests and for people. Prints its URL, then serves until it is
# stopped; its data lives in a temporary folder and goes with it. Sign in as ann / secret-ann or bo / secret-bo.
#
#   scripts/radicale.sh [--port N] [--users FILE] [--until-eof]
#
#   --port N       the port; without it a free one is chosen
#   --users FILE   an htpasswd file in plain text (name:password), read again at every sign-in
#   --until-eof    end when the input ends: a server started by a test dies with the test, however that ends
#
# Radicale is taken from the machine; where it is missing it is installed into a folder of ours.
. "$(dirname "$0")/lib.sh"

peer_options "$@"

# works COMMAND…: whether this starts a Radicale we know how to configure.
works() { "$@" --version 2>/dev/null | grep -q '^3\.'; }

make_venv() {
  [ -x "$OURS/bin/pip" ] && return 0
  python3 -c 'import ensurepip' 2>/dev/null || have_or_install no-such-venv python3-venv
  python3 -m venv "$OURS"
}

# Installs Radicale without the python3-venv package, where that cannot be had: pip into a plain folder.
install_without_venv() {
  local target="$CACHE/python"
  [ -d "$target/radicale" ] || python3 -m pip install -q --target "$target" 'radicale==3.*' >&2 || return 1
  export PYTHONPATH="$target${PYTHONPATH:+:$PYTHONPATH}"
}

# A folder of its own: `scripts/check` looks into its venv to see what is installed there.
OURS="$CACHE/radicale"
if works "$CACHE/venv/bin/python" -m radicale; then SERVER=("$CACHE/venv/bin/python" -m radicale)
elif works "$OURS/bin/python" -m radicale; then SERVER=("$OURS/bin/python" -m radicale)
elif works python3 -m radicale; then SERVER=(python3 -m radicale)
elif works radicale; then SERVER=(radicale)
else
  have_or_install python3 python3 >&2
  # Two tests that start together install it once.
  exec 9>"$CACHE/radicale.lock" && { flock 9 2>/dev/null || true; }
  if (make_venv) >&2 && "$OURS/bin/pip" install -q 'radicale==3.*' >&2; then
    SERVER=("$OURS/bin/python" -m radicale)
  elif install_without_venv; then
    SERVER=(python3 -m radicale)
  else
    echo "Radicale cannot be installed here: it needs python3 with venv or pip (Debian: apt install radicale)." >&2
    exit 1
  fi
  exec 9>&-
fi

peer_folder radicale
[ -n "$PORT" ] || PORT=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')

cat >"$DIR/config" <<EOF
[server]
hosts = 127.0.0.1:$PORT
max_connections = 50
[auth]
type = htpasswd
htpasswd_filename = $USERS
htpasswd_encryption = plain
delay = 0
[storage]
filesystem_folder = $DIR/data
[web]
type = none
[logging]
level = warning
EOF

peer_serve "${SERVER[@]}" --config "$DIR/config"
