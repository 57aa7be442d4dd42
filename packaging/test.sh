#!/usr/bin/env bash
# Installs, runs, reloads, upgrades, downgrades, crashes, removes and purges the Debian
# package on a throw-away machine with a real systemd.
set -euo pipefail
cd "$(dirname "$0")/.."

work="$(mktemp -d)"
export PATH="$PATH:/usr/sbin:/sbin"
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
machine() { "${as_root[@]}" packaging/machine.sh "$@"; }

step() { echo "--- $*"; }
fail() {
	echo "FAILED: $*" >&2
	on journalctl -u parley --no-pager -n 40 >&2 || true
	exit 1
}
on() { machine run "$work" "$@"; }
pid() { on systemctl show -P MainPID parley; }
state() { on systemctl is-active parley || true; }
await() { # await SECONDS WHAT CMD: until the command is true
	local end=$((SECONDS + $1)) what=$2
	shift 2
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || fail "$what"
		sleep 0.1
	done
}
says() { on parley status --admin unix:/run/parley/admin.sock | grep -q "$1"; }
serves() { echo Q | on timeout 30 openssl s_client -connect 127.0.0.1:8443 -tls1_2 2>&1 | grep -q "Cipher is ECDHE"; }
logged() { on journalctl -u parley --no-pager | grep -q "$1"; }

step "two versions of the package"
DEB_VERSION_OVERRIDE=1.0.0 packaging/deb.sh >/dev/null
mv dist/parley_1.0.0_*.deb "$work/old.deb"
DEB_VERSION_OVERRIDE=1.0.1 packaging/deb.sh >/dev/null
mv dist/parley_1.0.1_*.deb "$work/new.deb"
dpkg-deb --info "$work/new.deb"
cp "$work/new.deb" "$work/first.deb"
DEB_VERSION_OVERRIDE=1.0.1 packaging/deb.sh >/dev/null
cmp dist/parley_1.0.1_*.deb "$work/first.deb" || fail "the same commit gives other bytes"
rm -f dist/parley_1.0.1_*.deb

step "a machine"
trap 'machine off "$work"; "${as_root[@]}" rm -rf "$work"' EXIT
if ! machine boot "$work"; then
	echo "packaging/test.sh: no machine comes up on this system, which must let root make namespaces, overlays and control groups: the package was only built, twice, to the same bytes" >&2
	exit 0
fi
for deb in old new; do on tee "/tmp/$deb.deb" <"$work/$deb.deb" >/dev/null; done

step "install"
on dpkg -i /tmp/old.deb
on id parley >/dev/null || fail "there is no user parley"
[ "$(on stat -c %U:%G:%a /etc/parley/parley.yaml)" = root:parley:640 ] || fail "the mode of the configuration"
[ "$(state)" = inactive ] || fail "it runs before anybody asked for it"
on parley check /etc/parley/parley.yaml >"$work/check" || [ $? -eq 1 ] || fail "its configuration is wrong: $(cat "$work/check")"
for page in parley parley-serve parley-diagnose; do on test -s "/usr/share/man/man1/$page.1.gz" || fail "no manual page $page"; done
on bash -c '. /usr/share/bash-completion/completions/parley && complete -p parley' >/dev/null || fail "no completion"
on systemd-analyze verify parley.service || fail "the unit"

step "start"
on systemctl start parley || fail "it does not start"
[ "$(on systemctl show -P SubState parley)" = running ] || fail "it does not run"
on systemctl enable parley 2>/dev/null
serves || fail "no client is served"
says "parley 1.0.0" || fail "the status does not say version 1.0.0"
[ "$(on ps -o user= -p "$(pid)")" = parley ] || fail "it runs as $(on ps -o user= -p "$(pid)")"

step "reload"
old="$(pid)"
on systemctl reload parley || fail "it does not reload"
on bash -c 'cp /etc/parley/parley.yaml /tmp/good && echo "listners: []" >> /etc/parley/parley.yaml'
on systemctl reload parley || true
await 10 "it does not say that the file is wrong" logged "not reloaded"
serves || fail "a wrong file ended the service"
on cp /tmp/good /etc/parley/parley.yaml
[ "$(pid)" = "$old" ] || fail "the reload was another process"

step "upgrade, with a client that stays"
coproc CLIENT { on openssl s_client -connect 127.0.0.1:8443 -tls1_2 -quiet -ign_eof 2>/dev/null; }
client="$CLIENT_PID"
talk() {
	echo "$1" >&"${CLIENT[1]}"
	read -r -t 10 answer <&"${CLIENT[0]}" || fail "the client that stayed was cut: $2"
	[ "$answer" = "$1" ] || fail "the client that stayed got $answer"
}
talk before "before anything happened"
on dpkg -i /tmp/new.deb
await 20 "the new version does not serve" says "parley 1.0.1"
await 20 "the new process is not systemd's main one" eval '[ "$(pid)" != "$old" ]'
[ "$(state)" = active ] || fail "it is $(state)"
talk after "by the upgrade"
serves || fail "no client is served by the new version"
on kill -0 "$old" || fail "the old process did not wait for its client"

step "way back"
before="$(pid)"
on dpkg -i /tmp/old.deb 2>/dev/null
await 20 "the version before does not serve" says "parley 1.0.0"
await 20 "no other process serves" eval '[ "$(pid)" != "$before" ]'
talk again "by the way back"
on pkill -x openssl
wait "$client" || true

step "an upgrade that cannot be"
before="$(pid)"
on bash -c 'echo "listners: []" >> /etc/parley/parley.yaml'
on systemctl kill --kill-whom=main --signal=USR2 parley
await 20 "nobody says why the upgrade failed" logged "listners"
serves || fail "a failed upgrade ended the service"
[ "$(pid)" = "$before" ] || fail "a failed upgrade changed the process"
on cp /tmp/good /etc/parley/parley.yaml

step "a crash"
on kill -9 "$before"
serves || fail "a client that came right after it was not served: the sockets did not stay"
await 30 "systemd does not start it again" eval '[ "$(pid)" != "$before" ] && [ "$(pid)" != 0 ]'

step "how much it may do"
on systemd-analyze security --no-pager parley.service | tail -1

step "removal"
on dpkg -r parley
[ "$(state)" = inactive ] || fail "it runs on: $(state)"
! on pgrep -x parley >/dev/null || fail "a process is left"
on test -e /etc/parley/parley.yaml || fail "the removal took the configuration"
on dpkg -P parley
for path in /etc/parley /var/lib/parley /usr/bin/parley /usr/share/doc/parley /etc/systemd/system/multi-user.target.wants/parley.service; do
	! on test -e "$path" || fail "$path is left"
done
echo "the package does what it should"
