"""Tests of several connections: on committed data, cleaned up behind."""

from contextlib import contextmanager

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, new_test_user
from odoo.tools import mute_logger

# made by such a test, deleted in this order
TABLES = (
    "carloan_bank_line",
    "carloan_bank_import",
    "carloan_settlement",
    "carloan_provision",
    "carloan_memo",
    "account_partial_reconcile",
    "account_full_reconcile",
    "account_payment",
    "account_move_line",
    "account_move",
    "mail_message",
    "carloan_write_off",
    "carloan_repossession",
    "carloan_instalment",
    "carloan_loan",
    "carloan_vehicle",
    "carloan_product",
    "account_journal",
    "account_account",
    "res_users",
    "res_partner",
)


class CommittedCase(BaseCase):
    """What a test makes by `_make_book` is there for every connection."""

    def setUp(self):
        super().setUp()
        # connections that meet make the database refuse one: that is the test
        muted = mute_logger("odoo.sql_db")
        muted.__enter__()
        self.addCleanup(muted.__exit__, None, None, None)
        self.registry = Registry(get_db_name())
        with self._env() as env:
            self.last = {table: self._get_last(env, table) for table in TABLES}
        self.addCleanup(self._clean)
        with self._env() as env:
            self.loan_ids = self._make_book(env)

    @contextmanager
    def _env(self):
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})

    def _get_last(self, env, table):
        env.cr.execute(f"SELECT COALESCE(max(id), 0) FROM {table}")
        return env.cr.fetchone()[0]

    def _clean(self):
        with self._env() as env:
            env.cr.execute(
                "UPDATE carloan_loan SET schedule_id = NULL, previous_schedule_id = "
                "NULL WHERE id > %s",
                [self.last["carloan_loan"]],
            )
            for table in TABLES:
                env.cr.execute(f"DELETE FROM {table} WHERE id > %s", [self.last[table]])
        self.registry.clear_all_caches()

    def _make_book(self, env):
        """Make what the test needs and return the ids of its loans."""
        raise NotImplementedError

    def _lend(self, env, **values):
        """Lend 12,000 to one borrower under a product of its own; return the loan."""
        product = env["carloan.product"].create({"name": "Race", "annual_rate": 0.072})
        product.action_map_accounts()
        loan = env["carloan.loan"].create(
            {
                "partner_id": env["res.partner"].create({"name": "Chen Lei"}).id,
                "product_id": product.id,
                "principal": 12000.0,
                "instalments": 12,
                **values,
            }
        )
        loan.action_disburse()
        return loan

    def _make_cashiers(self, env):
        """Return the ids of two people who may take money."""
        return [
            new_test_user(env, f"cashier_{n}", "account.group_account_invoice").id
            for n in "ab"
        ]

    def _open_session(self, user_id):
        """Return the environment of a session, with a connection of its own."""
        cr = self.registry.cursor()
        self.addCleanup(cr.close)
        return api.Environment(cr, user_id, {})
