"""Offers of a campaign on their way: by mail, in hours in which that is allowed."""

from odoo import fields, models

from ...engine import campaign as engine

#: Mails prepared between two commits.
BATCH = 50


class CarloanReliefCampaign(models.Model):
    _inherit = "carloan.relief.campaign"

    mail_template_id = fields.Many2one(
        "mail.template",
        "Letter",
        domain="[('model', '=', 'carloan.relief.request')]",
        default=lambda self: self.env.ref(
            "carloan_relief.mail_template_campaign", raise_if_not_found=False
        ),
        help="Written to each borrower in their language.",
    )
    mail_template_several_id = fields.Many2one(
        "mail.template",
        "Letter for Several Loans",
        domain="[('model', '=', 'carloan.relief.request')]",
        default=lambda self: self.env.ref(
            "carloan_relief.mail_template_campaign_several", raise_if_not_found=False
        ),
        help="Written once to a borrower who has offers for more than one loan. Empty: "
        "a letter for each loan.",
    )

    def _send_batch(self, limit=BATCH):
        """Send the next offers whose hour it is; return how many were dealt with."""
        self.ensure_one()
        awake = self._filter_awake(self._get_unsent())
        # the loans of one borrower go into one letter, wherever a batch ends
        first = set(awake[:limit].partner_id.ids)
        lines = awake.filtered(lambda line: line.partner_id.id in first)
        self._send(self._take_back_screened(lines))
        return len(lines)

    def _filter_awake(self, lines):
        """Return the lines whose borrowers may be written to at this hour."""
        company = self.company_id
        awake = company._get_awake_zones({line._get_tz() for line in lines})
        return lines.filtered(lambda line: line._get_tz() in awake)

    def _take_back_screened(self, lines):
        """Take offers back whose borrowers died or objected since; return the rest."""
        # sudo: an objection counts whichever team has the loan
        flags = self._get_person_flags(lines.loan_id.sudo())
        codes = dict(zip(lines.loan_id, engine.first_reason(flags), strict=True))
        gone = lines.filtered(lambda line: codes[line.loan_id])
        for line in gone:
            line._exclude(codes[line.loan_id])
            line.request_id._close(
                "withdrawn", ("offered",), self.env._("The borrower is not written to.")
            )
        return lines - gone

    def _send(self, lines):
        """Write to the borrowers of these lines, and log the contacts: in sets."""
        if not lines:
            return
        now = fields.Datetime.now()
        self._mail(lines.request_id)
        lines.write({"sent_on": now})
        self.env["carloan.contact"].create(
            [
                {
                    "loan_id": line.loan_id.id,
                    "user_id": self.user_id.id,
                    "date": now,
                    "channel": "email",
                    "about": "relief",
                    "outcome": "sent",
                }
                for line in lines
            ]
        )

    def _mail(self, requests):
        """Write one letter to each borrower, which names every loan with its link."""
        several = self.mail_template_several_id
        groups = requests.grouped("partner_id").values() if several else requests
        single = [one.id for one in groups if len(one) == 1]
        many = {one[0].id: one.ids for one in groups if len(one) > 1}
        if single:
            self.mail_template_id.send_mail_batch(single)
        if many:
            letters = several.with_context(carloan_letters=many)
            letters.send_mail_batch(list(many))
            self._note_letters(requests, many)

    def _note_letters(self, requests, many):
        """Say on the other cases of a letter on which one it is."""
        names = {request.id: request.name for request in requests}
        bodies = {
            request_id: self.env._(
                "The letter to the borrower is on %(request)s.", request=names[first]
            )
            for first, ids in many.items()
            for request_id in ids[1:]
        }
        requests.browse(bodies)._message_log_batch(bodies=bodies)


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    def _get_letter_cases(self):
        """Return the cases that the letter being written speaks of."""
        self.ensure_one()
        letters = self.env.context.get("carloan_letters") or {}
        return self.browse(letters.get(self.id) or self.ids)


class CarloanReliefCampaignLine(models.Model):
    _inherit = "carloan.relief.campaign.line"

    def _get_tz(self):
        """Return the time zone of the borrower; of the campaign where none is known."""
        self.ensure_one()
        return self.partner_id.tz or self.campaign_id._get_tz()
