"""The report of a training as text."""

KINDS = {
    "logistic": "spline logistic",
    "woe": "monotone WoE scorecard",
    "boosting": "monotone boosting",
    "bureau_score": "credit score alone",
    "dpd": "current days past due alone",
    "expert": "expert scorecard",
    "expert_scaled": "expert scorecard, scaled",
}
ADVICE = {
    "expert": "Fewer than about 250 borrowers defaulted: the expert scorecard usually "
    "beats a learned model here. Look at the gains with their intervals.",
    "simple": "Fewer than about 1,000 borrowers defaulted: simple models (logistic, "
    "scorecard) usually do as well as boosting.",
    "all": "Enough defaults for every kind of model.",
}
HEAD = f"{'':28}{'AUC':24}{'KS':24}{'Brier':27}{'slope':>6}{'PD':>8}{'observed':>10}"


def lines(report):
    """Yield the lines of a report."""
    yield from _sample_lines(report)
    yield ""
    where = "later dates" if report["judged_on"] == "test" else "training dates"
    yield f"Judged on the {where} (95 % intervals: bootstrap over borrowers)"
    yield HEAD
    for kind, one in report["candidates"].items():
        yield _row(KINDS[kind], one["later"] or one["left_out"])
    for name, one in report["baselines"].items():
        yield _row(KINDS.get(name, name), one["quality"])
    yield ""
    yield "On borrowers left out of training"
    yield HEAD
    for kind, one in report["candidates"].items():
        yield _row(KINDS[kind], one["left_out"])
    yield ""
    yield from _gain_lines(report)
    yield from _calibration_lines(report)


def _sample_lines(report):
    for role, key in (("Learned from", "train"), ("Judged on", "test")):
        one = report[key]
        if one:
            dates = ", ".join(report[f"{key}_dates"])
            yield (
                f"{role} {dates}: {one['rows']} rows of {one['borrowers']} borrowers, "
                f"{one['defaults']} defaults of {one['defaulted']} borrowers."
            )
    for day, counts in report["counts"].items():
        yield f"  {day}: " + ", ".join(f"{n} {k}" for k, n in counts.items())
    if report["extensions"]:
        months = ", ".join(report["unusual_months"])
        yield (
            f"The clock stood still in {report['extensions']} months of loans, found "
            f"in {months}: an unusual share of the book paid nothing and resumed."
        )
    if report["dropped"]:
        text = ", ".join(f"{name} ({why})" for name, why in report["dropped"].items())
        yield f"Left out: {text}."
    clipped = sum(count for count, _codes in report["clipped"].values())
    codes = [f"{n} ({k})" for n, (_c, k) in report["clipped"].items() if k]
    yield f"Values beyond what the training knows, put at its bounds: {clipped}."
    if codes:
        yield f"Values taken for codes of 'not known': {', '.join(codes)}."
    yield ADVICE[report["advice"]]


def _interval(one, digits):
    parts = [one["value"], one["low"], one["high"]]
    value, low, high = ("-" if v is None else f"{v:.{digits}f}" for v in parts)
    return f"{value} [{low}, {high}]"


def _row(name, one):
    slope = one["slope"]
    return (
        f"{name:28}{_interval(one['auc'], 3):24}{_interval(one['ks'], 3):24}"
        f"{_interval(one['brier'], 4):27}"
        f"{'-' if slope is None else format(slope, '.2f'):>6}"
        f"{one['predicted']:>8.2%}{one['observed']:>10.2%}"
    )


def _gain_lines(report):
    yield "AUC gained over"
    for name, one in report["baselines"].items():
        if name.endswith("_scaled"):
            continue
        for kind, (value, low, high) in one["gain"].items():
            told = f"{value:+.3f} [{low:+.3f}, {high:+.3f}]" if low is not None else "-"
            yield f"  {KINDS.get(name, name):30}{KINDS[kind]:28}{told}"
    yield ""


def _calibration_lines(report):
    best = report["best"]
    one = report["candidates"][best]
    shift = one["stability"]
    yield (
        f"Best on borrowers left out: {KINDS[best]}"
        f"{' (slope put right)' if one['calibrated'] else ''}; stability index of its "
        f"PD on the later dates {'-' if shift is None else format(shift, '.3f')}. "
        "Calibration by tenths:"
    )
    yield f"{'part':>6}{'loans':>8}{'defaults':>10}{'predicted':>11}{'observed':>10}"
    for row in (one["later"] or one["left_out"])["deciles"]:
        yield (
            f"{row['part']:>6}{row['loans']:>8}{row['defaults']:>10}"
            f"{row['predicted']:>11.2%}{row['observed']:>10.2%}"
            f"   [{row['low']:.2%}, {row['high']:.2%}]"
        )
