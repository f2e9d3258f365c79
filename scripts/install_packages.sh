#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes sure that the packages of scripts/packages.txt are there, and with --train those of packages_train.txt: as root it
# installs what is missing, otherwise it says what to install and fails.
set -euo pipefail
cd "$(dirname "$0")"

lists=(packages.txt)
if [[ ${1:-} == --train ]]; then
  lists+=(packages_train.txt)
fi
missing=()
while read -r package; do
  state=$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)
  [[ $state == "install ok installed" ]] || missing+=("$package")
done < <(sed -e 's/#.*//' -e 's/[[:space:]]//g' -e '/^$/d' "${lists[@]}")

if ((${#missing[@]} == 0)); then
  echo "packages: all installed"
  exit 0
fi
if ((EUID != 0)); then
  {
    echo "These Debian packages are missing: ${missing[*]}"
    echo "Install them as root, then run this again:"
    echo "  apt-get install --no-install-recommends ${missing[*]}"
  } >&2
  exit 2
fi
echo "packages: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}"; } \
    >"$log" 2>&1; then
  cat "$log" >&2
  echo "apt-get could not install them" >&2
  exit 2
fi
echo "packages: installed"
