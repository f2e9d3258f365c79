#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# absim-train learns: two epochs of ResNet-8 on the 1,000 images of traces/, for a method with stages.
# Usage: trainer_test.sh PROGRAM
set -euo pipefail

program=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
  echo "trainer_test.sh: $*" >&2
  exit 1
}

mkdir "$work/images"
ln -s "$root/traces/cifar10_test_1000.safetensors" "$work/images/train.safetensors"
ln -s "$root/traces/cifar10_test_1000.safetensors" "$work/images/val.safetensors"
cat >"$work/c.yaml" <<YAML
network: $root/configs/network/resnet8_cifar10.yaml
epochs: 2
batch: 20
held_out: 200
threads: 1
optimizer: {learning_rate: 0.05, warmup_epochs: 0, ema_decay: 0.9}
scheme: {method: bwb, norms: {lengths: [1, 2], steps: 30}}
YAML
"$program" "$work/c.yaml" --data "$work/images" --out "$work/run" --seed 3 2>"$work/progress" >"$work/out"

python3 - "$work/run" <<'PYTHON' || fail "results"
import csv, json, os, struct, sys
run = sys.argv[1]
log = list(csv.DictReader(open(os.path.join(run, "log.csv"))))
assert [row["stage"] for row in log] == ["weights", "weights", "norms t=2", "norms t=1"], log
loss = [float(row["train_loss"]) for row in log]
assert loss[1] < loss[0] < 2.4, loss          # ln 10 = 2.30 for a network that knows nothing
test = list(csv.DictReader(open(os.path.join(run, "test.csv"))))
found = [(row["arithmetic"], row["norms"], row["truncation"]) for row in test]
wanted = [("float", "trained", "0")] + [("integer", norms, t) for norms in ("trained", "statistics", "untouched") for t in "12345678"]
assert found == wanted, found
top1 = [int(row["top1"]) / int(row["images"]) for row in test]
assert top1[0] > 0.25 and top1[8] > 0.25, top1  # chance is 0.1; float, and 8 bits trained
assert top1[8] == top1[16], top1                # no values of its own: 8 bits have the common ones
recipe = open(os.path.join(run, "recipe.yaml")).read()
assert recipe.startswith("# seed: 3\n") and "method: bwb" in recipe, recipe
assert all(int(row["images"]) == 1000 and int(row["top1"]) <= int(row["top5"]) for row in test)
text = open(os.path.join(run, "dump", "network.yaml")).read()
assert "seed 3" in text, text
with open(os.path.join(run, "resnet8_cifar10_bwb.safetensors"), "rb") as file:
    header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
assert header["__metadata__"]["seed"] == "3"
assert "bn1.t1.weight" in header and "bn1.t3.weight" not in header
PYTHON
grep -q "min left" "$work/progress" || fail "no progress on stderr"
grep -q "integer inference, norms trained, t = 8" "$work/out" || fail "no result on stdout"
echo "absim-train learns"
