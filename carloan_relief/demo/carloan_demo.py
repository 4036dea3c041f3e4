"""Builds the demonstration book: users, products, loans, lateness, requests.

Only called from ``demo/users.xml`` and ``demo/demo.xml``. Everything goes through the
same methods that staff use, so it cannot show a state that the product cannot reach.
"""

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models

from .people import borrowers

# login, name, groups; the password is the login: for a local demonstration only
USERS = (
    ("officer", "Officer Demo", ["carloan_relief.group_officer"]),
    ("approver", "Approver Demo", ["carloan_relief.group_approver"]),
    ("manager", "Manager Demo", ["carloan_relief.group_manager"]),
    ("analyst", "Analyst Demo", ["carloan_relief.group_risk_analyst"]),
    # the second group shows the journal items of an entry in Odoo Community
    (
        "accountant",
        "Accountant Demo",
        ["account.group_account_manager", "account.group_account_user"],
    ),
    ("auditor", "Auditor Demo", ["carloan_relief.group_auditor"]),
)


class CarloanDemo(models.AbstractModel):
    _name = "carloan.demo"
    _description = "Demonstration data of car-loan relief"

    @api.model
    def _build(self):
        """Build the whole demonstration once; a second call changes nothing."""
        if self.env["carloan.loan"].search_count([("import_ref", "=", "DEMO-00")]):
            return
        self = self.with_context(  # noqa: PLW0642
            tracking_disable=True,
            mail_create_nosubscribe=True,
            mail_notify_force_send=False,
        )
        users = self._build_users()
        team = self.env["carloan.team"].create(
            {"name": "Relief desk", "member_ids": [(6, 0, users["officer"].ids)]}
        )
        people = borrowers()
        products = self._build_products()
        loans = self._build_loans(people, products, users, team)
        self._build_portal_user(loans)
        self._run_life(people, loans)
        self._build_statements(people, loans)
        self._build_risk_data(loans)
        self.env["carloan.loan"].browse(
            [loan.id for loan in loans if loan.state == "active"]
        )._assess()
        self._build_requests(people, loans, users)
        asked = [one for one in people if one.flooded]
        self._build_campaign(
            self.env["carloan.loan"].union(*(loans[one.number] for one in asked)), users
        )
        self._cancel_mails()

    def _cancel_mails(self):
        """Nobody lives at these addresses: what was written is kept, not sent."""
        mails = self.env["mail.mail"].search([("state", "=", "outgoing")])
        mails.notification_ids.notification_status = "canceled"
        mails.cancel()

    # ------------------------------------------------------------------
    # WHO
    # ------------------------------------------------------------------

    @api.model
    def _build_users(self):
        """Create one user for each role; return {login: user}."""
        Users = self.env["res.users"].with_context(no_reset_password=True)
        found = Users.search([("login", "in", [row[0] for row in USERS])])
        by_login = {user.login: user for user in found}
        missing = [row for row in USERS if row[0] not in by_login]
        created = Users.create(
            [
                {
                    "login": login,
                    "password": login,
                    "name": name,
                    "email": f"{login}@example.com",
                    "group_ids": [
                        (4, self.env.ref(group).id)
                        for group in ["base.group_user", *groups]
                    ],
                }
                for login, name, groups in missing
            ]
        )
        return by_login | {user.login: user for user in created}

    def _build_portal_user(self, loans):
        """Give one borrower with an offer a login to the customer portal."""
        partner = loans[31].partner_id
        self.env["res.users"].with_context(no_reset_password=True).create(
            {
                "login": "borrower",
                "password": "borrower",
                "partner_id": partner.id,
                "group_ids": [(6, 0, self.env.ref("base.group_portal").ids)],
            }
        )

    # ------------------------------------------------------------------
    # LOANS
    # ------------------------------------------------------------------

    def _build_products(self):
        """Create the two products and map their accounts; {method: product}."""
        products = self.env["carloan.product"].create(
            [
                self._prepare_product_vals("New car, level instalments", "annuity"),
                self._prepare_product_vals(
                    "Car, equal principal", "equal_principal", annual_rate=0.066
                ),
            ]
        )
        for product in products:
            product.action_map_accounts()
        return {product.method: product for product in products}

    def _prepare_product_vals(self, name, method, annual_rate=0.072):
        return {
            "name": name,
            "code": f"DEMO-{method}",
            "method": method,
            "annual_rate": annual_rate,
            "instalments": 36,
            "penalty_rate": 0.108,
            "suspend_days": 90,
            "grace_days": 3,
        }

    def _build_loans(self, people, products, users, team):
        """Create partner, vehicle and draft loan of every borrower, in sets."""
        partners = self.env["res.partner"].create(
            [
                {
                    "name": person.name,
                    "lang": person.lang,
                    "email": f"borrower{person.number:02}@example.com",
                }
                for person in people
            ]
        )
        vehicles = self.env["carloan.vehicle"].create(
            [self._prepare_vehicle_vals(person) for person in people]
        )
        loans = self.env["carloan.loan"].create(
            [
                self._prepare_loan_vals(person, partner, vehicle, products)
                | {"user_id": users["officer"].id, "team_id": team.id}
                for person, partner, vehicle in zip(
                    people, partners, vehicles, strict=True
                )
            ]
        )
        self._build_parties(loans)
        return loans

    def _prepare_vehicle_vals(self, person):
        make, model, fuel, price = person.car
        today = fields.Date.context_today(self)
        value = round(price * (0.6 if person.used else 1.0), -2)
        bought = today - relativedelta(months=person.months + 1)
        return {
            "make": make,
            "model": model,
            "fuel": fuel,
            "condition": "used" if person.used else "new",
            "model_year": bought.year - (4 if person.used else 0),
            "plate": f"沪A·{10000 + 137 * person.number}",
            "purchase_value": value,
            "valuation_ids": [
                (0, 0, {"date": bought, "value": value, "source": "Purchase"}),
                (
                    0,
                    0,
                    {
                        "date": today - relativedelta(days=20),
                        # a car loses about a seventh of its value a year
                        "value": round(value * 0.86 ** (person.months / 12), -2),
                        "source": "Market guide",
                    },
                ),
            ],
        }

    def _prepare_loan_vals(self, person, partner, vehicle, products):
        today = fields.Date.context_today(self)
        # the last instalment fell due up to three weeks ago
        last_due = today - relativedelta(days=4 + person.number % 19)
        first_due = last_due - relativedelta(months=max(person.months - 1, 0))
        return {
            "import_ref": f"DEMO-{person.number:02}",
            "partner_id": partner.id,
            "vehicle_id": vehicle.id,
            "product_id": products[person.method].id,
            "principal": round(vehicle.purchase_value * 0.7, -3),
            "instalments": person.term,
            "start_date": first_due - relativedelta(months=1),
            "first_due_date": first_due,
        }

    def _build_parties(self, loans):
        """Some loans have a co-borrower, some a guarantor."""
        roles = {0: "co_borrower", 1: "guarantor", 2: "mortgagor"}
        chosen = [loan for i, loan in enumerate(loans) if i % 5 < 2]
        partners = self.env["res.partner"].create(
            [{"name": f"{loan.partner_id.name} (family)"} for loan in chosen]
        )
        self.env["carloan.loan.party"].create(
            [
                {
                    "loan_id": loan.id,
                    "partner_id": partner.id,
                    "role": roles[i % 3],
                }
                for i, (loan, partner) in enumerate(zip(chosen, partners, strict=True))
            ]
        )

    # ------------------------------------------------------------------
    # LIFE
    # ------------------------------------------------------------------

    def _run_life(self, people, loans):
        """Disburse, bill up to today, and pay as each borrower did."""
        for person, loan in zip(people, loans, strict=True):
            if person.state != "draft":
                loan.action_disburse(loan.start_date)
        # whole lives are billed before the first payment is in: who is late, and whose
        # interest is therefore no income, is asked when all payments are
        quiet = self.with_context(carloan_keep_suspension=True)
        quiet.env["carloan.ledger"]._bill_due(fields.Date.context_today(self))
        for number in range(max(person.months for person in people)):
            quiet._pay_round(people, loans, number)
        self.env["carloan.loan"].union(*loans)._refresh_position()

    def _pay_round(self, people, loans, number):
        """Pay instalment ``number`` of every loan that paid it, in one set."""
        vals_list = []
        for person, loan in zip(people, loans, strict=True):
            row = loan.instalment_ids.sorted("sequence")[number : number + 1]
            share = self._share_paid(person, number)
            if row and share and person.state != "draft":
                vals_list.append(self._prepare_payment_vals(loan, row, share))
        payments = self.env["account.payment"].create(vals_list)
        payments.action_post()

    def _share_paid(self, person, number):
        """1 for a paid instalment, a part for the first missed one, else 0."""
        billed = min(person.months, person.term)
        first_missed = billed - person.missed
        if number < first_missed:
            return 1.0
        return person.part if number == first_missed and number < billed else 0.0

    def _prepare_payment_vals(self, loan, row, share):
        return {
            "payment_type": "inbound",
            "partner_type": "customer",
            "partner_id": loan.partner_id.id,
            "carloan_loan_id": loan.id,
            "journal_id": loan.product_id.bank_journal_id.id,
            "date": row.due_date,
            "amount": loan.currency_id.round(row.amount * share),
            "memo": f"{loan.name} / {row.sequence}",
        }

    def _build_statements(self, people, loans):
        """One dated statement of income and outgoings for each borrower."""
        today = fields.Date.context_today(self)
        self.env["carloan.financial.statement"].create(
            [
                {
                    "partner_id": loan.partner_id.id,
                    "date": today - relativedelta(days=10),
                    "net_income": person.income,
                    "living_costs": person.living,
                    "other_debt": person.debt,
                    "dependants": person.dependants,
                    "employment": "employed",
                }
                for person, loan in zip(people, loans, strict=True)
            ]
        )
