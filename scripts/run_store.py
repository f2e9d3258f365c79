# SPDX-License-Identifier: Apache-2.0
"""Stored training runs and figures drawn from them. Standard library only."""
import csv
import os
import statistics


def rows_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


class Runs:
    """All seeds of one recipe."""

    def __init__(self, store, recipe):
        self.recipe = recipe
        self.seeds = {}
        folder = os.path.join(store, "runs", recipe)
        if os.path.isdir(folder):
            for name in os.listdir(folder):
                self.seeds[int(name[1:])] = os.path.join(folder, name)

    def __len__(self):
        return len(self.seeds)

    def accuracy(self, length, norms="trained", arithmetic="integer", top="top1"):
        """{seed: percent of the test set}; length 0 of arithmetic float: the float network."""
        found = {}
        for seed, folder in sorted(self.seeds.items()):
            for row in rows_of(os.path.join(folder, "test.csv")):
                if (row["arithmetic"], row["norms"], int(row["truncation"])) == (arithmetic, norms, length):
                    found[seed] = 100.0 * int(row[top]) / int(row["images"])
        return found

    def float_accuracy(self, top="top1"):
        return self.accuracy(0, arithmetic="float", top=top)

    def sqnr(self, tensor):
        """{seed: mean SQNR in dB of a class of tensors (weights, activations, errors, weight_gradients) over layers and epochs}"""
        found = {}
        for seed, folder in sorted(self.seeds.items()):
            path = os.path.join(folder, "gradients.csv")
            if not os.path.exists(path):
                continue
            values = [
                (int(row["samples"]), float(row["sqnr_db"])) for row in rows_of(path) if row["tensor"].split(":")[0] == tensor
            ]
            if values:
                found[seed] = sum(n * db for n, db in values) / sum(n for n, _ in values)
        return found

    def minutes(self):
        """{seed: minutes of training}"""
        return {seed: sum(float(row["seconds"]) for row in rows_of(os.path.join(folder, "log.csv"))) / 60 for seed, folder in self.seeds.items()}


def mean(values):
    return statistics.fmean(values.values())


def spread(values):
    """Sample standard deviation; 0 of one value."""
    return statistics.stdev(values.values()) if len(values) > 1 else 0.0


def minus(a, b):
    """Differences of the seeds that both have."""
    return {seed: a[seed] - b[seed] for seed in a if seed in b}


def shown(values, digits=2, sign=False):
    """`mean ± standard deviation`, of one seed the value alone, of none a dash."""
    if not values:
        return "-"
    text = f"{mean(values):{'+' if sign else ''}.{digits}f}"
    return text if len(values) == 1 else f"{text} ± {spread(values):.{digits}f}"


def figure(values, digits=2, sign=False):
    """As shown, and it says so where it is one seed's."""
    return shown(values, digits, sign) + (" (one seed)" if len(values) == 1 else "")


def table(header, lines):
    out = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    out += ["| " + " | ".join(str(cell) for cell in line) + " |" for line in lines]
    return "\n".join(out) + "\n"
