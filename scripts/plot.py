#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Figures of absim's results, as SVG and PDF: same results, same bytes.

Usage: plot.py --out DIR results.json...

  truncation.*  top-1, cycles and energy against the truncation length, one curve a series
  energy.*      where the energy goes, stacked, for every truncation length, one panel a series
  layers.*      cycles by layer, split in compute and stall, at up to four truncation lengths; one file
                a series for the first four series, layers-2.*, layers-3.*, layers-4.*
"""
import argparse
import json
import os
import sys

try:
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
except ImportError:
    sys.exit("matplotlib is not installed")

INK, GRID = "#333333", "#dddddd"
CURVES = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"]  # Okabe-Ito
MARKERS = "osD^vP"
COMPUTE, STALL = "#0072b2", "#e69f00"
ENERGY_PARTS = [("pe", "PE array", "#0072b2"), ("buffer", "buffers", "#56b4e9"),
                ("postproc", "post-processing", "#009e73"), ("leakage", "leakage", "#999999"),
                ("dram", "DRAM", "#d55e00")]
MAX_PANELS = 12
MAX_LAYER_FILES = 4

plt.rcParams.update({
    "svg.hashsalt": "absim", "svg.fonttype": "path", "pdf.fonttype": 42, "font.size": 9,
    "axes.edgecolor": INK, "axes.labelcolor": INK, "text.color": INK, "xtick.color": INK,
    "ytick.color": INK, "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True,
    "axes.axisbelow": True, "grid.color": GRID, "grid.linewidth": 0.6, "legend.frameon": False,
    "figure.constrained_layout.use": True})


def read_series(paths):
    """Points that differ in the truncation length only, in the order of the files."""
    series = []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            results = json.load(file)
        for point in results["points"]:
            axes = ", ".join(f"{key}={value}" for key, value in point["axes"].items())
            label = axes if len(paths) == 1 else f"{results['name']} {axes}".strip()
            if not series or series[-1]["key"] != (path, axes):
                series.append({"key": (path, axes), "label": label, "points": []})
            series[-1]["points"].append(point)
    for one in series:
        one["points"].sort(key=lambda point: point["truncation"])
        if not one["label"]:
            one["label"] = one["points"][0]["arch"]
    return series


def save(figure, directory, name):
    for kind, metadata in (("svg", {"Date": None}), ("pdf", {"CreationDate": None})):
        path = os.path.join(directory, f"{name}.{kind}")
        figure.savefig(path, metadata=metadata)
    plt.close(figure)


def curves(axis, series, value):
    for i, one in enumerate(series):
        axis.plot([p["truncation"] for p in one["points"]], [value(p) for p in one["points"]],
                  color=CURVES[i % len(CURVES)], marker=MARKERS[i % len(MARKERS)], markersize=4,
                  linewidth=1.5, linestyle=("-", "--", ":")[i // len(CURVES) % 3],
                  label=one["label"])


def ideal(axis, series, value):
    """What the longest length would cost if everything shrank in proportion."""
    longest = max(series[0]["points"], key=lambda p: p["truncation"])
    lengths = sorted({p["truncation"] for one in series for p in one["points"]})
    axis.plot(lengths, [value(longest) * t / longest["truncation"] for t in lengths], color="#888888",
              linewidth=1, linestyle=(0, (4, 3)), label="in proportion to t")


def draw_truncation(series, directory):
    figure, (top, cycles, energy) = plt.subplots(1, 3, figsize=(9.6 if len(series) == 1 else 12.5, 3.1))
    lengths = sorted({p["truncation"] for one in series for p in one["points"]})
    curves(top, series, lambda p: p["top1"])
    baseline = series[0]["points"][0]["float_top1"]
    if baseline > 0:
        top.axhline(baseline, color="#888888", linewidth=1, linestyle=(0, (4, 3)))
        top.annotate(f"float {baseline:.2f} %", (lengths[-1], baseline), xytext=(0, 3),
                     textcoords="offset points", ha="right", va="bottom", fontsize=8,
                     color="#666666")
    top.set_ylabel("top-1 accuracy, %")
    top.set_ylim(0, 100)
    curves(cycles, series, lambda p: p["total"]["cycles"] / 1e3)
    curves(energy, series, lambda p: p["total"]["energy_total_pj"] / 1e6)
    if len(series) == 1:
        ideal(cycles, series, lambda p: p["total"]["cycles"] / 1e3)
        ideal(energy, series, lambda p: p["total"]["energy_total_pj"] / 1e6)
    cycles.set_ylabel("cycles an image, thousands")
    energy.set_ylabel("energy an image, µJ")
    for axis in (top, cycles, energy):
        axis.set_xticks(lengths)
        axis.set_xlabel("truncation length t, bits")
    for axis in (cycles, energy):
        axis.set_ylim(bottom=0)
    if len(series) == 1:
        cycles.legend(loc="upper left", fontsize=8)
    else:
        energy.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=7)
    save(figure, directory, "truncation")


def draw_energy(series, directory):
    columns = min(3, len(series))
    rows = -(-len(series) // columns)
    figure, axes = plt.subplots(rows, columns, sharey=True, squeeze=False,
                                figsize=(1.9 + 2.9 * columns, 0.5 + 2.6 * rows))
    for axis in axes.flat[len(series):]:
        axis.set_visible(False)
    for axis, one in zip(axes.flat, series):
        points = one["points"]
        bottom = [0.0] * len(points)
        for key, label, color in ENERGY_PARTS:
            part = [p["total"][f"energy_{key}_pj"] / 1e6 for p in points]
            axis.bar(range(len(points)), part, 0.7, bottom, color=color, label=label,
                     edgecolor="white", linewidth=0.5)
            bottom = [a + b for a, b in zip(bottom, part)]
        axis.set_xticks(range(len(points)), [p["truncation"] for p in points])
        axis.set_xlabel("truncation length t, bits")
        axis.grid(axis="x", visible=False)
        axis.set_title(one["label"].replace(", ", "\n"), fontsize=8)
    for row in axes:
        row[0].set_ylabel("energy an image, µJ")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    axes[0, columns - 1].legend(handles[::-1], labels[::-1], fontsize=8, loc="center left",
                                bbox_to_anchor=(1, 0.5))
    save(figure, directory, "energy")


def pick(points, most=4):
    """At most four lengths, the shortest and the longest among them."""
    if len(points) <= most:
        return points
    step = (len(points) - 1) / (most - 1)
    return [points[round(i * step)] for i in range(most)]


def draw_layers(one, directory, suffix):
    points = pick(one["points"])
    names = [row["layer"] for row in points[0]["layers"]]
    figure, axes = plt.subplots(len(points), 1, sharex=True, sharey=True, squeeze=False,
                                figsize=(max(4.8, 1.2 + 0.27 * len(names)), 0.7 + 1.35 * len(points)))
    for axis, point in zip(axes[:, 0], points):
        compute = [row["compute_cycles"] / 1e3 for row in point["layers"]]
        stall = [row["stall_cycles"] / 1e3 for row in point["layers"]]
        axis.bar(range(len(names)), compute, 0.75, color=COMPUTE, label="compute")
        axis.bar(range(len(names)), stall, 0.75, compute, color=STALL, label="stall")
        axis.set_ylabel(f"t = {point['truncation']}")
        axis.grid(axis="x", visible=False)
    axes[0, 0].legend(fontsize=8, ncol=2, loc="upper right", bbox_to_anchor=(1, 1.35))
    axes[0, 0].set_title(f"{one['label']}: cycles by layer, thousands", fontsize=9, loc="left")
    axes[-1, 0].set_xticks(range(len(names)), names, rotation=90, fontsize=7)
    axes[-1, 0].set_xlim(-0.6, len(names) - 0.4)
    save(figure, directory, "layers" + suffix)


def main():
    parser = argparse.ArgumentParser(description="Figures of absim's results.")
    parser.add_argument("--out", required=True, help="directory for the figures")
    parser.add_argument("results", nargs="+", help="results.json")
    arguments = parser.parse_args()
    series = read_series(arguments.results)
    draw_truncation(series, arguments.out)
    draw_energy(series[:MAX_PANELS], arguments.out)
    for i, one in enumerate(series[:MAX_LAYER_FILES]):
        draw_layers(one, arguments.out, "" if i == 0 else f"-{i + 1}")


if __name__ == "__main__":
    main()
