#!/bin/sh
# The tests run a real PostgreSQL, a real browser, a real OCR, a real tshark and a real reader of QR codes, all from Debian's packages:
# installs what is missing where it may (root or sudo), and else names the one command that does.
set -eu

missing=""
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
command -v tesseract >/dev/null 2>&1 || missing="$missing tesseract-ocr tesseract-ocr-eng"
command -v tshark >/dev/null 2>&1 || missing="$missing tshark"
command -v zbarimg >/dev/null 2>&1 || missing="$missing zbar-tools"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
    as_root=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    echo "The tests need:$missing. Install with: sudo apt-get install -y --no-install-recommends$missing" >&2
    exit 2
fi
echo "Installing from Debian's packages:$missing ..."
log=$(mktemp)
# $missing holds several words on purpose.
if { $as_root apt-get update && DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1; then
    rm -f "$log"
else
    tail -n 5 "$log" >&2
    echo "Could not install:$missing. Install with: sudo apt-get install -y --no-install-recommends$missing" >&2
    exit 2
fi
