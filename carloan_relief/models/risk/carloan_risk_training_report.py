import numpy as np

from odoo import models

from ...engine.risk import metrics
from ...tools.plain import finite


class CarloanRiskTraining(models.Model):
    """What a training found, kept as plain data with a challenger per candidate."""

    _inherit = "carloan.risk.training"

    def _keep(self, found, report, seconds):
        """Store the report and a challenger per candidate; return the models."""
        # sudo: models are made by the training alone
        made = self.env["carloan.risk.model"].sudo()
        self.write(
            {
                "report": finite(report),
                "state": "done",
                "progress": 100.0,
                "seconds": seconds,
            }
        )
        for candidate in found.candidates.values():
            made |= made._make(self, found, candidate)
        return made

    def _prepare_report(self, found, counts, notes, early, late):
        """Return what the page and the script show, as plain data."""
        rows = found.train if found.test is None else found.test
        return {
            "train_dates": [str(day) for day in early],
            "test_dates": [str(day) for day in late],
            "counts": counts,
            "extensions": notes["extensions"],
            "unusual_months": notes["unusual"],
            "train": self._describe(found.train),
            "test": self._describe(found.test) if found.test else {},
            "judged_on": "test" if found.test else "train",
            "rows": len(rows),
            "advice": found.advice,
            "best": found.best,
            "dropped": found.dropped,
            "clipped": {name: list(pair) for name, pair in found.clipped.items()},
            "candidates": {
                kind: self._describe_candidate(one)
                for kind, one in found.candidates.items()
            },
            "baselines": {
                name: {
                    "quality": quality.as_dict(),
                    "gain": {
                        kind: [gap.value, gap.low, gap.high]
                        for kind, gap in gain.items()
                    },
                }
                for name, (quality, gain) in found.baselines.items()
            },
        }

    @staticmethod
    def _describe(sample):
        return {
            "rows": len(sample),
            "borrowers": int(np.unique(sample.borrower).size),
            "defaults": int(sample.bad.sum()),
            "defaulted": sample.defaulted,
        }

    @staticmethod
    def _describe_candidate(one):
        return {
            "left_out": one.left_out.as_dict(),
            "later": one.later.as_dict() if one.later else None,
            "slope": one.slope,
            "calibrated": one.calibrated,
            "stability": one.stability,
            "loss": one.loss,
        }

    @staticmethod
    def _stability(candidate, found):
        """Return {feature: stability index} between the two samples."""
        if found.test is None:
            return {}
        return {
            name: metrics.stability(
                found.train.features[name], found.test.features[name]
            )
            for name in candidate.predictor.features
        }
