from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...engine import ledger as engine_ledger

PROVISION_BATCH = 1000

# loans of a product that owe something, or hold an allowance that nothing asks for
LOANS_QUERY = """
    SELECT loan.id FROM carloan_loan loan
     WHERE loan.product_id = %(product)s AND loan.id > %(after)s
       AND (loan.state = 'active' AND loan.start_date <= %(as_of)s
            OR loan.state IN ('closed', 'written_off') AND loan.allowance_balance != 0)
       AND NOT EXISTS (SELECT 1 FROM carloan_provision done
                        WHERE done.loan_id = loan.id AND done.date = %(as_of)s
                          AND done.state = 'posted')
     ORDER BY loan.id LIMIT %(limit)s
"""

PROVISION_COLUMNS = (
    "loan_id",
    "company_id",
    "product_id",
    "currency_id",
    "date",
    "state",
    "stage",
    "stage_before",
    "dpd",
    "cn_class",
    "pd12",
    "pd",
    "months",
    "ltv",
    "lgd",
    "overlay_rate",
    "ead",
    "ecl",
    "before",
    "charge",
    "policy_id",
    "assessment_id",
    "overlay_id",
    "move_id",
    "create_uid",
    "write_uid",
    "create_date",
    "write_date",
)
PROVISION_INSERT = (
    f"INSERT INTO carloan_provision ({', '.join(PROVISION_COLUMNS)})"
    " VALUES %s RETURNING id"
)


class CarloanLedger(models.AbstractModel):
    """The loss allowance of each loan, brought to what its stage asks for."""

    _inherit = "carloan.ledger"

    @api.model
    def _provision(self, company, as_of, loans=None):
        """Bring the allowance of the loans of a company to what they need on a day.

        Sets of loans, one entry per product and set; what is done for a day already
        is left as it is.

        :param loans: only these, default all
        :return: the provisions made now
        """
        as_of = fields.Date.to_date(as_of)
        made = self.env["carloan.provision"].sudo()
        # sudo: products and loans of every team; the caller checks who may post
        products = self.env["carloan.product"].sudo().with_context(active_test=False)
        for product in products.search([("company_id", "=", company.id)]):
            if loans is not None:
                own = loans.sudo().filtered(lambda x, p=product: x.product_id == p)
                own -= self._find_provided(own, as_of)
                made |= self._provision_loans(product, own, as_of) if own else made
                continue
            for batch in self._iter_provision_batches(product, as_of):
                made |= self._provision_loans(product, batch, as_of)
        return made

    def _find_provided(self, loans, as_of):
        """Return those of the loans that have a provision of a day."""
        domain = [
            ("loan_id", "in", loans.ids),
            ("date", "=", as_of),
            ("state", "=", "posted"),
        ]
        # sudo: loans of every team; the caller checks who may post
        return self.env["carloan.provision"].sudo().search(domain).loan_id

    def _iter_provision_batches(self, product, as_of):
        """Yield the loans of a product that have no provision of a day, in sets."""
        last = 0
        while True:
            self.env.flush_all()
            query = SQL(
                LOANS_QUERY,
                product=product.id,
                as_of=as_of,
                after=last,
                limit=PROVISION_BATCH,
            )
            ids = [row[0] for row in self.env.execute_query(query)]
            if not ids:
                return
            last = ids[-1]
            yield self.env["carloan.loan"].sudo().browse(ids)

    def _provision_loans(self, product, loans, as_of):
        """Compute, post and record the provisions of loans of one product."""
        loans = loans.sorted("id")
        loans._lock()
        self._check_no_later_provision(loans, as_of)
        policy = self.env["carloan.provision.policy"].sudo()
        policy = policy._get_for_product(product, as_of)
        rows = self._read_provision_facts(loans, as_of)
        self._complete_provision_facts(rows, policy, as_of)
        found = self._compute_provisions(rows, policy, as_of)
        self._merge_provisions(rows, found)
        move = self._post_provisions(product, rows, as_of)
        return self._record_provisions(product, policy, rows, as_of, move)

    def _check_no_later_provision(self, loans, as_of):
        """Refuse to set an allowance of the past under one that stands on it."""
        later = (
            self.env["carloan.provision"]
            .sudo()
            .search(
                [
                    ("loan_id", "in", loans.ids),
                    ("date", ">", as_of),
                    ("state", "=", "posted"),
                ],
                limit=1,
            )
        )
        if later:
            raise UserError(
                self.env._(
                    "The allowance of loan %(loan)s is set for %(later)s already, so "
                    "it cannot be set for %(date)s any more. Undo the later one first, "
                    "or choose a later day.",
                    loan=later.loan_id.name,
                    later=later.date,
                    date=as_of,
                )
            )

    # ------------------------------------------------------------------
    # POSTING
    # ------------------------------------------------------------------

    def _post_provisions(self, product, rows, as_of):
        """Post the charges and releases of a set of loans as one entry."""
        charged = [row for row in rows if row["charge"]]
        if not charged:
            return self.env["account.move"].sudo()
        if not product.journal_id:
            self._raise_no_journal(product)
        move = self._create_moves(
            [self._prepare_provision_move(product, charged, as_of)]
        )
        move._post(soft=False)
        return move

    def _prepare_provision_move(self, product, rows, as_of):
        """Return the values of the entry: a line of allowance per loan."""
        loans = self.env["carloan.loan"].sudo().browse([row["id"] for row in rows])
        lines, sums = [], {True: 0, False: 0}
        for loan, row in zip(loans, rows, strict=True):
            for line in engine_ledger.entry("provision", charge=row["charge"]):
                amount = line.debit - line.credit
                if line.role == "allowance":
                    lines.append(self._prepare_line_vals(loan, line.role, "", amount))
                else:
                    sums[amount > 0] += amount
        lines += [
            self._prepare_impairment_line(loans, amount)
            for amount in sums.values()
            if amount
        ]
        one = loans if len(loans) == 1 else loans.browse()
        return {
            "move_type": "entry",
            "journal_id": product.journal_id.id,
            "company_id": product.company_id.id,
            "partner_id": one.partner_id.id,
            "date": as_of,
            "ref": self.env._(
                "%(what)s - Loss allowance of %(date)s",
                what=one.name or product.display_name,
                date=as_of,
            ),
            "carloan_loan_id": one.id,
            "carloan_event": "provision",
            "carloan_event_key": self._get_provision_key(loans, as_of),
            "line_ids": [Command.create({**v, "date_maturity": as_of}) for v in lines],
        }

    def _get_provision_key(self, loans, as_of):
        """Return what makes the entry unique: a run after an undo has its own."""
        undone = self.env["carloan.provision"].sudo()
        undone = undone.search_count(
            [("loan_id", "=", loans[0].id), ("date", "=", as_of)]
        )
        again = f":{undone}" if undone else ""
        return f"provision:{loans[0].id}:{as_of}{again}"

    def _prepare_impairment_line(self, loans, amount):
        """Return the journal item of all charges, or all releases, of an entry."""
        vals = self._prepare_line_vals(loans[0], "impairment", "", amount)
        if len(loans) > 1:
            vals.update(
                name=loans.product_id.display_name,
                partner_id=False,
                carloan_loan_id=False,
            )
        return vals

    def _record_provisions(self, product, policy, rows, as_of, move):
        """Write the provisions and the stages of a set of loans, in sets."""
        loans = self.env["carloan.loan"].sudo().browse([row["id"] for row in rows])
        common = {
            "company_id": product.company_id.id,
            "product_id": product.id,
            "currency_id": loans[:1].currency_id.id,
            "date": as_of,
            "state": "posted",
            "policy_id": policy.id,
            "create_uid": self.env.uid,
            "write_uid": self.env.uid,
            "create_date": fields.Datetime.now(),
            "write_date": fields.Datetime.now(),
        }
        values = [
            tuple(
                {**common, **self._prepare_provision_vals(loans, row, move)}[name]
                for name in PROVISION_COLUMNS
            )
            for row in rows
        ]
        ids = self.env.cr.execute_values(
            PROVISION_INSERT, values, page_size=len(values), fetch=True
        )
        made = self.env["carloan.provision"].sudo().browse(row[0] for row in ids)
        made.invalidate_model()
        loans._store_stages([(row["id"], str(row["stage"]), as_of) for row in rows])
        return made

    def _prepare_provision_vals(self, loans, row, move):
        """Return the figures of one provision, as its table takes them."""
        money = ("ead", "ecl", "before", "charge")
        amounts = loans[:1]._from_minor([row[name] for name in money])
        names = ("dpd", "cn_class", "pd", "months", "ltv", "lgd", "assessment_id")
        return {
            **{name: row[name] for name in names},
            **dict(zip(money, amounts, strict=True)),
            "loan_id": row["id"],
            "pd12": row["pd12"],
            "stage": str(row["stage"]),
            "stage_before": row["stage_before"],
            "overlay_rate": row["overlay"],
            "overlay_id": row["overlay_id"],
            "move_id": (row["charge"] and move.id) or None,
        }
