from odoo import api, models

# rows that fit on the first page, under the title, and on each that follows
FIRST_PAGE, NEXT_PAGE = 18, 23


class ReportStatement(models.AbstractModel):
    """Values of the statement of account."""

    _name = "report.carloan_relief.report_statement"
    _description = "Statement of account of a car loan"

    @api.model
    def _get_report_values(self, docids, data=None):
        """Return the loans and, in the language of each borrower, their statements.

        :param data: `date_from` and `date_to` where the period is not the whole life;
            the dialog gives them in the context
        """
        data = {**(data or {}), **self.env.context.get("carloan_statement", {})}
        loans = self.env["carloan.loan"].browse(docids)
        loans.check_access("read")
        statements = {}
        for loan in loans:
            start, end = loan._get_statement_period()
            lang = data.get("lang") or loan.partner_id.sudo().lang
            statements[loan.id] = loan.with_context(
                lang=lang or self.env.lang
            )._get_statement(data.get("date_from") or start, data.get("date_to") or end)
        return {
            "doc_ids": loans.ids,
            "doc_model": loans._name,
            "docs": loans,
            "statements": statements,
            "pages": {
                loan_id: self._cut_pages(account["rows"])
                for loan_id, account in statements.items()
            },
            "statement_lang": data.get("lang"),
        }

    def _cut_pages(self, rows):
        """Return rows by page; one page, be it empty, there always is."""
        rest = rows[FIRST_PAGE:]
        return [
            rows[:FIRST_PAGE],
            *(rest[i : i + NEXT_PAGE] for i in range(0, len(rest), NEXT_PAGE)),
        ]
