#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Figures of absim's results, as SVG and PDF: same results, same bytes.

Usage: plot.py --out DIR results.json...

  truncation.*  top-1, cycles and energy against the truncation length, one curve a series
  energy.*      where the energy goes, stacked, for every truncation length, one panel a series
  layers.*      cycles by layer, split in compute and stall, at up to four truncation lengths; one file
                a series for the first four series, layers-2.*, layers-3.*, layers-4.*

Results whose cases differ in number format get, instead of the first two:

  formats.*         top-1 against cycles and energy: formats with several truncation lengths as a line,
                    the others as points, the float network as a dashed line; once in full, once near float
  formats-energy.*  where the energy goes, one bar a point

The second such file makes formats-2.*, and so on.
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
FORMAT_COLORS = CURVES[:5] + ["#56b4e9", "#000000", "#8c6d31", "#7f3c8d", "#a5aa99"]
FORMAT_MARKERS = "osD^vPX*<>ph"
COMPUTE, STALL = "#0072b2", "#e69f00"
ENERGY_PARTS = [("pe", "PE array", "#0072b2"), ("buffer", "buffers", "#56b4e9"),
                ("postproc", "post-processing", "#009e73"), ("leakage", "leakage", "#999999"),
                ("dram", "DRAM", "#d55e00")]
MAX_PANELS = 12
NEAR_FLOAT = 3.0  # points of top-1, what the magnified panels show
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
            axes = ", ".join(value if key == "label" else f"{key}={value}"
                             for key, value in point["axes"].items())
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


def float_line(axis, baseline, text):
    """The float network: it has no cycles, so it is a line."""
    if baseline <= 0:
        return
    axis.axhline(baseline, color="#888888", linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    if text:
        axis.annotate(f"float {baseline:.2f} %", (1, baseline), xycoords=("axes fraction", "data"),
                      xytext=(0, 3), textcoords="offset points", ha="right", va="bottom", fontsize=8,
                      color="#666666")


def format_marks(axis, series, value, lowest, highest):
    """Each series in its own colour; one point as a bare mark, several as a line marked with t where
    top-1 is in the given range: in the other one of two panels there is no room for it."""
    for i, one in enumerate(series):
        known = [p for p in one["points"] if value(p) is not None]
        several = len(one["points"]) > 1
        color = FORMAT_COLORS[i % len(FORMAT_COLORS)]
        axis.plot([value(p) for p in known], [p["top1"] for p in known], color=color,
                  marker=FORMAT_MARKERS[i % len(FORMAT_MARKERS)], markersize=4 if several else 7,
                  linewidth=1.5 if several else 0, markeredgecolor="white", markeredgewidth=0.4,
                  zorder=2 if several else 3, label=one["label"])
        for p in known if several else []:
            if lowest <= p["top1"] < highest:
                axis.annotate(f"{p['truncation']}", (value(p), p["top1"]), xytext=(5, -3),
                              textcoords="offset points", ha="left", va="top", fontsize=8, color=color)


def draw_formats(series, directory, suffix):
    baseline = max(p["float_top1"] for one in series for p in one["points"])
    panels = (("cycles an image, thousands", lambda p: p["total"]["cycles"] / 1e3),
              ("energy an image, µJ",
               lambda p: None if p["total"]["energy_total_pj"] is None
               else p["total"]["energy_total_pj"] / 1e6))
    figure, axes = plt.subplots(2, 2, sharex="col", sharey="row", figsize=(9.6, 5.4),
                                gridspec_kw={"height_ratios": [1, 1.6]})
    best = max(baseline, max(p["top1"] for one in series for p in one["points"]))
    bottom = max(0.0, best - NEAR_FLOAT)
    for column, (title, value) in enumerate(panels):
        full, near = axes[0, column], axes[1, column]
        format_marks(full, series, value, 0, bottom)
        format_marks(near, series, value, bottom, 101)
        float_line(full, baseline, False)
        float_line(near, baseline, column == 1)
        full.set_ylim(0, 100)
        near.set_ylim(bottom - 0.2, min(best + 0.5, 100))
        near.set_xlim(left=0)
        near.set_xlabel(title)
    axes[0, 0].set_ylabel("top-1, %")
    axes[1, 0].set_ylabel(f"top-1, %: the best {NEAR_FLOAT:.0f} points")
    missing = [one["label"] for one in series
               if all(p["total"]["energy_total_pj"] is None for p in one["points"])]
    handles, labels = axes[1, 0].get_legend_handles_labels()
    labels = [label + ", t as marked" if len(one["points"]) > 1 else label
              for label, one in zip(labels, series)]
    axes[1, 1].legend(handles, labels, loc="center left", bbox_to_anchor=(1, 0.5), fontsize=8)
    if missing:
        axes[0, 1].annotate("no published energy: " + ", ".join(missing), (1, 1.02),
                            xycoords="axes fraction", ha="right", va="bottom", fontsize=8,
                            color="#666666")
    save(figure, directory, "formats" + suffix)


def draw_formats_energy(series, directory, suffix):
    """A bar a point. Without a number for its PE, a bar lacks that part and the name is starred."""
    rows = []
    for one in series:
        for p in one["points"]:
            name = f"{one['label']}, t = {p['truncation']}" if len(one["points"]) > 1 else one["label"]
            rows.append((name + ("" if p["total"]["energy_total_pj"] is not None else " *"), p))
    figure, axis = plt.subplots(figsize=(7.2, 1.1 + 0.24 * len(rows)))
    left = [0.0] * len(rows)
    for key, label, color in ENERGY_PARTS:
        part = [(p["total"][f"energy_{key}_pj"] or 0.0) / 1e6 for _, p in rows]
        axis.barh(range(len(rows)), part, 0.75, left, color=color, label=label, edgecolor="white",
                  linewidth=0.3)
        left = [a + b for a, b in zip(left, part)]
    axis.set_yticks(range(len(rows)), [name for name, _ in rows], fontsize=8)
    axis.invert_yaxis()
    axis.set_ylim(len(rows) - 0.4, -0.6)
    axis.grid(axis="y", visible=False)
    axis.set_xlabel("energy an image, µJ" + ("   (* without PE and post-processing: no published figure)"
                                             if any(name.endswith(" *") for name, _ in rows) else ""))
    axis.legend(fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
    save(figure, directory, "formats-energy" + suffix)


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


def compares_formats(path):
    """As sim/report/series.hpp: cases in more than one number format."""
    with open(path, encoding="utf-8") as file:
        results = json.load(file)
    formats = {point["format"] for point in results["points"]}
    return results["axes"][:1] == ["label"] and len(formats) > 1


def main():
    parser = argparse.ArgumentParser(description="Figures of absim's results.")
    parser.add_argument("--out", required=True, help="directory for the figures")
    parser.add_argument("results", nargs="+", help="results.json")
    arguments = parser.parse_args()
    of_formats = [path for path in arguments.results if compares_formats(path)]
    of_lengths = [path for path in arguments.results if path not in of_formats]
    if of_lengths:
        series = read_series(of_lengths)
        draw_truncation(series, arguments.out)
        draw_energy(series[:MAX_PANELS], arguments.out)
    for i, path in enumerate(of_formats):
        suffix = "" if i == 0 else f"-{i + 1}"
        draw_formats(read_series([path]), arguments.out, suffix)
        draw_formats_energy(read_series([path]), arguments.out, suffix)
    for i, one in enumerate(read_series(arguments.results)[:MAX_LAYER_FILES]):
        draw_layers(one, arguments.out, "" if i == 0 else f"-{i + 1}")


if __name__ == "__main__":
    main()
