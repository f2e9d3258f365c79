# SPDX-License-Identifier: Apache-2.0
"""The text of docs/reproduction.md. Figures come from the store alone; sentences about them are chosen by the figures."""
import os

from run_store import Runs, figure, mean, minus, rows_of, shown, spread, table

LENGTHS = range(1, 9)


def verdict(holds, otherwise="not reached"):
    return "reached" if holds else otherwise


def lengths_row(name, values_of):
    return [name] + [shown(values_of(t)) for t in LENGTHS]


def length_header(name):
    return [name] + [str(t) for t in LENGTHS]


def average(values_of, lengths=LENGTHS):
    """{seed: mean over lengths}"""
    lists = [values_of(t) for t in lengths]
    return {seed: sum(v[seed] for v in lists) / len(lists) for seed in lists[0]} if lists and lists[0] else {}


class Page:
    def __init__(self, store):
        self.store = store
        self.claims = []  # rows of the first table
        self.sections = []

    def runs(self, recipe):
        return Runs(self.store, recipe)

    def claim(self, paper, said, ran, ours, judged):
        self.claims.append([paper, said, ran, ours, judged])

    def stored(self, name):
        path = os.path.join(self.store, name)
        return rows_of(path) if os.path.exists(path) else []


def totals(page, name):
    """{t: the row of the whole network} of a stored sweep of one point for each t."""
    return {int(row["truncation"]): row for row in page.stored(name) if row["layer"] == "total"}


def cycle_share(page, name, column):
    """{t: cycles over cycles at t = 8, percent}"""
    rows = totals(page, name)
    return {t: 100 * float(row[column]) / float(rows[8][column]) for t, row in rows.items()} if 8 in rows else {}


def progressive(page):
    run = page.runs("resnet20_progressive")
    sampled = page.runs("resnet20_sampled")
    share = cycle_share(page, "progressive_sweep.csv", "cycles")
    array = cycle_share(page, "progressive_sweep.csv", "compute_cycles")
    lines = [
        lengths_row("untouched: batch norm of 8 bits", lambda t: run.accuracy(t, "untouched")),
        lengths_row("statistics measured for each t", lambda t: run.accuracy(t, "statistics")),
        lengths_row("gamma and beta trained for each t", run.accuracy),
        lengths_row("gain of statistics", lambda t: minus(run.accuracy(t, "statistics"), run.accuracy(t, "untouched"))),
        lengths_row("gain of the gradient beyond that", lambda t: minus(run.accuracy(t), run.accuracy(t, "statistics"))),
        lengths_row("t sampled in training, one set of weights", sampled.accuracy),
        ["cycles in which the array works, % of t = 8"] + [f"{array[t]:.1f}" if t in array else "-" for t in LENGTHS],
        ["all cycles, % of t = 8"] + [f"{share[t]:.1f}" if t in share else "-" for t in LENGTHS],
        ["t / 8, %"] + [f"{100 * t / 8:.1f}" for t in LENGTHS],
    ]
    page.sections.append(
        "## ProgressiveNN and sampled lengths\n"
        f"ResNet-20, float baseline 91.39 %, fine-tuned; {len(run)} seeds (sampled: {len(sampled)}), top-1 % at truncation length t. "
        "Cycles: the dump of seed 1 on `abs_16x16x16`; all cycles include fill, drain and DRAM.\n\n" + table(length_header("t"), lines)
    )
    targets = {1: 58.0, 2: 84.0, 3: 89.5, 4: 91.0}
    for t, least in targets.items():
        values = run.accuracy(t)
        if values:
            said = "65 % at 1 bit (ResNet-18)" if t == 1 else "-"
            page.claim("ProgressiveNN", said, f"one training at 8 bits, batch norm for each t, t = {t}; wanted {least} %", figure(values) + " %", verdict(mean(values) >= least))
    longest = run.accuracy(8)
    if longest:
        page.claim("ProgressiveNN", "-", "the same at t = 8; wanted float - 0.5 = 90.89 %", figure(longest) + " %", verdict(mean(longest) >= 90.89))
    if share:
        page.claim("ProgressiveNN", "cost 12.5 % to 100 % with one set of parameters", "ResNet-20 at t = 1 over t = 8: cycles in which the array works (all cycles)", f"{array[1]:.1f} % ({share[1]:.1f} %)",
                   "reached by the array; loads, stores and drain do not shrink with t")
    for t, least in {1: 86.5, 2: 89.5, 4: 91.0, 8: 90.89}.items():
        values = sampled.accuracy(t)
        if values:
            page.claim("sampled lengths", "-", f"one set of weights for all t, t = {t}; wanted {least} %", figure(values) + " %", verdict(mean(values) >= least))


def scaled_tables(page, prefix, top):
    parts = {name: page.runs(prefix + name) for name in ("unscaled", "scaled", "unscaled_norms", "scaled_norms", "unscaled_twos", "scaled_twos")}

    def of(name):
        return lambda t: parts[name].accuracy(t, top=top)

    lines = [
        lengths_row("no factor", of("unscaled")),
        lengths_row("factor", of("scaled")),
        lengths_row("gain", lambda t: minus(of("scaled")(t), of("unscaled")(t))),
        lengths_row("no factor, batch norm for each t", of("unscaled_norms")),
        lengths_row("factor, batch norm for each t", of("scaled_norms")),
        lengths_row("gain", lambda t: minus(of("scaled_norms")(t), of("unscaled_norms")(t))),
    ]
    if parts["scaled_twos"].seeds:
        lines.append(lengths_row("two's complement, no factor", of("unscaled_twos")))
        lines.append(lengths_row("two's complement, factor", of("scaled_twos")))
    gains = [
        minus(average(of("scaled"), lengths), average(of("unscaled"), lengths)) for lengths in (LENGTHS, range(2, 9), range(1, 6))
    ]
    gains_norms = minus(average(of("scaled_norms")), average(of("unscaled_norms")))
    return parts, table(length_header("t"), lines), gains, gains_norms


def start_float(page, recipe, top="top1"):
    return page.runs(recipe).float_accuracy(top)


def scaled(page):
    for prefix, title, start, tops in (
        ("resnet8_", "CIFAR-10", "resnet8_float", ("top1",)),
        ("resnet8_tiny_", "Tiny-ImageNet at 32x32, a non-standard re-encoding", "resnet8_tiny_float", ("top1", "top5")),
    ):
        for top in tops:
            parts, text, gains, gains_norms = scaled_tables(page, prefix, top)
            base = start_float(page, start, top)
            if not gains[0]:
                continue
            name = "top-1" if top == "top1" else "top-5"
            page.sections.append(
                f"## Scaling factor: {title}, {name}\n"
                f"ResNet-8 from one float network ({shown(base)} %), BWB codes (two's complement and half a step) trained from short to long; {len(parts['scaled'])} seeds.\n\n{text}\n"
                f"Average gain of the factor: t = 1 to 8 {shown(gains[0], sign=True)}, t = 2 to 8 {shown(gains[1], sign=True)}, t = 1 to 5 {shown(gains[2], sign=True)} points; "
                f"with a batch norm for each t, t = 1 to 8: {shown(gains_norms, sign=True)}.\n"
            )
            said = "+11.02 points top-1 on average, ResNet-18, Tiny-ImageNet" if top == "top1" else "+9.21 points top-5 on average"
            significant = mean(gains[0]) > spread(gains[0])
            page.claim("Scaling Bit-Flexible NN", said, f"ResNet-8, {title.split(',')[0]}, {name}: factor against none, mean over t = 1 to 8 (in brackets with a batch norm for each t)",
                       f"{figure(gains[0], sign=True)} ({figure(gains_norms, sign=True)}) points",
                       "sign holds" if significant else "no gain beyond the spread")
            loss = {s: mean(base) - a for s, a in parts["scaled"].accuracy(5, top=top).items()} if base else {}
            loss_norms = {s: mean(base) - a for s, a in parts["scaled_norms"].accuracy(5, top=top).items()} if base else {}
            if loss:
                said = "0.5 points below float at 5 bits" if top == "top1" else "0.31 points below float at 5 bits (top-5)"
                page.claim("Scaling Bit-Flexible NN", said, f"ResNet-8, {title.split(',')[0]}, {name}: float minus t = 5 (in brackets with a batch norm for each t); wanted at most 1",
                           f"{figure(loss)} ({figure(loss_norms)}) points", verdict(mean(loss) <= 1, "reached with a batch norm for each t only" if loss_norms and mean(loss_norms) <= 1 else "not reached"))


def one_bit(page):
    wrn = totals(page, "wrn20_10_sweep.csv")
    if wrn:
        row = wrn[1]
        top1 = float(row["top1"])
        page.claim("McDonnell, 1 bit per weight", "96.25 % (authors' README), WRN-20-10", "the authors' weights in our integer arithmetic, 8-bit activations, 10,000 test images; wanted 96.0 %", f"{top1:.2f} %", verdict(top1 >= 96.0))
        page.sections.append(
            "## One bit for each weight: the authors' WRN-20-10\n"
            f"10,000 test images: {top1:.2f} % top-1. On `abs_16x16x16` at t = 1: {int(float(row['cycles'])):,} cycles, {float(row['energy_total_pj']) / 1e6:,.1f} uJ an image "
            "(4.016 GMAC; pooled shortcuts included; energy sources and their limits: [energy](energy.md)).\n"
        )
    plain, bits = page.runs("wrn20_1_float"), page.runs("wrn20_1_one_bit")
    gap = minus(plain.float_accuracy(), bits.accuracy(1))
    if gap:
        page.claim("McDonnell, 1 bit per weight", "0.5 points between 1 bit and float, WRN-20-10, 254 epochs", "WRN-20-1, 16,000 images, 6 epochs: float minus one bit (integer inference)", figure(gap) + " points", "larger: a network 100 times smaller, trained briefly" if mean(gap) > 1 else "holds")
        page.sections.append(
            "## One bit for each weight: WRN-20-1 trained here\n\n"
            + table(["network", "top-1 %"], [["float", shown(plain.float_accuracy())], ["one bit, integer inference", shown(bits.accuracy(1))], ["gap, points", shown(gap)]])
        )


PARALLEL = (
    ("resnet8_small_float", "float", 0),
    ("resnet8_small_dfp", "DFP, 8 bits", 8),
    ("resnet8_small_sdfp", "S-DFP, 8 bits", 8),
    ("resnet8_small_posit16", "posit16, scaled, warm-up", 16),
    ("resnet8_small_posit8", "posit8, scaled, warm-up", 8),
    ("resnet8_small_posit8_unscaled", "posit8, no scaling, warm-up", 8),
    ("resnet8_small_posit8_cold", "posit8, scaled, no warm-up", 8),
    ("resnet8_small_posit8_unscaled_cold", "posit8, no scaling, no warm-up", 8),
)


def parallel(page):
    lines = []
    base = page.runs("resnet8_small_float").float_accuracy()
    results = {}
    for recipe, name, length in PARALLEL:
        runs = page.runs(recipe)
        results[recipe] = runs.accuracy(length) if length else base
        lines.append([name, shown(results[recipe]), shown(minus(results[recipe], base), sign=True) if length else "-"]
                     + [shown(runs.sqnr(kind), 1) for kind in ("weights", "activations", "errors", "weight_gradients")])
    if not base:
        return
    page.sections.append(
        "## Training in dynamic fixed point and posits\n"
        "ResNet-8 from random weights, 10,000 training images, 5 epochs, the same seeds; top-1 % of integer inference on the 10,000 test images, points from float, and mean SQNR in dB of what "
        "training rounds (errors: gradients of the sums of products).\n\n"
        + table(["training", "top-1 %", "vs float", "weights", "activations", "errors", "weight gradients"], lines)
    )
    dfp, sdfp = results["resnet8_small_dfp"], results["resnet8_small_sdfp"]
    gain = minus(sdfp, dfp)
    if gain:
        sure = abs(mean(gain)) > spread(gain)
        page.claim("S-DFP", "+1.0 point over DFP, ResNet-152, ImageNet", "ResNet-8, 8 bits, same seeds: S-DFP minus DFP", figure(gain, sign=True) + " points",
                   ("sign holds" if mean(gain) > 0 else "opposite sign") if sure else "no difference beyond the spread")
        better = minus(page.runs("resnet8_small_sdfp").sqnr("errors"), page.runs("resnet8_small_dfp").sqnr("errors"))
        assert better, "a run without gradients.csv"
        page.claim("S-DFP", "gradients gain range", "SQNR of the errors: S-DFP minus DFP", figure(better, 1, sign=True) + " dB", "holds" if mean(better) > spread(better) else "does not hold")
    p16 = minus(results["resnet8_small_posit16"], base)
    if p16:
        page.claim("posit training", "16-bit posits: no loss", "ResNet-8: posit16 minus float", figure(p16, sign=True) + " points", "holds" if abs(mean(p16)) <= max(spread(base), spread(p16)) else "differs by more than the spread")
    p8 = minus(results["resnet8_small_posit8"], base)
    if p8:
        page.claim("posit training", "8-bit posits close to float with scaling and warm-up", "ResNet-8: posit8 minus float", figure(p8, sign=True) + " points",
                   "holds" if abs(mean(p8)) <= max(spread(base), spread(p8)) else "differs by more than the spread")
        bare = minus(results["resnet8_small_posit8_unscaled"], results["resnet8_small_posit8"])
        if not bare:
            return
        page.claim("posit training", "layer-wise scaling is needed", "posit8: without minus with scaling", figure(bare, sign=True) + " points", "holds" if mean(bare) < -spread(bare) else "not seen at this size")
        for scaling, warm, cold in (("with", "resnet8_small_posit8", "resnet8_small_posit8_cold"),
                                    ("without", "resnet8_small_posit8_unscaled", "resnet8_small_posit8_unscaled_cold")):
            change = minus(results[cold], results[warm])
            if change:
                page.claim("posit training", "float warm-up helps", f"posit8 {scaling} scaling: without minus with one epoch of warm-up", figure(change, sign=True) + " points",
                           "holds" if mean(change) < -spread(change) else "not seen at this size")


def speed(page):
    rows = page.stored("train_step_bench.csv")
    if not rows:
        return
    lines = [[row["recipe"], row["float_ms"], row["step_ms"], row["times_float"], row["limit"]] for row in rows]
    page.sections.append(
        "## What emulation costs\nOne training step (forward, backward, update; 128 images, one core) beside the same step in float, alternating: "
        "`absim_bench --benchmark_filter=train_step`.\n\n" + table(["recipe", "float ms", "step ms", "times float", "allowed"], lines)
    )


HEAD = """# Reproduction

What the papers claim, what was run here, what came out. Everything below was trained here with `scripts/train_all.sh` (recipes: `configs/train/`), except the authors' own WRN-20-10; accuracy is that of
integer inference on the full test set unless it says float; mean ± sample standard deviation over the seeds. The papers' figures are from their abstracts and never ours.
This page is written by `scripts/reproduction.py report` from the logs in [reproduction/](reproduction/README.md); a test fails if it is not.

No GPU was at hand: the papers' networks (ResNet-18 and larger) were not trained. Their recipes are ready (`configs/train/resnet18_*.yaml`; libtorch uses a GPU where it finds one). Small networks, part of the training
images and few epochs keep the whole set within hours on two cores: signs and orders carry over, percentages do not.

"""


def document(store):
    page = Page(store)
    for part in (progressive, scaled, one_bit, parallel, speed):
        part(page)
    text = HEAD + table(["paper", "claim", "what we ran", "our figure", "verdict"], page.claims)
    return text + "\n" + "\n".join(page.sections)
