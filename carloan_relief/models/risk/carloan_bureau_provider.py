import logging

from odoo import api, fields, models
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)


class BureauError(Exception):
    """A provider could not give a report; the text is shown to the user."""


class CarloanBureauProvider(models.AbstractModel):
    """Where bureau reports come from. A company adds its own bureau like this::

        class MyBureau(models.AbstractModel):
            _name = "carloan.bureau.provider.mine"
            _inherit = "carloan.bureau.provider"
            _description = "My bureau"

            def _fetch(self, partner, consent):
                ...  # ask, with a timeout; raise BureauError when it fails
                return {"score": 640, "date": day, "lines": [{...}, ...]}

    and chooses it in the settings. ``lines`` are values of ``carloan.bureau.line``.
    """

    _name = "carloan.bureau.provider"
    _description = "Provider of credit bureau reports"

    #: Whether the figures are made up.
    _sandbox = False

    def _get_name(self):
        """Return what people call the provider; by default its description."""
        return self._description

    def _fetch(self, partner, consent):
        """Return the report of a person as values; override.

        :param partner: whom to ask about
        :param consent: what the person agreed to, valid today
        :return: {"score", "date", "reference", "lines"}; only ``lines`` is required
        :raise BureauError: when there is none, with the reason in plain words
        """
        raise BureauError(self.env._("This provider cannot be asked."))

    @api.model
    def _get_selection(self):
        """Return [(model, name)] of the providers that can be chosen."""
        return [
            (name, self.env[name]._get_name())
            for name in sorted(self.env.registry)
            if name.startswith("carloan.bureau.provider.")
        ]

    @api.model
    def _request_report(self, partner, consent, company):
        """Ask the company's provider about a person and store what it says.

        :raise UserError: without a provider or a valid consent, or when it fails
        """
        provider = self._get_provider(company)
        day = fields.Date.context_today(self)
        if not consent or consent.partner_id != partner or not consent._is_valid(day):
            raise UserError(
                self.env._(
                    "%(partner)s has not agreed to an inquiry at a credit bureau, or "
                    "the consent has ended. Enter the consent first.",
                    partner=partner.display_name,
                )
            )
        try:
            with self.env.cr.savepoint():
                found = provider._fetch(partner, consent)
                return self._store(provider, partner, consent, company, found)
        except UserError:
            raise
        except Exception as problem:
            # whatever a foreign system does: a sentence, and no half report
            _logger.info("Bureau provider %s failed: %r", provider._name, problem)
            reason = str(problem) if isinstance(problem, BureauError) else ""
            raise UserError(
                self.env._(
                    "%(provider)s gave no report on %(partner)s. %(reason)s Nothing "
                    "was stored: try again later, or enter the report by hand.",
                    provider=provider._get_name(),
                    partner=partner.display_name,
                    reason=reason,
                )
            ) from problem

    def _get_provider(self, company):
        name = company.carloan_bureau_provider
        if not name or name not in self.env:
            raise UserError(
                self.env._(
                    "No provider of bureau reports is chosen for %(company)s. Choose "
                    "one under Settings > Car Loans, or enter the report by hand.",
                    company=company.display_name,
                )
            )
        return self.env[name]

    def _store(self, provider, partner, consent, company, found):
        """Store what a provider answered as a report."""
        today = fields.Date.context_today(self)
        return self.env["carloan.bureau.report"]._receive(
            [
                {
                    "partner_id": partner.id,
                    "company_id": company.id,
                    "consent_id": consent.id,
                    "date": found.get("date") or today,
                    "known_on": today,
                    "source": "fetched",
                    "provider": provider._get_name(),
                    "sandbox": provider._sandbox,
                    "reference": found.get("reference") or False,
                    "score": found.get("score") or 0,
                    "line_ids": [
                        fields.Command.create(line) for line in found.get("lines", [])
                    ],
                }
            ]
        )
