#!/bin/sh
# Gets the browser that looks at the HTML report, on Debian: tools/chromium.sh
set -eu

die() {
	echo "chromium.sh: $*" >&2
	exit 1
}

for name in chromium chromium-browser google-chrome; do
	! command -v "$name" >/dev/null 2>&1 || exit 0
done
command -v apt-get >/dev/null 2>&1 || die "there is no Chromium, and no apt-get to install it"
as_root=
[ "$(id -u)" = 0 ] || as_root=sudo
[ -z "$as_root" ] || command -v sudo >/dev/null 2>&1 || die "there is no Chromium, and neither root nor sudo to install it"
echo "chromium.sh: installing chromium"
$as_root apt-get update -q >/dev/null || die "apt-get update failed"
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -q -y --no-install-recommends chromium fonts-liberation >/dev/null ||
	die "apt-get install chromium failed"
