#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# absim-train: a run that was killed and resumed ends with the same bytes as one that was not. Usage: resume_test.sh PROGRAM
set -euo pipefail

program=$1
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
cat >"$work/c.yaml" <<'YAML'
epochs: 6
batch: 32
held_out: 20
threads: 1
augment: {early_epochs: 2}
optimizer: {warmup_epochs: 1}
YAML

train() { "$program" "$work/c.yaml" --data "$work" --quiet "$@" >/dev/null; }

train --out "$work/whole"
train --out "$work/broken" &
pid=$!
until [[ -f $work/broken/log.csv && $(wc -l <"$work/broken/log.csv") -ge 3 ]] || ! kill -0 $pid 2>/dev/null; do
  sleep 0.01
done
kill -9 $pid 2>/dev/null || true
wait $pid 2>/dev/null || true
[[ ! -f $work/broken/resnet20_cifar10_float.safetensors ]] || fail "the run ended before it could be killed"
train --out "$work/broken" --resume
cmp "$work/whole/resnet20_cifar10_float.safetensors" "$work/broken/resnet20_cifar10_float.safetensors" || fail "weights differ"
cmp "$work/whole/checkpoint.safetensors" "$work/broken/checkpoint.safetensors" || fail "checkpoints differ"

# Another configuration, and a lost file, are refused with status 2.
sed -i 's/epochs: 6/epochs: 7/' "$work/c.yaml"
status=0
message=$(train --out "$work/broken" --resume 2>&1) || status=$?
[[ $status == 2 && $message == *"another configuration"* ]] || fail "status $status: $message"
rm "$work/data_batch_3.bin"
status=0
message=$(train --out "$work/other" 2>&1) || status=$?
[[ $status == 2 && $message == *"data_batch_3.bin: cannot be opened"* ]] || fail "status $status: $message"
echo "a resumed run equals a whole one"
