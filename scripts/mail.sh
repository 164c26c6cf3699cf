#!/usr/bin/env bash
# A throw-away mail server (aiosmtpd) on loopback, for tests: see mail.py. Ends when its input ends.
#
#   scripts/mail.sh [PORT]
. "$(dirname "$0")/lib.sh"

venv_with 'import aiosmtpd' 'aiosmtpd==1.*' >&2
exec "$VENV/bin/python" "$ROOT/scripts/mail.py" "${1:-0}"
