#!/usr/bin/env bash
# Runs scripts/gpu-check.js with the node and the packages that scripts/pack-gpu-check.js packed beside this file. For machines without Node.js and
# without a network; to be run in the root of the repository's working tree. Arguments go to gpu-check.js.
set -euo pipefail

packed=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ ! -f scripts/gpu-check.js ]; then
  echo "Expected to be run in the root of wht-layers, got $PWD" >&2
  exit 2
fi
archive=$packed/packed.tar.xz
[ -f "$archive" ] || archive=$packed/packed.tar.gz
unpacked="$packed-unpacked"

decompress() {
  case "$archive" in
    *.gz) gzip -dc "$archive" ;;
    *) if command -v xz > /dev/null; then
      xz -dc "$archive"
    else
      python3 -c 'import lzma, shutil, sys; shutil.copyfileobj(lzma.open(sys.argv[1]), sys.stdout.buffer)' "$archive"
    fi ;;
  esac
}

# Once for each archive: machines may keep the folder between runs.
if ! cmp -s "$archive.sha256" "$unpacked/sha256"; then
  rm -rf "$unpacked"
  mkdir -p "$unpacked"
  decompress | tar -xf - -C "$unpacked"
  cp "$archive.sha256" "$unpacked/sha256"
fi

# Packages that someone installed here are theirs. Ours are linked, and a link of an earlier run is renewed.
if [ -L node_modules ] || [ ! -e node_modules ]; then
  ln -sfn "$unpacked/node_modules" node_modules
fi
# dist/ is only ever built; it must be a folder in the root, since it looks for the addon beside itself.
rm -rf dist
cp -R "$unpacked/dist" dist

exec "$unpacked/bin/node" scripts/gpu-check.js "$@"
