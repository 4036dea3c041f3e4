import base64
import hashlib

import numpy as np

from odoo import fields, models

from ...engine.risk import artifact
from ...engine.risk.learn import training
from ...tools.plain import finite


class CarloanRiskModel(models.Model):
    """How a trained candidate becomes a record with signed bytes."""

    _inherit = "carloan.risk.model"

    def _make(self, asked, found, candidate):
        """Return the challenger of a candidate.

        :param asked: the carloan.risk.training
        :param Training found: what it found
        :param Candidate candidate: one of its candidates
        """
        name = self.env["ir.sequence"].next_by_code("carloan.risk.model")
        data = self._pack(name, asked, found, candidate)
        judged = candidate.later or candidate.left_out
        report = {
            **asked._describe_candidate(candidate),
            "effects": training.effects(candidate.predictor, found.train),
            "feature_stability": asked._stability(candidate, found),
            "features": list(candidate.predictor.features),
        }
        return self.create(
            {
                "name": name,
                "kind": candidate.kind,
                "company_id": asked.company_id.id,
                "training_id": asked.id,
                "recommended": candidate.kind == found.best,
                "horizon": asked.horizon,
                "reference": candidate.predictor.reference,
                "data": base64.b64encode(data),
                "digest": hashlib.sha256(data).hexdigest(),
                "auc": judged.auc.value,
                "ks": judged.ks.value,
                "brier": judged.brier.value,
                "slope": judged.slope,
                "auc_left_out": candidate.left_out.auc.value,
                "report": finite(report),
            }
        )

    def _pack(self, name, asked, found, candidate):
        """Return the signed bytes; the known rows are some that defaulted and some
        that did not."""
        some = np.concatenate(
            [np.flatnonzero(found.train.bad)[:2], np.flatnonzero(~found.train.bad)[:3]]
        )
        rows = {key: values[some] for key, values in found.train.features.items()}
        return artifact.pack(
            candidate.predictor,
            self.env["carloan.risk.key"]._get(),
            rows,
            name=name,
            training=asked.name,
            created=fields.Datetime.to_string(fields.Datetime.now()),
            horizon=asked.horizon,
            seed=asked.seed,
            data_sha256=self._digest(found.train),
        )

    @staticmethod
    def _digest(sample):
        """Return the fingerprint of the rows a model learned from."""
        digest = hashlib.sha256()
        for name in sorted(sample.features):
            digest.update(np.ascontiguousarray(sample.features[name]).tobytes())
        digest.update(np.ascontiguousarray(sample.bad).tobytes())
        return digest.hexdigest()
