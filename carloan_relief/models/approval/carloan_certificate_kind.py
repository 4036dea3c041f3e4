from odoo import fields, models


class CarloanCertificateKind(models.Model):
    """What a person may be certified for."""

    _name = "carloan.certificate.kind"
    _description = "Kind of certificate"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _code_uniq = models.UniqueIndex("(code)", "This code is in use already.")
