"""A link of their own with which another party consents, once and for some days."""

import hashlib
import secrets

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import consteq

CLOSED = frozenset(
    {"link_hash", "link_until", "link_sent_on", "link_email", "link_reminded_on"}
)


class CarloanReliefConsent(models.Model):
    _inherit = "carloan.relief.consent"

    # the token itself is nowhere but in the mail
    link_hash = fields.Char(readonly=True, copy=False, groups="base.group_system")
    link_until = fields.Datetime(readonly=True, copy=False)
    link_sent_on = fields.Datetime(readonly=True, copy=False)
    link_email = fields.Char("Link Sent To", readonly=True, copy=False)
    link_reminded_on = fields.Datetime("Reminded On", readonly=True, copy=False)

    def write(self, vals):
        """Nobody writes a link: it is made by its button."""
        if not self.env.su and CLOSED & set(vals):
            raise AccessError(
                self.env._(
                    "A link to consent is made by its button, not by writing it."
                )
            )
        return super().write(vals)

    # -------------------------------------------------------------------- SEND
    def action_send_link(self):
        """Mail the person a link of their own; one sent before stops working."""
        self.request_id._check_staff("officer")
        self.ensure_one()
        self._check_answerable()
        if self.state == "given":
            raise UserError(
                self.env._(
                    "%(partner)s has consented already.",
                    partner=self.partner_id.display_name,
                )
            )
        # sudo: the address is used, whoever may read it
        email = self.sudo().partner_id.email
        if not email:
            raise UserError(
                self.env._(
                    "%(partner)s has no e-mail address: enter one, or take the consent "
                    "on paper.",
                    partner=self.partner_id.display_name,
                )
            )
        self._issue_paper()
        self._send_link(email)
        return True

    def _send_link(self, email):
        """Mail a new link, which counts from today."""
        self.ensure_one()
        today = self.company_id._get_carloan_day()
        days = self.company_id._get_rule_value("policy.consent.link", today) or 0
        now = fields.Datetime.now()
        self._mail_token(
            "mail_template_consent",
            link_until=fields.Datetime.add(now, days=round(days)),
            link_sent_on=now,
            link_email=email,
            link_reminded_on=False,
        )
        self.request_id._log(
            self.env._(
                "A link to consent was mailed to %(partner)s.",
                partner=self.sudo().partner_id.display_name,
            )
        )

    def _mail_token(self, template, **vals):
        """Make a new token, keep its fingerprint, mail it; the one before is over."""
        self.ensure_one()
        token = secrets.token_urlsafe(32)
        # sudo: links are written by the system alone; the mail is the system's too
        self_sudo = self.sudo()
        self_sudo.write({"link_hash": self._hash(token), **vals})
        template_sudo = self_sudo.env.ref(f"carloan_relief_portal.{template}")
        # sent at once and not kept: whoever reads the mail could consent with it
        template_sudo.with_context(carloan_token=token).send_mail(
            self.id, force_send=True
        )

    def _get_link(self):
        """Return the address for the mail, while the token is known."""
        self.ensure_one()
        token = self.env.context.get("carloan_token", "")
        lang = self.sudo().partner_id.lang  # sudo: as the mail itself is written
        prefix = f"/{lang}" if lang else ""
        return f"{self.get_base_url()}{prefix}/relief/consent/{self.id}/{token}"

    def _hash(self, token):
        return hashlib.sha256(token.encode()).hexdigest()

    # ------------------------------------------------------------------ ANSWER
    def _find_by_link(self, consent_id, token):
        """Return the consent that a link opens, in sudo, else an empty set.

        A wrong link, one that was used and one that is over are the same to whoever
        holds it.
        """
        # sudo: the holder of a link has no account; the token is the proof
        if not 0 < consent_id < 2**31:
            return self.sudo().browse()
        found_sudo = self.sudo().browse(consent_id).exists()
        kept = found_sudo.link_hash or ""
        right = consteq(kept, self._hash(token or ""))
        until = found_sudo.link_until
        in_time = bool(until) and fields.Datetime.now() <= until
        open_still = found_sudo.request_id.state in (
            "to_approve",
            "offered",
            "accepted",
        )
        return (
            found_sudo
            if kept and right and in_time and open_still
            else self.sudo().browse()
        )

    def _answer_by_link(self, agreed, name, signature, **trace):
        """Take the answer of the holder of a link, which is used up by it.

        :param bool agreed: False refuses
        :param trace: ``signed_ip`` and ``signed_agent``
        :raise UserError: with what to do, when it cannot be taken
        """
        self.ensure_one()
        self.request_id._lock()
        if self.state not in ("pending", "refused") or not self.link_hash:
            raise UserError(self.env._("This link was used already."))
        if agreed:
            request = self.request_id
            name = request._read_name(name)
            drawn = request._read_signature(signature)
            self._sign_paper(
                "link",
                name,
                signature=drawn,
                signed_login=self.link_email,
                **trace,
            )
        else:
            self._decide("refused", "portal", reason=self.env._("By the link"))
        self.write({"link_hash": False, "link_until": False})
        self.request_id._tell_officer(
            self.env._(
                "%(partner)s answered by the link: %(state)s.",
                partner=self.partner_id.display_name,
                state=dict(self._fields["state"]._description_selection(self.env))[
                    self.state
                ],
            )
        )

    def _forget_paper(self):
        """Override: links belong to the proposal that is void now."""
        res = super()._forget_paper()
        # sudo: links are written by the system alone
        self.sudo().write({"link_hash": False, "link_until": False})
        return res
