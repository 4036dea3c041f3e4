from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .placeholder_names import BLOCKS, COMMON, NAMES, REQUIRED

# set by the buttons alone
RESERVED = {"state", "version", "editor_ids", "approver_id", "approved_on"}


class CarloanDocumentTemplate(models.Model):
    """A version of a text that a lawyer keeps: an agreement, a notice, a letter.

    A version that was approved stays: documents were made from it. A change is a new
    version with a later first day. Each version speaks one or more languages.
    """

    _name = "carloan.document.template"
    _description = "Document Template"
    _inherit = ["mail.thread", "carloan.four.eyes.mixin"]
    _order = "kind, valid_from desc, version desc, id desc"

    name = fields.Char(required=True, tracking=True)
    kind = fields.Selection(
        [
            ("agreement", "Agreement on relief"),
            ("disclosure", "Cost disclosure"),
            ("consent", "Consent of a third party"),
            ("decline", "Letter of refusal"),
            ("notice", "Statutory notice"),
            ("broken", "Notice of a broken plan"),
            ("completed", "Plan completed"),
        ],
        required=True,
        index=True,
        tracking=True,
    )
    version = fields.Integer(
        default=1, required=True, readonly=True, copy=False, aggregator=None
    )
    jurisdiction_id = fields.Many2one(
        "carloan.jurisdiction",
        domain="[('is_law', '=', True)]",
        ondelete="restrict",
        tracking=True,
        help="Empty: wherever no template of the law of the company is in force.",
    )
    company_id = fields.Many2one(
        "res.company",
        index="btree_not_null",
        tracking=True,
        help="Empty: the template of every company that has none of its own.",
    )
    valid_from = fields.Date(
        required=True, default=fields.Date.context_today, tracking=True
    )
    state = fields.Selection(
        [("draft", "Draft"), ("approved", "Approved"), ("retired", "Retired")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    note = fields.Text(
        "Legal Basis", help="What the wording rests on, and who looked at it."
    )
    text_ids = fields.One2many(
        "carloan.document.text", "template_id", "Languages", copy=True
    )
    placeholder_help = fields.Html(compute="_compute_placeholder_help")
    document_count = fields.Integer("Documents", compute="_compute_document_count")

    # --------------------------------------------------------------- COMPUTE
    @api.depends("name", "version")
    def _compute_display_name(self):
        for template in self:
            template.display_name = f"{template.name} v{template.version}"

    @api.depends("kind")
    @api.depends_context("lang")
    def _compute_placeholder_help(self):
        for template in self:
            labels = template._get_placeholder_labels(template.kind)
            template.placeholder_help = self.env["ir.qweb"]._render(
                "carloan_relief.document_placeholders",
                {
                    "labels": labels.items(),
                    "needed": self._get_required_placeholders(template.kind),
                },
            )

    def _compute_document_count(self):
        # sudo: the number alone, whoever's cases the documents belong to
        counts = dict(
            self.env["carloan.document"]
            .sudo()
            ._read_group(
                [("template_id", "in", self.ids)], ["template_id"], ["__count"]
            )
        )
        for template in self:
            template.document_count = counts.get(template, 0)

    # ---------------------------------------------------------- PLACEHOLDERS
    @api.model
    def _get_placeholder_labels(self, kind):
        """Return {field a text of this kind may ask for: what it says}."""
        found = {**COMMON, **NAMES.get(kind, {})}
        return {name: self.env._(label) for name, label in found.items()}  # pylint: disable=translation-not-lazy,prefer-env-translation

    @api.model
    def _get_required_placeholders(self, kind):
        """Return the fields that no text of this kind may leave out."""
        return REQUIRED.get(kind, frozenset())

    @api.model
    def _get_block_placeholders(self):
        """Return the fields that are a table or a list, not a word."""
        return BLOCKS

    # ---------------------------------------------------------------- CHOICE
    @api.model
    def _find_in_force(self, kind, company, date):
        """Return the template of a company on a date, an empty set without one.

        The company's own before the general one, then that of its law before the
        one for every law, then the latest.

        :param str kind: which text
        :param company: res.company
        :param date: day of the document
        """
        # sudo: the law of a company is no secret
        law_sudo = company.sudo().carloan_jurisdiction_id
        domain = Domain("state", "in", ("approved", "retired"))
        domain &= Domain("kind", "=", kind)
        domain &= Domain("company_id", "in", (company.id, False))
        domain &= Domain("jurisdiction_id", "in", (law_sudo.id, False))
        domain &= Domain("valid_from", "<=", date)
        # sudo: which text is in force does not depend on who asks
        found = (
            self.sudo()
            .search(domain)
            .sorted(lambda one: (one.valid_from, one.version, one.id), reverse=True)
        )
        for own in (company, company.browse()):
            for law in (law_sudo, law_sudo.browse()):
                latest = found.filtered(
                    lambda one, own=own, law=law: (
                        one.company_id == own and one.jurisdiction_id == law
                    )
                )[:1]
                # a retired one ends those before it as well
                if latest.state == "approved":
                    return self.browse(latest.id)
        return self.browse()

    @api.model
    def _get_in_force(self, kind, company, date):
        """Return the template of a company on a date, or say what to do.

        :raise UserError: when there is none
        """
        found = self._find_in_force(kind, company, date)
        if not found:
            kinds = dict(self._fields["kind"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "No approved template “%(kind)s” is in force for %(company)s on "
                    "%(date)s. A manager makes one under Configuration, Document "
                    "Templates, and a second one approves it.",
                    kind=kinds.get(kind, kind),
                    company=company.display_name,
                    date=fields.Date.to_string(date),
                )
            )
        return found

    def _get_text(self, lang):
        """Return the text in a language, or in the nearest there is.

        The language itself, another variant of it, the company's, English, the first.

        :param str lang: code such as zh_CN; empty when nobody knows
        """
        self.ensure_one()
        # sudo: templates of the law are read whoever issues
        texts = self.sudo().text_ids
        # sudo: the language of a company's partner may be hidden
        wanted = [lang, self.company_id.sudo().partner_id.lang, "en_US"]
        for code in filter(None, wanted):
            exact = texts.filtered(lambda one, code=code: one.lang_code == code)
            near = texts.filtered(
                lambda one, code=code: (one.lang_code or "")[:2] == code[:2]
            )
            if exact or near:
                return (exact or near)[:1]
        return texts[:1]
