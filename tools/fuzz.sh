#!/usr/bin/env bash
# Runs every fuzz target of the module, one after the other, FUZZTIME each.
set -euo pipefail
go=${GO:-go}
found=0
packages=$($go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' ./...)
for package in $packages; do
	listing=$($go test -list '^Fuzz' "$package")
	for target in $(grep '^Fuzz' <<<"$listing"); do
		found=$((found + 1))
		echo "== $package $target"
		$go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-10s}" -fuzzminimizetime 5s "$package"
	done
done
echo "$found fuzz targets"
