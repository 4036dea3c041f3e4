"""What happened to a case on the portal: papers, and the decision looked at anew."""

from odoo import models


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    def _get_timeline_facts(self):
        """Override: papers that the borrower handed in."""
        # sudo: when papers came is told to whoever may read the case; the papers
        # themselves keep their own rules
        return [*super()._get_timeline_facts(), *self.sudo()._get_paper_facts()]

    def _get_paper_facts(self):
        """Return the papers handed in, those of one moment together."""
        together = self.paper_ids.grouped(lambda one: (one.create_date, one.create_uid))
        facts = []
        for (date, user), papers in together.items():
            text = self.env._("Papers handed in: %(count)s", count=len(papers))
            facts.append(self._make_fact("paper", date, text, user, borrower=text))
        return facts
