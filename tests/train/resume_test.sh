#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# absim-train: a run that was killed and resumed ends with the same bytes as one that was not, whatever the method.
# Usage: resume_test.sh PROGRAM
set -euo pipefail

program=$1
networks=$(cd "$(dirname "$0")/../../configs/network" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
  echo "resume_test.sh: $*" >&2
  exit 1
}

# Six small batches of random images.
python3 - "$work" <<'PYTHON'
import os, random, sys
source = random.Random(7)
for name in [f"data_batch_{i}" for i in range(1, 6)] + ["test_batch"]:
    with open(os.path.join(sys.argv[1], name + ".bin"), "wb") as out:
        for image in range(40):
            out.write(bytes([image % 10]) + source.randbytes(3072))
PYTHON

# name (the method, perhaps with a variant behind a dash), scheme, epochs
config() {
  cat >"$work/$1.yaml" <<YAML
network: $networks/resnet8_cifar10.yaml
epochs: ${3:-6}
batch: 32
held_out: 20
threads: 1
augment: {early_epochs: 2, cutout: 6}
optimizer: {warmup_epochs: 0.5}
scheme: $2
YAML
}
config float '{method: float}'
config bwb '{method: bwb, norms: {lengths: [1, 2, 4], steps: 7, repeats_1: 2}}' 3
config bwb_sampled '{method: bwb_sampled, groups: [[1, 2], [3, 4, 5, 6, 7, 8]], shared_norm_from: 5, norms: {lengths: [1, 3], steps: 7}}' 3
config scaled '{method: scaled, bits: 3, alpha: true, norm_per_length: false}' 2
config scaled-norms '{method: scaled, bits: 4, encoding: bwb, alpha: false, norm_per_length: true}' 2
config one_bit '{method: one_bit}' 5
config dfp '{method: dfp, gradients: {policy: overflow_rate, rate: 0.001, rounding: stochastic}}' 5
config posit '{method: posit, warmup_epochs: 2}' 5

train() { "$program" "$work/$1.yaml" --data "$work" --quiet "${@:2}" >/dev/null; }
# For the background: the program itself gets the signal, not a shell that waits for it.
launch() { exec "$program" "$work/$1.yaml" --data "$work" --quiet "${@:2}" >/dev/null; }

for run in float bwb bwb_sampled scaled scaled-norms one_bit dfp posit; do
  method=${run%-*}
  whole=$work/whole_$run
  broken=$work/broken_$run
  train "$run" --out "$whole"
  for lines in 2 4; do  # killed twice
    resume=()
    [[ $lines == 2 ]] || resume=(--resume)
    launch "$run" --out "$broken" "${resume[@]}" &
    pid=$!
    until [[ -f $broken/log.csv && $(wc -l <"$broken/log.csv") -ge $lines ]] || ! kill -0 $pid 2>/dev/null; do
      sleep 0.01
    done
    kill -9 $pid 2>/dev/null || true
    status=0
    wait $pid 2>/dev/null || status=$?
    [[ $status == 137 ]] || fail "$run: status $status: it ended before it could be killed"
  done
  train "$run" --out "$broken" --resume
  for file in checkpoint.safetensors "resnet8_cifar10_$method.safetensors" test.csv; do
    cmp "$whole/$file" "$broken/$file" || fail "$run: $file differs"
  done
  if [[ $method != float ]]; then
    cmp "$whole/dump/tensors.safetensors" "$broken/dump/tensors.safetensors" || fail "$run: dump differs"
  fi
  echo "$run: a resumed run equals a whole one"
done

# A second start, another configuration, another seed, and a lost file are refused with status 2.
refused() {  # words of the message, then options
  local words=$1 status=0 message
  shift
  message=$(train float "$@" 2>&1) || status=$?
  [[ $status == 2 && $message == *"$words"* ]] || fail "status $status: $message; wanted: $words"
}
refused "--resume goes on" --out "$work/broken_float"
refused "another configuration" --out "$work/broken_float" --resume --seed 9
sed -i 's/epochs: 6/epochs: 7/' "$work/float.yaml"
refused "another configuration" --out "$work/broken_float" --resume
rm "$work/data_batch_3.bin"
refused "data_batch_3.bin: cannot be opened" --out "$work/other"
