#!/usr/bin/env bash
# Runs every fuzz target of the module, one after the other, FUZZTIME each.
set -euo pipefail
go=${GO:-go}
found=0
for package in $($go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' ./...); do
	for target in $($go test -list '^Fuzz' "$package" | grep '^Fuzz' || true); do
		found=$((found + 1))
		echo "== $package $target"
		$go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-10s}" -fuzzminimizetime 5s "$package"
	done
done
echo "$found fuzz targets"
