"""A borrower walks from the login to the signature, on a phone, in both languages.

Every button is pressed with the keyboard. The pages are kept as pictures under
`.local/screenshots/portal`, and the browser's console must stay clean. One borrower
has a loan made for the walk, the other a truly late loan of the imported 2017 tape.
"""

import base64
import csv
import datetime
import gzip
import sys
import tempfile
import time
from pathlib import Path

from odoo import fields
from odoo.tests import new_test_user, tagged
from odoo.tests.common import ChromeBrowser

from odoo.addons.carloan_relief.tools import tape as tape_reader

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from carloan_relief_portal.common import PASSWORD, PortalCase  # noqa: E402

PICTURES = Path(__file__).resolve().parents[2] / ".local" / "screenshots" / "portal"
PHONE = {"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": True}
WAIT = 30
DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
TAPE = ("tape_2017_loans.csv.gz", "tape_2017_payments.csv.gz")
TAPE_DATE = datetime.date(2018, 12, 31)
# one loan in so many of the 3,513: some sixty, a handful of them truly late
ONE_IN = 58


# what scripts write into the page: kept at .., and the button under a message
MESSAGES = "document.querySelector('#chatterRoot').shadowRoot"
WORDS = {"en_US": ("Kept at", "Send"), "zh_CN": ("已于", "发送")}


class Phone:
    """A browser of phone size that is driven by the keyboard."""

    def __init__(self, case, language):
        self.case = case
        self.language = language
        self.complaints = []
        self.pictures = 0
        self.browser = ChromeBrowser(case)
        self.browser.error_checker = self._complain
        self._ask("Emulation.setDeviceMetricsOverride", **PHONE)
        self.browser.set_cookie("frontend_lang", language, "/", "127.0.0.1")

    def _complain(self, message):
        self.complaints.append(message)
        return False

    def _ask(self, method, **params):
        return self.browser._websocket_request(method, params=params)

    def evaluate(self, code):
        answer = self._ask("Runtime.evaluate", expression=code, returnByValue=True)
        return answer["result"].get("value")

    def open(self, path):
        self.browser.navigate_to(self.case.base_url() + path, wait_stop=True)
        # interactions start after the page: their listeners must be there
        self.wait("document.readyState === 'complete' && !!window.odoo.loader")
        time.sleep(1)

    def wait(self, code):
        """Wait until a JavaScript condition holds."""
        end = time.time() + WAIT
        while time.time() < end:
            try:
                if self.evaluate(f"Boolean({code})"):
                    return
            except Exception:  # noqa: BLE001 the page is being replaced
                time.sleep(0.2)
            time.sleep(0.1)
        self.take("failed")
        self.case.fail(f"waited {WAIT} s in vain for: {code}")

    def see(self, selector):
        self.wait(f"document.querySelector({selector!r})")
        time.sleep(0.5)

    def fill(self, selector, text):
        """Type into a field; a box or a choice is set and told to the page."""
        self.see(selector)
        self.evaluate(
            f"""(() => {{
            const field = document.querySelector({selector!r});
            field.focus();
            if (["checkbox", "radio"].includes(field.type)) {{ field.click(); return; }}
            field.value = {text!r};
            field.dispatchEvent(new Event("input", {{bubbles: true}}));
            field.dispatchEvent(new Event("change", {{bubbles: true}}));
            }})()"""
        )

    def press(self, selector):
        """Press a button or follow a link with the Enter key."""
        self.see(selector)
        # a button that the page still holds back takes no focus yet
        self.wait(
            f"""(() => {{
            const button = document.querySelector({selector!r});
            button.focus();
            return document.activeElement === button;
            }})()"""
        )
        key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13}
        self._ask("Input.dispatchKeyEvent", type="keyDown", text="\r", **key)
        self._ask("Input.dispatchKeyEvent", type="keyUp", **key)
        time.sleep(1)

    def leave(self):
        """Let the page finish what it loads, then leave it."""
        time.sleep(3)
        self._ask("Page.navigate", url="about:blank")
        time.sleep(1)

    def take(self, name):
        """Keep a picture of the whole page, which must not scroll sideways."""
        self.pictures += 1
        width = self.evaluate("document.documentElement.scrollWidth")
        size = self._ask("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": 360, "height": size["height"], "scale": 1}
        answer = self._ask(
            "Page.captureScreenshot", captureBeyondViewport=True, clip=clip
        )
        folder = PICTURES / self.case.pictures / self.language
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{self.pictures:02}-{name}.png"
        file.write_bytes(base64.b64decode(answer["data"]))
        self.case.assertLessEqual(width, 360, f"{name} scrolls sideways")


class Walk(PortalCase):
    """The steps of the walk; a subclass says whose."""

    pictures = "made"

    def _walk(self, language, title, thanks):
        self.words = WORDS[language]
        phone = Phone(self, language)
        self.addCleanup(phone.browser.stop)
        with self._served(phone):
            self._log_in(phone)
            self._apply(phone, title)
        case = self.env["carloan.relief.request"].search(
            [("loan_id", "=", self.loan.id)]
        )
        self.assertEqual(case.state, "submitted")
        self.assertEqual(case.wished_plan, [{"kind": "extend", "instalments": 3}])
        self._decide(case)
        with self._served(phone):
            self._sign(phone, case, thanks)
        case.invalidate_recordset()
        self.assertEqual(case.state, "accepted")
        self.assertEqual(case.signed_by, self.alice.name)
        self.assertTrue(case.agreement_id)
        self.assertTrue(case.signature)
        self.assertFalse(phone.complaints)

    def _served(self, phone):
        """Let the browser's requests see the data of the test."""
        self.env.cr.flush()
        self.env.cr.clear()
        return self.allow_requests(browser=phone.browser)

    def _log_in(self, phone):
        phone.open("/web/login?redirect=/my/loans")
        phone.take("login")
        phone.fill("input[name=login]", self.alice.login)
        phone.fill("input[name=password]", PASSWORD)
        phone.press("form.oe_login_form button[type=submit]")
        phone.see(".o_carloan_card")
        phone.take("loans")
        phone.press(".o_carloan_card a")
        phone.see("#loan_actions a")
        phone.take("loan")

    def _apply(self, phone, title):
        phone.press("#loan_actions a.btn-primary")
        phone.see(".o_carloan_apply")
        self.assertIn(title, phone.evaluate("document.querySelector('h1').innerText"))
        phone.fill("#reason_id", str(self.reason.id))
        phone.fill("#temporary_yes", "")
        phone.fill("#note", "The factory cut our hours.")
        # kept while typing, before any button was pressed
        phone.wait("document.querySelector('.o_carloan_saved').innerText.trim()")
        kept = phone.evaluate("document.querySelector('.o_carloan_saved').innerText")
        self.assertIn(self.words[0], kept)
        self.assertEqual(
            phone.evaluate("document.documentElement.lang"),
            phone.language.replace("_", "-"),
        )
        phone.press("button[value=what-if]")
        phone.see(".o_carloan_what_if")
        phone.fill("#extend", "3")
        phone.see("input[name=wish_extend][value='3']")
        phone.take("what-if")
        phone.press(".o_carloan_answer button[value=wish]")
        phone.see(".o_carloan_apply")
        self.assertIn(
            "factory", phone.evaluate("document.querySelector('#note').value")
        )
        phone.fill("#net_income", "9000")
        phone.fill("#living_costs", "5000")
        phone.fill("#consent_truth", "")
        phone.press("button.btn-primary[value=send]")
        # one consent is missing: named, and nothing typed is lost
        phone.see("#apply_errors")
        phone.take("apply-missing")
        phone.fill("#consent_data", "")
        phone.press("button.btn-primary[value=send]")
        phone.see(".o_carloan_timeline")
        phone.take("received")
        phone.leave()

    def _decide(self, case):
        raise NotImplementedError

    def _sign(self, phone, case, thanks):
        phone.open(f"/my/relief/{case.id}")
        phone.see(".o_portal_chatter")
        phone.wait(f"{MESSAGES}.querySelector('.o-mail-Composer-send')")
        send = f"{MESSAGES}.querySelector('.o-mail-Composer-send').innerText"
        self.assertIn(self.words[1], phone.evaluate(send))
        phone.take("offers")
        phone.press("a.btn-primary.w-100")
        phone.see(".o_portal_sign_submit:not([disabled])")
        phone.take("sign")
        # time to read before it can be signed
        phone.wait("!document.querySelector('.o_carloan_sign_area').inert")
        phone.press(".o_portal_sign_submit")
        phone.see(".alert-success")
        said = phone.evaluate("document.querySelector('.alert-success').innerText")
        self.assertIn(thanks, said)
        phone.take("signed")
        phone.leave()


@tagged("post_install", "-at_install")
class TestBorrowerWalk(Walk):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grade = cls.env["carloan.risk.grade"].search([("name", "=", "C")])
        cls.loan.risk_grade_id = cls.grade

    def test_walk_in_english(self):
        self._walk("en_US", "Ask for relief", "Thank you")

    def test_walk_in_chinese(self):
        self.alice.partner_id.lang = "zh_CN"
        self._walk("zh_CN", "申请还款调整", "谢谢")

    def test_session_lost_in_the_middle(self):
        """What was typed and signed stays on the page and is sent after a new login."""
        case = self._offered()
        phone = Phone(self, "en_US")
        self.addCleanup(phone.browser.stop)
        with self._served(phone):
            self._log_in(phone)
            phone.open(f"/my/relief/{case.id}")
            phone.press("details summary")
            phone.fill("#decline_reason", "Still too much for us.")
            self._lose_session(phone)
            phone.press("form[action$=decline] button")
            phone.see(".o_carloan_unsent")
            phone.take("signed-out")
            typed = phone.evaluate("document.querySelector('#decline_reason').value")
            self.assertEqual(typed, "Still too much for us.")
            self._sign_in_elsewhere(phone)
            phone.press("form[action$=decline] button")
            phone.see(".alert-success")
            phone.leave()
        case.invalidate_recordset()
        self.assertEqual(case.decline_reason, "Still too much for us.")
        self.assertFalse(phone.complaints)

    def test_session_lost_before_the_signature(self):
        case = self._offered()
        phone = Phone(self, "en_US")
        self.addCleanup(phone.browser.stop)
        with self._served(phone):
            self._log_in(phone)
            phone.open(f"/my/relief/{case.id}/offers/{case.offer_id.id}")
            phone.see(".o_portal_sign_submit:not([disabled])")
            phone.wait("!document.querySelector('.o_carloan_sign_area').inert")
            self._lose_session(phone)
            phone.press(".o_portal_sign_submit")
            phone.see(".o_portal_sign_error_msg")
            self._sign_in_elsewhere(phone)
            phone.press(".o_portal_sign_submit:not([disabled])")
            phone.see(".alert-success")
            phone.leave()
        case.invalidate_recordset()
        self.assertEqual((case.state, case.signed_by), ("accepted", self.alice.name))
        self.assertFalse(phone.complaints)

    def _lose_session(self, phone):
        phone._ask("Network.deleteCookies", name="session_id", domain="127.0.0.1")

    def _sign_in_elsewhere(self, phone):
        """Sign in as in another tab: the page keeps the token of the old session."""
        self.sign_in(self.alice)
        phone.browser.set_cookie("session_id", self.session.sid, "/", "127.0.0.1")

    def _decide(self, case):
        case.with_user(self.officer).action_assess()
        rule = case.policy_id._get_rule(self.grade)
        case.write({"grade_id": self.grade.id, "rule_id": rule.id})
        case._generate_offers(case._get_position())
        case.with_user(self.officer).action_request_approval()
        case.with_user(self.approver)._decide("validate", "Fine")


def cut_tape(folder):
    """Write every so-many-th loan of the tape with its payments, as plain files."""
    refs = set()
    for name in TAPE:
        with (
            gzip.open(DATA / name, "rt", newline="") as source,
            open(folder / name[:-3], "w", newline="") as target,
        ):
            rows, write = csv.reader(source), csv.writer(target).writerow
            write(next(rows))
            for number, row in enumerate(rows):
                if name == TAPE[0] and number % ONE_IN == 0:
                    refs.add(row[0])
                if row[0] in refs:
                    write(row)
    return [str(folder / name[:-3]) for name in TAPE]


@tagged("post_install", "-at_install")
class TestTapeBorrowerWalk(Walk):
    """A real late loan; skipped where the tape is not at hand."""

    pictures = "tape"

    @classmethod
    def setUpClass(cls):
        missing = [name for name in TAPE if not (DATA / name).is_file()]
        if missing:
            cls.skipTest(cls, f"no real tape: {', '.join(missing)} not in {DATA}")
        super().setUpClass()
        cls._make_company()
        cls.loans = cls._import_tape()
        cls.env["carloan.ledger"]._bill_due(cls.today)
        cls.loan = cls._pick_late_loan()
        partner = cls.loan.partner_id
        partner.email = "tape@example.com"
        cls.alice = cls._make_user(
            "tape@example.com",
            "base.group_portal",
            password=PASSWORD,
            partner_id=partner.id,
            name=partner.name,
        )
        cls.officer, cls.approver, cls.manager = (
            cls._make_user(f"tape-{role}", f"carloan_relief.group_{role}")
            for role in ("officer", "approver", "manager")
        )
        cls.loan.user_id = cls.officer

    @classmethod
    def _make_user(cls, login, groups, **values):
        companies = {
            "company_id": cls.company.id,
            "company_ids": [(6, 0, cls.company.ids)],
        }
        return new_test_user(cls.env, login=login, groups=groups, **companies, **values)

    @classmethod
    def _make_company(cls):
        """A company that keeps its books in the tape's currency, with its policy."""
        usd = cls.env.ref("base.USD")
        usd.active = True
        cls.company = cls.env["res.company"].create(
            {"name": "Imported loans", "currency_id": usd.id}
        )
        cls.env.user.company_ids += cls.company
        cls.env["account.chart.template"].try_loading("generic_coa", cls.company, False)
        cls.company.currency_id = usd
        cls.env = cls.env(
            context={**cls.env.context, "allowed_company_ids": cls.company.ids}
        )
        shared = cls.env.ref("carloan_relief.relief_policy_china")
        own = shared.sudo().copy(
            {"company_id": cls.company.id, "jurisdiction_id": False}
        )
        # these loans run for 72 months
        own.rule_ids.write({"max_total_term_new": 0, "max_total_term_used": 0})
        own.rule_ids.write({"may_capitalise": True, "max_extend": 12})
        own.state = "in_force"

    @classmethod
    def _import_tape(cls):
        """Import the cut as it stood at the end of 2018, moved to the last month."""
        product = cls.env["carloan.product"].create(
            {"name": "Imported", "code": "CUT", "company_id": cls.company.id}
        )
        product.action_map_accounts()
        with tempfile.TemporaryDirectory() as folder:
            files = cut_tape(Path(folder))
            tape = tape_reader.read_tape(*files, tape_reader.Options(as_of=TAPE_DATE))
        last = fields.Date.start_of(cls.today, "month") - datetime.timedelta(days=1)
        months = (last.year - TAPE_DATE.year) * 12 + last.month - TAPE_DATE.month
        loader = cls.env["carloan.tape.loader"]
        result = loader._load(tape.shifted(months), product)
        return cls.env["carloan.loan"].browse(result.loan_ids)

    @classmethod
    def _pick_late_loan(cls):
        """The loan that is least late of those more than a month behind."""
        late = cls.loans.filtered(lambda loan: loan.dpd > 30).sorted("dpd")
        late._assess(cls.today)
        return late[0]

    def test_tape_walk_in_english(self):
        self._walk("en_US", "Ask for relief", "Thank you")

    def test_tape_walk_in_chinese(self):
        self.alice.partner_id.lang = "zh_CN"
        self._walk("zh_CN", "申请还款调整", "谢谢")

    def _decide(self, case):
        """Every tier that the case climbs, each by another person."""
        self.assertEqual(case.loan_id.import_ref, self.loan.import_ref)
        case.with_user(self.officer).action_assess()
        self.assertTrue(case.offer_id.affordable)
        case.with_user(self.officer).action_request_approval()
        for decider in (self.approver, self.manager):
            if case.state == "to_approve":
                case.with_user(decider)._decide("validate", "Fine")
        self.assertEqual(case.state, "offered")
