"""Every route of ours, tried by those who have no business there."""

import json

from odoo.exceptions import AccessError
from odoo.http import _generate_routing_rules
from odoo.tests import mute_logger, tagged

from .common import PASSWORD, PortalCase, signature
from .test_portal_answers import PDF

# Pages and forms that need one loan or one request; {x} is filled in by each test.
PAGES = (
    "/my/loans/{loan}",
    "/my/loans/{loan}/statement",
    "/my/loans/{loan}/pay",
    "/my/loans/{loan}/relief",
    "/my/loans/{loan}/relief/papers/{paper}",
    "/my/loans/{loan}/what-if",
    "/my/loans/{loan}/decision",
    "/my/relief/{case}",
    "/my/relief/{case}/offers/{offer}",
    "/my/relief/{case}/papers/{paper}",
    "/my/relief/{case}/agreement",
    "/my/relief/{case}/documents/{document}",
    "/my/relief/{case}/letter",
    # where the login page leads after an answer was posted signed out
    "/my/relief/{case}/{step}",
    "/my/relief/{case}/offers/{offer}/{step}",
)
FORMS = (
    ("/my/loans/{loan}/review", {"reason": "Not mine"}),
    ("/my/loans/{loan}/relief", {"step": "send", "note": "Not mine"}),
    ("/my/relief/{case}/decline", {"reason": "Not mine"}),
    ("/my/relief/{case}/withdraw", {}),
    ("/my/relief/{case}/cooloff", {}),
    ("/my/relief/{case}/something-else", {"wish": "Not mine"}),
    ("/my/relief/{case}/papers", {}),
    ("/my/relief/{case}/offers/{offer}/ask", {}),
)
CALLS = (
    ("/my/loans/{loan}/relief/draft", {"answers": {"note": "Not mine"}}),
    ("/my/loans/{loan}/what-if/answer", {"wish": {"extend": "3"}}),
    ("/my/loans/{loan}/pay/due/transaction", {"amount": 1.0}),
    (
        "/my/relief/{case}/offers/{offer}/sign",
        {"name": "Alice Li", "signature": signature()},
    ),
)
STRANGE = (
    None,
    True,
    -1,
    10**40,
    1e308,
    float("nan"),
    float("-inf"),
    "\x00\ud800",
    "9" * 5000,
    [],
    [[{}]],
    {},
    {"a": []},
)
# routes without a record: they list the user's own
OPEN_TO_ALL_BORROWERS = {
    "/my/loans",
    "/my/loans/page/<int:page>",
    "/my/relief/session",
}
# opened by a token of their own; test_portal_consent.py tries them
OPENED_BY_A_LINK = "/relief/consent/"
# the message box of a request is Odoo's: its routes take a record and a token
MESSAGES = (
    ("/mail/chatter_fetch", {}),
    ("/mail/message/post", {"post_data": {"body": "Not mine"}}),
)
# a field of each kind that is the lender's alone
LENDERS = (
    ("carloan.loan", ("cn_class", "risk_pd", "risk_grade_id", "risk_reason_text")),
    ("carloan.loan", ("risk_override_text", "risk_grade_chart", "review_ids")),
    ("carloan.loan", ("risk_lgd", "risk_prepayment", "override_ids")),
    ("carloan.loan", ("allowance_balance", "ifrs_stage", "provision_ids", "team_id")),
    ("carloan.relief.request", ("grade_id", "rule_id", "position", "concession")),
    ("carloan.relief.request", ("approver_ids", "offer_ids", "after_instalment")),
    ("carloan.schedule", ("cn_class_before", "event_key")),
    ("carloan.vehicle", ("value", "valuation_ids")),
)


@tagged("post_install", "-at_install")
class TestPortalSecurity(PortalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.case = cls._offered(cls.other_loan)
        cls.paper = cls.env["ir.attachment"].create(
            {
                "name": "secret.pdf",
                "raw": PDF,
                "res_model": cls.case._name,
                "res_id": cls.case.id,
            }
        )
        cls.case.paper_ids = cls.paper
        cls.others = {
            "loan": cls.other_loan.id,
            "case": cls.case.id,
            "offer": cls.case.offer_id.id,
            "paper": cls.paper.id,
            "document": cls._read_all(cls.case)[:1].id,
        }
        cls.guessed = dict.fromkeys(cls.others, 999999999)

    def _path(self, page, ids):
        """Fill a page of the table: its last word may be one of several."""
        return page.format(**ids, step="ask" if "{offer}" in page else "decline")

    def test_the_table_names_every_route_of_ours(self):
        tried = {page for page in PAGES} | {path for path, _d in (*FORMS, *CALLS)}
        tried = {path.replace("{", "<").replace("}", ">") for path in tried}
        ours = {
            url
            for url, endpoint in _generate_routing_rules(
                self.registry._init_modules, nodb_only=False
            )
            if endpoint.func.__module__.startswith("odoo.addons.carloan_relief")
        }
        # the counters and the home page are Odoo's, extended
        ours -= {"/my", "/my/counters", "/my/home"}
        ours = {url for url in ours if not url.startswith(OPENED_BY_A_LINK)}
        names = {
            "<int:loan_id>": "<loan>",
            "<int:request_id>": "<case>",
            "<int:offer_id>": "<offer>",
            "<int:paper_id>": "<paper>",
            "<int:document_id>": "<document>",
            "<any(decline, withdraw, papers, cooloff):step>": "<step>",
            "<any(ask, sign):step>": "<step>",
            "<any(due, overdue, next, other):what>": "due",
        }
        missing = set()
        for rule in ours - OPEN_TO_ALL_BORROWERS:
            for old, new in names.items():
                rule = rule.replace(old, new)
            if rule not in tried:
                missing.add(rule)
        self.assertTrue(ours)
        self.assertFalse(missing, "routes that no test of this file tries")

    def _assert_untouched(self):
        self.case.invalidate_recordset()
        self.assertEqual(self.case.state, "offered")
        self.assertFalse(self.case.wished_plan)
        self.assertEqual(self.case.paper_ids, self.paper)
        self.assertFalse(
            self.env["carloan.relief.application"]._get_for(self.other_loan)
        )

    def test_pages_of_another_borrower_answer_like_missing_ones(self):
        self.sign_in(self.alice)
        for page in PAGES:
            with self.subTest(page=page):
                other = self.page(self._path(page, self.others))
                guess = self.page(self._path(page, self.guessed))
                self.assertEqual((other.status_code, guess.status_code), (404, 404))
                self.assertEqual(_body(other.text), _body(guess.text))

    def test_forms_on_another_borrowers_records_do_nothing(self):
        self.sign_in(self.alice)
        for path, data in FORMS:
            with self.subTest(path=path):
                other = self.post(path.format(**self.others), data)
                guess = self.post(path.format(**self.guessed), data)
                self.assertEqual((other.status_code, guess.status_code), (404, 404))
                self.assertEqual(_body(other.text), _body(guess.text))
        self._assert_untouched()

    def test_calls_on_another_borrowers_records_do_nothing(self):
        self.sign_in(self.alice)
        for path, data in CALLS:
            with self.subTest(path=path):
                other = self.make_jsonrpc_request(path.format(**self.others), data)
                guess = self.make_jsonrpc_request(path.format(**self.guessed), data)
                self.assertEqual(other, guess)
        self._assert_untouched()

    def test_signed_out_reaches_the_login_page_only(self):
        self.authenticate(None, None)
        token = self.case._portal_ensure_token()
        for page in PAGES:
            with self.subTest(page=page):
                path = self._path(page, self.others)
                self.assertIn("/web/login", self.page(path).url)
                # a token from a mail opens no page, stale or not
                answer = self.page(f"{path}?access_token={token}")
                self.assertIn("/web/login", answer.url)
        for path, data in FORMS:
            with self.subTest(path=path):
                self.assertIn(
                    "/web/login", self.post(path.format(**self.others), data).url
                )
        self._assert_untouched()

    @mute_logger("odoo.http")
    def test_signed_out_calls_are_refused(self):
        for path, data in (*CALLS, ("/my/relief/session", {})):
            with self.subTest(path=path), self.assertRaises(Exception) as caught:
                self.make_jsonrpc_request(path.format(**self.others), data)
            self.assertIn("Session", str(caught.exception))
        self._assert_untouched()

    def test_token_of_the_record_helps_no_other_borrower(self):
        token = self.case._portal_ensure_token()
        self.sign_in(self.alice)
        for page in PAGES:
            with self.subTest(page=page):
                path = self._path(page, self.others)
                answer = self.page(f"{path}?access_token={token}")
                self.assertEqual(answer.status_code, 404)

    def test_values_of_any_type_answer_in_words(self):
        own = self._offered(self.loan)
        third = self._make_loan(self.alice.partner_id)
        ids = {"loan": third.id, "case": own.id, "offer": own.offer_id.id}
        self.sign_in(self.alice)
        for value in STRANGE:
            for path, data in CALLS:
                (key, given), *more = data.items()
                inner = {k: value for k in given} if isinstance(given, dict) else value
                for params in (
                    {key: value},
                    {key: inner},
                    {**data, key: inner, "loan_id": value, "more": value},
                    {**dict(more), key: value},
                ):
                    with self.subTest(path=path, params=str(params)[:80]):
                        answer = self._call(path.format(**ids), params)
                        self.assertEqual(answer.status_code, 200, answer.text)
                        self.assertIsInstance(answer.json()["result"], dict)
        self.assertEqual(own.state, "offered")

    def _call(self, path, params):
        """Post as a script may: Odoo's helper refuses to write NaN."""
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": params})
        headers = {"Content-Type": "application/json"}
        return self.url_open(path, data=body, headers=headers)

    def test_ids_too_large_for_the_database_are_not_found(self):
        self.sign_in(self.alice)
        for path in ("/my/loans/99999999999", "/my/relief/99999999999"):
            with self.subTest(path=path):
                self.assertEqual(self.page(path).status_code, 404)

    def test_offer_of_another_case_is_not_reached_through_the_own_one(self):
        own = self._offered(self.loan)
        self.sign_in(self.alice)
        foreign = self.case.offer_id.id
        page = self.page(f"/my/relief/{own.id}/offers/{foreign}")
        self.assertEqual(page.status_code, 404)
        paper = self.page(f"/my/relief/{own.id}/papers/{self.paper.id}")
        self.assertEqual(paper.status_code, 404)
        answer = self.make_jsonrpc_request(
            f"/my/relief/{own.id}/offers/{foreign}/sign",
            {"name": "Alice", "signature": signature()},
        )
        self.assertIn("error", answer)
        self.assertEqual(own.state, "offered")

    def test_internal_attachments_of_the_own_case_stay_inside(self):
        own = self._submitted(self.loan)
        note = self.env["ir.attachment"].create(
            {"name": "note", "raw": b"x", "res_model": own._name, "res_id": own.id}
        )
        self.sign_in(self.alice)
        answer = self.page(f"/my/relief/{own.id}/papers/{note.id}")
        self.assertEqual(answer.status_code, 404)

    def test_over_rpc_own_requests_are_read_and_nothing_written(self):
        own = self._offered(self.loan)
        mine = own.with_user(self.alice)
        mine.check_access("read")
        self.assertNotIn(self.case, mine.search([]))
        for move in (
            "action_accept",
            "action_assess",
            "action_activate",
            "action_offer",
            "action_cool_off",
            "action_print_agreement",
            "action_withdraw",
        ):
            with self.subTest(move=move), self.assertRaises(AccessError):
                getattr(mine, move)()
        for values in ({"note": "x"}, {"state": "active"}, {"wished_plan": []}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                mine.write(values)
        for model in (
            "carloan.relief.offer",
            "carloan.relief.application",
            "carloan.relief.consent",
            "carloan.document",
            "carloan.document.template",
        ):
            with self.subTest(model=model), self.assertRaises(AccessError):
                self.env[model].with_user(self.alice).search([])

    @mute_logger("odoo.http")
    def test_no_token_opens_the_messages_or_writes_in_anothers_name(self):
        record = {"thread_model": self.case._name, "thread_id": self.case.id}
        partner = self.case.partner_id
        before = self.case.message_ids
        for user in (None, self.alice):
            self.authenticate(user and user.login, user and PASSWORD)
            for given in (
                {},
                {"token": self.case._portal_ensure_token()},
                {"pid": partner.id, "hash": self.case._sign_token(partner.id)},
            ):
                for path, data in MESSAGES:
                    with self.subTest(user=user, path=path, given=given):
                        answer = self._call(path, {**record, **data, **given})
                        found = answer.json().get("result", {}).get("messages")
                        self.assertFalse(found, answer.text)
        self.case.invalidate_recordset()
        self.assertEqual(self.case.message_ids, before)

    def test_borrower_writes_to_the_officer(self):
        own = self._submitted(self.loan)
        own.message_unsubscribe(own.message_partner_ids.ids)
        self.sign_in(self.alice)
        params = {"thread_model": own._name, "thread_id": own.id}
        words = {"body": "When do I hear?", "message_type": "comment"}
        post = {"post_data": {**words, "subtype_xmlid": "mail.mt_comment"}}
        self.make_jsonrpc_request("/mail/message/post", {**params, **post})
        message = own.message_ids.sorted("id")[-1]
        self.assertEqual(message.author_id, self.alice.partner_id)
        self.assertIn("When do I hear", message.body)
        self.assertIn(self.officer.partner_id, message.notified_partner_ids)

    def test_over_rpc_the_lenders_fields_are_closed(self):
        for model, names in LENDERS:
            records = self.env[model].with_user(self.alice)
            shown = records.fields_get()
            for name in names:
                with self.subTest(model=model, field=name):
                    self.assertNotIn(name, shown)
                    with self.assertRaises(AccessError):
                        records.search([(name, "!=", False)])
        with self.assertRaises(AccessError):
            self.loan.with_user(self.alice).read(["allowance_balance"])
        self.loan.with_user(self.alice).read(["principal_balance", "overdue_amount"])
        self.assertTrue(self.loan.with_user(self.officer).read(["risk_pd"]))

    def test_draft_of_staff_is_not_shown(self):
        loan = self._make_loan(self.alice.partner_id)
        draft = self.env["carloan.relief.request"].create({"loan_id": loan.id})
        self.sign_in(self.alice)
        self.assertEqual(self.page(f"/my/relief/{draft.id}").status_code, 404)
        self.assertNotIn(draft, draft.with_user(self.alice).search([]))


@tagged("post_install", "-at_install")
class TestPortalQueries(PortalCase):
    """Figure of the portal: a page takes fewer than 60 queries."""

    def test_pages_stay_below_sixty_queries(self):
        case = self._offered()
        second = self._make_loan(self.alice.partner_id)
        self.sign_in(self.alice)
        for path in (
            "/my",
            "/my/loans",
            f"/my/loans/{self.loan.id}",
            f"/my/loans/{second.id}/relief",
            f"/my/loans/{second.id}/what-if?extend=3",
            f"/my/relief/{case.id}",
            f"/my/relief/{case.id}/offers/{case.offer_id.id}",
        ):
            with self.subTest(path=path):
                self.page(path)
                # as the next visitor finds it: warm templates, cold records
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                self.page(path)
                count = self.env.cr.sql_log_count - before
                print(f"{path}: {count} queries")  # noqa: T201
                self.assertLess(count, 60)


def _body(html):
    """The page without its frame, which repeats the address it was asked for."""
    return html.partition("<main")[2].partition("</main>")[0]
