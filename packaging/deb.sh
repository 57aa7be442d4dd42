#!/usr/bin/env bash
# packaging/deb.sh [ARCH]: the Debian package of this tree in dist/, by nfpm. The same
# commit gives the same bytes.
set -euo pipefail
cd "$(dirname "$0")/.."

GO="${GO:-go}"
export DEB_ARCH="${1:-$($GO env GOARCH)}"
stage=dist/deb

# A tag v1.2.3 is version 1.2.3; what lies behind it sorts behind it, and before the next.
described="$(git describe --tags --long --match 'v[0-9]*' 2>/dev/null || echo "v0-0-g$(git rev-parse --short HEAD)")"
tag="${described%-*-g*}" hash="${described##*-g}"
DEB_VERSION="${tag#v}"
if [ "$(git describe --tags --exact-match 2>/dev/null || true)" != "$tag" ]; then
	DEB_VERSION+="+$(TZ=UTC git log -1 --format=%cd --date=format-local:%Y%m%d%H%M%S).$hash"
fi
export DEB_VERSION="${DEB_VERSION_OVERRIDE:-$DEB_VERSION}"
SOURCE_DATE_EPOCH="$(git log -1 --format=%ct)"
export SOURCE_DATE_EPOCH

rm -rf "$stage"
umask 022
mkdir -p "$stage"/etc/parley "$stage"/usr/{bin,lib/systemd/system,lib/sysusers.d} "$stage"/usr/share/{man/man1,bash-completion/completions,zsh/vendor-completions,fish/vendor_completions.d} "$stage"/usr/share/doc/parley/{examples,docs}

build=(-trimpath -ldflags "-s -w -X main.version=$DEB_VERSION")
CGO_ENABLED=0 GOOS=linux GOARCH="$DEB_ARCH" $GO build "${build[@]}" -o "$stage/usr/bin/parley" ./cmd/parley
parley="$stage/usr/bin/parley"
if [ "$DEB_ARCH" != "$($GO env GOHOSTARCH)" ]; then # one that runs here, to tell what the other would
	parley=dist/parley-host
	CGO_ENABLED=0 GOOS= GOARCH= $GO build "${build[@]}" -o "$parley" ./cmd/parley
fi

"$parley" man "$stage/usr/share/man/man1"
find "$stage/usr/share/man/man1" -name '*.1' -exec gzip -9n {} +
"$parley" completion bash > "$stage/usr/share/bash-completion/completions/parley"
"$parley" completion zsh > "$stage/usr/share/zsh/vendor-completions/_parley"
"$parley" completion fish > "$stage/usr/share/fish/vendor_completions.d/parley.fish"
"$parley" config example > "$stage/usr/share/doc/parley/examples/parley.yaml"
gzip -9nc CHANGELOG.md > "$stage/usr/share/doc/parley/changelog.gz"
cp packaging/deb/copyright README.md SECURITY.md ARCHITECTURE.md CONTRIBUTING.md "$stage/usr/share/doc/parley/"
cp -R docs/. "$stage/usr/share/doc/parley/docs/"
find "$stage/usr/share/doc/parley/docs" -name '*.go' -delete
cp packaging/alerts.yaml "$stage/usr/share/doc/parley/examples/"
cp packaging/*.service packaging/*.socket "$stage/usr/lib/systemd/system/"
cp packaging/parley.sysusers "$stage/usr/lib/sysusers.d/parley.conf"
cp packaging/parley.yaml "$stage/etc/parley/"
find "$stage" -type f ! -path '*/bin/*' -exec chmod 644 {} +
find "$stage" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +

$GO tool -modfile=tools/go.mod nfpm package --config packaging/nfpm.yaml --packager deb --target dist/
rm -rf dist/parley-host
