from odoo import api, models
from odoo.exceptions import ValidationError


class CarloanLoan(models.Model):
    """What the terms of a loan must be."""

    _inherit = "carloan.loan"

    @api.constrains("principal")
    def _check_principal(self):
        for loan in self:
            if loan.principal <= 0:
                raise ValidationError(
                    self.env._(
                        "Loan %(loan)s: the amount lent is %(amount)s. Enter an "
                        "amount above zero.",
                        loan=loan._get_label(),
                        amount=loan.principal,
                    )
                )

    @api.constrains("annual_rate")
    def _check_annual_rate(self):
        for loan in self:
            if not 0.0 <= loan.annual_rate <= 1.0:
                raise ValidationError(
                    self.env._(
                        "Loan %(loan)s: a rate of %(rate)s %% a year is outside 0 "
                        "to 100 %%. Enter the rate as a fraction: 0.072 for 7.2 %%.",
                        loan=loan._get_label(),
                        rate=f"{loan.annual_rate * 100:g}",
                    )
                )

    @api.constrains("instalments")
    def _check_instalments(self):
        for loan in self:
            if not 1 <= loan.instalments <= 600:
                raise ValidationError(
                    self.env._(
                        "Loan %(loan)s: %(count)s instalments are outside 1 to 600.",
                        loan=loan._get_label(),
                        count=loan.instalments,
                    )
                )

    @api.constrains("start_date", "first_due_date")
    def _check_dates(self):
        for loan in self:
            if loan.first_due_date <= loan.start_date:
                raise ValidationError(
                    self.env._(
                        "Loan %(loan)s: the first due date %(due)s is not after the "
                        "start date %(start)s. Correct one of the two.",
                        loan=loan._get_label(),
                        due=loan.first_due_date,
                        start=loan.start_date,
                    )
                )

    @api.constrains("due_day")
    def _check_due_day(self):
        for loan in self:
            if not 1 <= loan.due_day <= 31:
                raise ValidationError(
                    self.env._(
                        "Loan %(loan)s: the due day %(day)s is outside 1 to 31.",
                        loan=loan._get_label(),
                        day=loan.due_day,
                    )
                )

    @api.constrains("balloon", "principal", "method")
    def _check_balloon(self):
        for loan in self.filtered("balloon"):
            if loan.method != "balloon":
                raise ValidationError(
                    self.env._(
                        "Loan %(loan)s: a balloon of %(balloon)s needs the method "
                        "Balloon. Choose that method, or set the balloon to 0.",
                        loan=loan._get_label(),
                        balloon=loan.balloon,
                    )
                )
            if loan.balloon >= loan.principal:
                raise ValidationError(
                    self.env._(
                        "Loan %(loan)s: the balloon of %(balloon)s is not below the "
                        "amount lent of %(amount)s. Enter a smaller one.",
                        loan=loan._get_label(),
                        balloon=loan.balloon,
                        amount=loan.principal,
                    )
                )

    @api.constrains("instalment_rounding", "method")
    def _check_rounding(self):
        for loan in self.filtered("instalment_rounding"):
            if loan.method not in ("annuity", "balloon"):
                raise ValidationError(
                    self.env._(
                        "Loan %(loan)s: only the equal instalments of an annuity or a "
                        "balloon loan can be rounded. Set the rounding of instalments "
                        "to 0, or choose another method.",
                        loan=loan._get_label(),
                    )
                )
