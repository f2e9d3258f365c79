#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs every training of docs/reproduction.md, stores its logs and rebuilds the page. Finished runs are kept, broken ones go on.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<TEXT
Usage: scripts/train_all.sh [--jobs N] [--list]
Needs build/release/absim-train (scripts/build.sh --train), data/cifar10 (scripts/fetch_data.sh) and, for Tiny-ImageNet,
data/tinyimagenet32 (scripts/make_tinyimagenet.py); recipes without data are named and left out. Runs go to results/RECIPE_sSEED.
  --jobs N  trainings at a time (default: 2)
  --list    print the runs and stop
Exit status: 0 fine; 1 a training failed or had no data; 2 wrong usage or a missing program.
TEXT
}

readonly program=build/release/absim-train
readonly -a first=(resnet8_float resnet8_tiny_float)  # others begin with their weights
readonly -a cifar=(
  resnet20_progressive resnet20_sampled
  resnet8_scaled resnet8_unscaled resnet8_scaled_norms resnet8_unscaled_norms resnet8_scaled_twos resnet8_unscaled_twos
  wrn20_1_float wrn20_1_one_bit
  resnet8_small_float resnet8_small_dfp resnet8_small_sdfp resnet8_small_posit16 resnet8_small_posit8
  resnet8_small_posit8_unscaled resnet8_small_posit8_cold resnet8_small_posit8_unscaled_cold)
readonly -a tiny=(resnet8_tiny_scaled resnet8_tiny_unscaled resnet8_tiny_scaled_norms resnet8_tiny_unscaled_norms)
readonly -a seeds=(1 2 3)

jobs=2
list=false
while (($# > 0)); do
  case $1 in
    --jobs) jobs=${2:?--jobs: a number is missing}; shift ;;
    --list) list=true ;;
    --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done

runs_of() {  # data folder, recipes...: a line "recipe seed data" a run
  local data=$1 recipe seed
  shift
  for recipe in "$@"; do
    for seed in "${seeds[@]}"; do echo "$recipe $seed $data"; done
  done
}

all_runs() {
  runs_of data/cifar10 "${cifar[@]}"
  runs_of data/tinyimagenet32 "${tiny[@]}"
}

first_runs() {
  echo "${first[0]} 1 data/cifar10"
  echo "${first[1]} 1 data/tinyimagenet32"
}

train() {  # recipe seed data
  local out=results/$1_s$2 mode=()
  if [[ -e $out/test.csv ]]; then
    echo "$1, seed $2: there already"
    return
  fi
  if [[ ! -d $3 ]]; then
    echo "$1, seed $2: no $3; left out" >&2
    return 1
  fi
  if [[ -e $out/checkpoint.safetensors ]]; then mode=(--resume); fi
  mkdir -p "$out"
  echo "$1, seed $2: begins"
  "$program" "configs/train/$1.yaml" --data "$3" --out "$out" --seed "$2" --quiet "${mode[@]}" >"$out/stdout.txt"
  echo "$1, seed $2: done"
}
export -f train
export program OMP_WAIT_POLICY=passive

if $list; then
  { first_runs; all_runs; } | column -t
  exit 0
fi
[[ -x $program ]] || { echo "train_all.sh: $program: not there; run scripts/build.sh --train" >&2; exit 2; }

status=0
first_runs | xargs -P "$jobs" -L 1 bash -c 'train "$@"' train || status=1
all_runs | xargs -P "$jobs" -L 1 bash -c 'train "$@"' train || status=1
for run in results/*_s[0-9]*; do
  if [[ -e $run/test.csv ]]; then scripts/reproduction.py collect "$run"; fi
done
scripts/reproduction.py report
exit $status
