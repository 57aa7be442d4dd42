#!/usr/bin/env bash
# Installs, by apt, the programs that `make all` needs and that are not here yet:
# a C compiler for the race detector, and the peers of the interop tests.
set -euo pipefail

# command:package
needed=(
	git:git
	gcc:gcc
	openssl:openssl
	gnutls-cli:gnutls-bin
	curl:curl
	python3:python3
	javac:default-jdk-headless
	node:nodejs
	npm:npm
)

missing=()
for pair in "${needed[@]}"; do
	command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
done
[ -e /usr/include/stdio.h ] || missing+=(libc6-dev)
if [ ${#missing[@]} -eq 0 ]; then
	exit 0
fi
if ! command -v apt-get >/dev/null; then
	echo "missing here, and there is no apt-get: ${missing[*]}" >&2
	exit 1
fi

as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
echo "installing ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null
