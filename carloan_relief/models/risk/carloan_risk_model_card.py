from odoo import api, fields, models

#: Size of the drawings of a card, in units of its own.
WIDTH, HEIGHT, MARGIN = 320, 200, 30


class CarloanRiskModel(models.Model):
    """What a model is in plain words, with its figures and drawings."""

    _inherit = "carloan.risk.model"

    card_html = fields.Html(
        string="Model card", compute="_compute_card_html", sanitize=False
    )

    @api.depends("report", "state", "training_id.report")
    @api.depends_context("lang")
    def _compute_card_html(self):
        for model in self:
            model.card_html = self.env["ir.qweb"]._render(
                "carloan_relief.risk_model_card", model._prepare_card()
            )

    def _prepare_card(self):
        """Return what the card shows."""
        self.ensure_one()
        # sudo: who may read a model may read what it was trained on
        asked_sudo = self.training_id.sudo()
        report, training = self.report or {}, asked_sudo.report or {}
        labels = self.env["carloan.risk.feature"]._get_labels()
        judged = report.get("later") or report.get("left_out") or {}
        return {
            "what": self._say_what(asked_sudo),
            "learned": self._say_learned(training),
            "figures": self._prepare_figures(report, training),
            "effects": self._prepare_effects(report, labels),
            "moved": self._say_moved(report, labels),
            "left_out": self._say_left_out(training, labels),
            "limits": self._say_limits(report),
            "people": self._say_people(asked_sudo),
            "calibration": self._prepare_calibration(judged.get("deciles", [])),
            "interval": self._show_interval,
            "percent": lambda share, digits: f"{100 * share:.{digits}f} %",
            "size": (WIDTH, HEIGHT),
        }

    def _show_interval(self, one, digits=3):
        """Return a figure with its interval as text."""
        if not one or one["value"] is None:
            return "-"
        text = f"{one['value']:.{digits}f}"
        if one["low"] is None:
            return text
        return f"{text} ({one['low']:.{digits}f} – {one['high']:.{digits}f})"

    def _prepare_figures(self, report, training):
        """Return [(name, quality, AUC gained or None)]: the model, then what it has
        to beat."""
        names = {
            "later": self.env._("This model, later dates"),
            "left_out": self.env._("This model, borrowers left out"),
            "bureau_score": self.env._("Credit score alone"),
            "dpd": self.env._("Current days past due alone"),
            "expert": self.env._("Expert scorecard"),
            "expert_scaled": self.env._("Expert scorecard, scaled to this book"),
        }
        rows = [
            (names[key], report[key], None)
            for key in ("later", "left_out")
            if report.get(key)
        ]
        for name, one in training.get("baselines", {}).items():
            value, low, high = one["gain"].get(self.kind, [None] * 3)
            gain = {"value": value, "low": low, "high": high}
            rows.append((names.get(name, name), one["quality"], gain))
        return rows

    def _prepare_effects(self, report, labels):
        """Return the drawings of the strongest features: label, line, ends."""
        rows = []
        for row in report.get("effects", [])[:12]:
            values, pd = row["values"], row["pd"]
            if len(values) > 1:
                line = self._draw(values, pd, top=max(pd), low=min(values))
                rows.append(
                    {
                        "label": labels.get(row["feature"], row["feature"]),
                        "line": line,
                        "from": self._show_value(values[0]),
                        "to": self._show_value(values[-1]),
                        "low": min(pd),
                        "high": max(pd),
                    }
                )
        return rows

    def _prepare_calibration(self, deciles):
        """Return the points and the diagonal of predicted against observed."""
        if not deciles:
            return {}
        top = max(max(row["predicted"], row["high"]) for row in deciles) or 1.0
        scale_x, scale_y = (WIDTH - 2 * MARGIN) / top, (HEIGHT - 2 * MARGIN) / top

        def at(x, y):
            return round(MARGIN + x * scale_x, 1), round(
                HEIGHT - MARGIN - y * scale_y, 1
            )

        return {
            "top": top,
            "diagonal": (*at(0, 0), *at(top, top)),
            "points": [
                {
                    "x": at(row["predicted"], row["observed"])[0],
                    "y": at(row["predicted"], row["observed"])[1],
                    "low": at(0, row["low"])[1],
                    "high": at(0, row["high"])[1],
                    "text": f"{row['predicted']:.2%} / {row['observed']:.2%}",
                }
                for row in deciles
            ],
        }

    @staticmethod
    def _show_value(value):
        """Return a value of a feature with three digits, large ones whole."""
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"

    @staticmethod
    def _draw(values, pd, top, low):
        """Return the points of a line for an svg of 100 by 30."""
        span = (max(values) - low) or 1.0
        return " ".join(
            f"{100 * (x - low) / span:.1f},{29 - 27 * y / (top or 1.0):.1f}"
            for x, y in zip(values, pd, strict=True)
        )
