#!/usr/bin/env bash
# Runs every fuzz target of the module, one after the other, FUZZTIME each. A
# package's test binary is built once, with what tells the fuzzer where it has been.
set -euo pipefail
go=${GO:-go}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
known=$($go env GOCACHE)/fuzz # where go test -fuzz keeps what it found, too
found=0
while read -r package folder; do
	grep -qs '^func Fuzz' "$folder"/*_test.go || continue
	$go test -c -fuzz . -o "$work/fuzz.test" "$package"
	for target in $(cd "$folder" && "$work/fuzz.test" -test.list '^Fuzz' | grep '^Fuzz'); do
		found=$((found + 1))
		echo "== $package $target"
		(cd "$folder" && "$work/fuzz.test" -test.run '^$' -test.fuzz "^$target\$" -test.fuzztime "${FUZZTIME:-10s}" \
			-test.fuzzminimizetime 5s -test.fuzzcachedir "$known/$package")
	done
done < <($go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}} {{.Dir}}{{end}}' ./...)
echo "$found fuzz targets"
