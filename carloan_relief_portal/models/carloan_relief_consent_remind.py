"""A link to consent that nobody answered: called to mind once, then told to staff."""

from odoo import api, fields, models

OPEN = ("to_approve", "offered", "accepted")


class CarloanReliefConsent(models.Model):
    _inherit = "carloan.relief.consent"

    @api.model
    def _run_links(self):
        """Remind of links that are about to end, and report those that ended."""
        # sudo: links are read and written by the system alone
        consents_sudo = self.sudo().search(
            [
                ("state", "=", "pending"),
                ("link_hash", "!=", False),
                ("request_id.state", "in", OPEN),
            ]
        )
        over_sudo = consents_sudo.filtered(lambda one: one._is_link_over())
        near_sudo = (consents_sudo - over_sudo)._filter_near()
        awake_sudo = near_sudo._filter_awake()
        if near_sudo - awake_sudo:
            # they get it at an hour at which they may be written to
            cron = self.env.ref("carloan_relief_portal.ir_cron_remind_offers")
            cron._trigger(fields.Datetime.add(fields.Datetime.now(), hours=1))
        over_sudo._each(lambda consent: consent._tell_link_over())
        awake_sudo._each(lambda consent: consent._remind())

    def _each(self, step):
        """Take a step for each link whose case nobody else works on at this moment."""
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(self))
        for consent in self:
            locked = consent.request_id.try_lock_for_update()
            # it may have been answered since it was found
            if locked and consent.state == "pending" and consent.link_hash:
                step(consent)
            if not cron._commit_progress(1):
                break

    def _is_link_over(self):
        self.ensure_one()
        return not self.link_until or self.link_until < fields.Datetime.now()

    def _filter_near(self):
        """Return the links of which their holders are to be reminded by now."""
        now = fields.Datetime.now()
        yesterday = fields.Datetime.subtract(now, days=1)
        return self.filtered(
            lambda one: not one.link_reminded_on
            and one.link_sent_on <= yesterday
            and one.link_until
            <= fields.Datetime.add(now, days=one.company_id.carloan_link_remind_days)
        )

    def _filter_awake(self):
        """Return the links whose holders may be written to at this hour."""
        awake = self.browse()
        for company, consents in self.grouped("company_id").items():
            zones = company._get_awake_zones({one._get_tz() for one in consents})
            awake |= consents.filtered(lambda one, zones=zones: one._get_tz() in zones)
        return awake

    def _get_tz(self):
        self.ensure_one()
        return self.partner_id.tz or str(self.company_id._get_carloan_zone())

    def _remind(self):
        """Mail the link once more: under a new token, for only its hash is kept.

        It ends on the day that the person was told first.
        """
        self.ensure_one()
        name = self.partner_id.display_name
        if not self.partner_id.email:
            self.link_reminded_on = fields.Datetime.now()
            note = self.env._(
                "%(partner)s cannot be reminded of the consent: there is no e-mail "
                "address any more.",
                partner=name,
            )
            self.request_id._tell_officer(note)
            return
        self._mail_token(
            "mail_template_consent_reminder",
            link_reminded_on=fields.Datetime.now(),
            link_email=self.partner_id.email,
        )
        self.request_id._log(
            self.env._(
                "%(partner)s was reminded of the consent, with a new link.",
                partner=name,
            )
        )

    def _tell_link_over(self):
        """Tell the officer that a link ended without an answer."""
        self.ensure_one()
        self.link_hash = False
        self.request_id._tell_officer(
            self.env._(
                "The link of %(partner)s to consent ended without an answer: call, "
                "send another one, or take the consent on paper.",
                partner=self.partner_id.display_name,
            )
        )
