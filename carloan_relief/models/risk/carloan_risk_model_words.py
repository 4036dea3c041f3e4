from odoo import models
from odoo.tools import format_datetime


class CarloanRiskModel(models.Model):
    """The sentences of a model card, whole ones, so that they can be translated."""

    _inherit = "carloan.risk.model"

    def _say_what(self, asked):
        """Return the sentences that say what the model is and what a default is."""
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        rules = [
            asked.missed
            and self.env._("%(count)s missed instalments in a row", count=asked.missed),
            asked.dpd
            and self.env._("more than %(count)s days past due", count=asked.dpd),
            asked.charge_off and self.env._("a write-off"),
        ]
        return [
            self.env._(
                "Model %(model)s (%(kind)s) estimates how likely a loan is to default "
                "within %(months)s months. It sets a grade together with rules and "
                "people; it refuses nobody by itself, and every borrower may ask for a "
                "human review.",
                model=self.name,
                kind=kinds[self.kind],
                months=self.horizon,
            ),
            self.env._(
                "A default is one of these: %(rules)s. In months of relief or "
                "extension the clock stands still.",
                rules="; ".join(rule for rule in rules if rule),
            ),
            self.env._("A month skipped by who paid ahead counts as missed here.")
            if asked.skips_count
            else self.env._("A month skipped by who paid ahead is not missed."),
        ]

    def _say_learned(self, found):
        """Return the sentences that say what it learned from and was judged by."""
        lines = []
        if one := found.get("train"):
            lines.append(
                self.env._(
                    "It learned from %(rows)s rows of %(borrowers)s borrowers as of "
                    "%(dates)s; %(defaulted)s of them defaulted.",
                    rows=one["rows"],
                    borrowers=one["borrowers"],
                    defaulted=one["defaulted"],
                    dates=", ".join(found["train_dates"]),
                )
            )
        if one := found.get("test"):
            lines.append(
                self.env._(
                    "It was judged on %(rows)s rows as of %(dates)s with %(defaults)s "
                    "defaults. None of these outcomes was learned from.",
                    rows=one["rows"],
                    defaults=one["defaults"],
                    dates=", ".join(found["test_dates"]),
                )
            )
        if found.get("extensions"):
            lines.append(
                self.env._(
                    "Extensions were found in %(months)s: in %(count)s months of loans "
                    "the clock stood still.",
                    months=", ".join(found["unusual_months"]),
                    count=found["extensions"],
                )
            )
        return lines + self._say_advice(found.get("advice"))

    def _say_advice(self, advice):
        if advice == "expert":
            return [
                self.env._(
                    "Fewer than about 250 borrowers defaulted: the expert scorecard "
                    "usually beats a learned model here. Compare the figures below "
                    "before promoting it."
                )
            ]
        if advice == "simple":
            return [
                self.env._(
                    "Fewer than about 1,000 borrowers defaulted: boosted trees have "
                    "little to win over simple models."
                )
            ]
        return []

    def _say_left_out(self, found, labels):
        """Return the features left out with the reason, as one text."""
        words = {
            "unknown": self.env._("not known"),
            "constant": self.env._("the same for all"),
        }
        parts = []
        for name, why in found.get("dropped", {}).items():
            twin = why.removeprefix("as ")
            said = words.get(why) or self.env._(
                "says the same as %(feature)s", feature=labels.get(twin, twin)
            )
            parts.append(f"{labels.get(name, name)} ({said})")
        return "; ".join(parts)

    def _say_moved(self, report, labels, most=5):
        """Return in words how far the book had moved between the samples."""
        found = report.get("feature_stability") or {}
        if not found or report.get("stability") is None:
            return ""
        rows = sorted(found.items(), key=lambda item: -(item[1] or 0))[:most]
        return self.env._(
            "Stability index of the probability between the dates it learned from and "
            "the later ones: %(index)s. The features that moved most: %(features)s.",
            index=f"{report['stability']:.3f}",
            features="; ".join(
                f"{labels.get(name, name)} {value or 0:.3f}" for name, value in rows
            ),
        )

    def _say_limits(self, report):
        """Return the sentences on what the model does not know."""
        lines = [
            self.env._(
                "It knows one book in one time. Watch stability and calibration in the "
                "checks of the risk model."
            ),
            self.env._(
                "Sex, age, nationality, religion, health and the place of living are "
                "not looked at."
            ),
            self.env._(
                "A reason is what costs points against the average loan of the "
                "training."
            )
            if self.reference == "mean"
            else self.env._(
                "A reason is what costs points against the best value seen in the "
                "training."
            ),
        ]
        if report.get("calibrated"):
            lines.append(
                self.env._(
                    "Its probabilities were put right by a sigmoid, since their slope "
                    "was off."
                )
            )
        return lines

    def _say_people(self, asked):
        """Return who trained and promoted it, and its fingerprint."""
        lines = [
            self.env._(
                "Trained by %(user)s on %(date)s. Seed %(seed)s. Fingerprint "
                "%(digest)s.",
                user=asked.user_id.name,
                date=format_datetime(self.env, self.create_date),
                seed=asked.seed,
                digest=(self.digest or "")[:16],
            )
        ]
        if self.promoted_by:
            lines.append(
                self.env._(
                    "Promoted by %(user)s on %(date)s.",
                    user=self.promoted_by.name,
                    date=format_datetime(self.env, self.promoted_on),
                )
            )
        return " ".join(lines)
