#!/usr/bin/env bash
# A throw-away machine: this one's files under an overlay, with a systemd, a network and
# process numbers of its own. Nothing that happens in it stays.
#
#   machine.sh boot DIR       boot it; DIR holds what it writes, until it is off
#   machine.sh run DIR CMD    run a command in it
#   machine.sh off DIR        switch it off
#
# It needs root, the kernel's namespaces, and Debian's systemd, dbus and util-linux.
set -euo pipefail

boot() {
	mkdir -p "$1/machine"
	local group=/sys/fs/cgroup
	[ -d $group/unified ] && group+=/unified
	mkdir -p "$group/parley-machine-$$"
	echo "$group/parley-machine-$$" >"$1/cgroup"
	# Its systemd must see a group of its own as the root of all groups.
	(echo "$BASHPID" >"$group/parley-machine-$$/cgroup.procs" && exec setsid unshare -mpfiunC --propagation private "$0" inside "$1/machine") >"$1/boot.log" 2>&1 &
	echo $! >"$1/unshare"
	for _ in $(seq 100); do
		case "$(run "$1" systemctl is-system-running 2>/dev/null)" in
		running | degraded) return 0 ;;
		esac
		sleep 0.3
	done
	cat "$1/boot.log" >&2
	echo "machine.sh: it does not come up" >&2
	return 1
}

# inside is what becomes the machine's first process.
inside() {
	mount -t tmpfs none "$1" && cd "$1"
	mkdir upper work root
	mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work root && cd root
	mount -t tmpfs none run && mount -t tmpfs none tmp && mount -t tmpfs none dev
	mount -t proc proc proc && mount -t sysfs -o ro sysfs sys && mount -t cgroup2 none sys/fs/cgroup
	for name in null zero full random urandom tty; do cp -a /dev/$name dev/; done
	mkdir dev/pts dev/shm && mount -t devpts -o newinstance,ptmxmode=0666 none dev/pts
	ln -s pts/ptmx dev/ptmx && ln -s /proc/self/fd dev/fd
	rm -rf etc/systemd/system/*.wants etc/systemd/system/default.target # services of the machine below
	container=other exec chroot . /lib/systemd/systemd --system --log-target=journal --show-status=0 --unit=basic.target
}

first() { pgrep -P "$(cat "$1/unshare")" | head -1; }

run() {
	local dir=$1
	shift
	nsenter -t "$(first "$dir")" -m -p -i -u -n -C -r -w -- "$@"
}

off() {
	kill -9 "$(first "$1")" 2>/dev/null || true # the kernel ends the rest with it
	local group
	group="$(cat "$1/cgroup")"
	for _ in $(seq 50); do
		find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || true
		[ -d "$group" ] || return 0
		sleep 0.1
	done
}

"$@"
