"""A borrower walks from the login to the signature, on a phone, in both languages.

Every button is pressed with the keyboard. The pages are kept as pictures under
`.local/screenshots/portal`, and the browser's console must stay clean.
"""

import base64
import sys
import time
from pathlib import Path

from odoo.tests import tagged
from odoo.tests.common import ChromeBrowser

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from carloan_relief_portal.common import PASSWORD, PortalCase  # noqa: E402

PICTURES = Path(__file__).resolve().parents[2] / ".local" / "screenshots" / "portal"
PHONE = {"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": True}
WAIT = 30


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
        folder = PICTURES / self.language
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{self.pictures:02}-{name}.png"
        file.write_bytes(base64.b64decode(answer["data"]))
        self.case.assertLessEqual(width, 360, f"{name} scrolls sideways")


@tagged("post_install", "-at_install")
class TestBorrowerWalk(PortalCase):
    def test_walk_in_english(self):
        self._walk("en_US", "Ask for relief", "Thank you")

    def test_walk_in_chinese(self):
        self.alice.partner_id.lang = "zh_CN"
        self._walk("zh_CN", "申请还款调整", "谢谢")

    def _walk(self, language, title, thanks):
        grade = self.env["carloan.risk.grade"].search([("name", "=", "C")])
        self.loan.risk_grade_id = grade
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
        self.assertEqual(case.signed_by, "Alice Li")
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
        case.with_user(self.officer).action_assess()
        grade = self.env["carloan.risk.grade"].search([("name", "=", "C")])
        rule = case.policy_id._get_rule(grade)
        case.write({"grade_id": grade.id, "rule_id": rule.id})
        case._generate_offers(case._get_position())
        case.with_user(self.officer).action_request_approval()
        case.with_user(self.approver)._decide("validate", "Fine")

    def _sign(self, phone, case, thanks):
        phone.open(f"/my/relief/{case.id}")
        phone.see(".o_portal_chatter")
        phone.take("offers")
        phone.press("a.btn-primary.w-100")
        phone.see(".o_portal_sign_submit:not([disabled])")
        phone.take("sign")
        phone.press(".o_portal_sign_submit")
        phone.see(".alert-success")
        said = phone.evaluate("document.querySelector('.alert-success').innerText")
        self.assertIn(thanks, said)
        phone.take("signed")
        phone.leave()
