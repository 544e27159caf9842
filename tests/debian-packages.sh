#!/bin/sh
# The tests run a real PostgreSQL, a real browser, a real OCR, a real tshark and a real reader of QR codes, all from Debian's packages:
# installs what is missing where it may (root or sudo), and else names the one command that does.
# The browser without windows draws what the whole one does for a third of the time: had where it can be, and done without where it cannot.
set -eu

missing=""
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
command -v tesseract >/dev/null 2>&1 || missing="$missing tesseract-ocr tesseract-ocr-eng"
command -v tshark >/dev/null 2>&1 || missing="$missing tshark"
command -v zbarimg >/dev/null 2>&1 || missing="$missing zbar-tools"
lighter=""
command -v chromium-headless-shell >/dev/null 2>&1 || lighter="chromium-headless-shell"
[ -n "$missing$lighter" ] || exit 0

if [ "$(id -u)" = 0 ]; then
    as_root=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root="sudo -n"
elif [ -z "$missing" ]; then
    exit 0
else
    echo "The tests need:$missing. Install with: sudo apt-get install -y --no-install-recommends$missing" >&2
    exit 2
fi
if [ -n "$missing" ]; then
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
fi
if [ -n "$lighter" ]; then
    impatient="-o Acquire::Retries=0 -o Acquire::http::Timeout=20"
    # $impatient holds several words on purpose.
    { $as_root apt-get $impatient update && DEBIAN_FRONTEND=noninteractive $as_root apt-get $impatient install -y --no-remove --no-install-recommends "$lighter"; } >/dev/null 2>&1 ||
        echo "Debian's package $lighter could not be installed: the tests take the whole browser, and two minutes more." >&2
fi
