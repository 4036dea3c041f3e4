"""An officer makes an offer with the sliders, as in the browser: one walk.

Figures follow while the slider moves; how long that takes, `scripts/bench.py` measures.
"""

import sys
from pathlib import Path

from odoo.tests import tagged

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from carloan_relief_portal.common import PortalCase  # noqa: E402

WALK = """
(async () => {
    // a first visit builds the assets, which takes a slow machine a while
    const wait = async (what, find) => {
        for (let i = 0; i < 3000; i++) {
            const found = find();
            if (found) {
                return found;
            }
            await new Promise((done) => setTimeout(done, 25));
        }
        throw new Error(`waited in vain for ${what}`);
    };
    const one = (selector) => document.querySelector(selector);
    const button = (text, root = ".o_form_view") =>
        [...document.querySelectorAll(`${root} button`)].find(
            (node) => node.textContent.trim() === text
        );
    const figure = (name) => one(`.modal td[data-figure=${name}]`).textContent;
    const set = async (name, value, follows) => {
        const before = figure(follows);
        const field = one(`.modal div[name=${name}] input[type=range]`);
        field.value = value;
        field.dispatchEvent(new Event("input", { bubbles: true }));
        await wait(`${follows} to follow ${name}`, () => figure(follows) !== before);
    };
    const equal = (what, real, wanted) => {
        if (real !== wanted) {
            throw new Error(`${what}: ${real}, not ${wanted}`);
        }
    };

    (await wait("New Offer", () => button("New Offer"))).click();
    await wait("the offers side by side", () => one(".modal .o_carloan_offers"));
    const columns = document.querySelectorAll(".modal .o_carloan_offers thead th");
    if (columns.length < 4) {
        throw new Error(`only ${columns.length} columns`);
    }
    const shown = new Set();
    for (const count of [3, 6, 3]) {
        await set("extend", count, "instalment");
        shown.add(figure("instalment"));
    }
    equal("figures of two plans", shown.size, 2);
    await wait("both schedules", () => one(".modal .o_carloan_chart_after"));

    button("Why each was chosen, and which limit binds", ".modal").click();
    await wait("the words", () => one(".modal .o_carloan_offers").textContent.includes(
        "Limited by"));

    // an offer sets the inputs, and the plan has its figures
    const start = await wait("an offer", () => one(".modal button[data-offer]"));
    const index = [...start.closest("tr").children].indexOf(start.closest("td"));
    const row = one(".modal td[data-figure=total_cost]").closest("tr");
    const wanted = row.children[index].textContent;
    start.click();
    await wait("the plan of the offer", () => figure("total_cost") === wanted);

    // what the borrower can pay for some time
    const type = (name, value) => {
        const field = one(`.modal div[name=${name}] input`);
        field.value = value;
        field.dispatchEvent(new Event("input", { bubbles: true }));
        field.dispatchEvent(new Event("change", { bubbles: true }));
    };
    const usual = figure("instalment");
    type("low_amount", "1500");
    await wait("the lowered instalment", () =>
        figure("instalment").includes("1,500.00"));
    await wait("for how long", () => one(".modal div[name=low_instalments] input"));
    type("low_amount", "0");
    await wait("the usual instalment", () => figure("instalment") === usual);

    // beyond the policy: a reason is asked for, and no proposal goes without it
    const limit = one(".modal div[name=extend] .o_carloan_slider_policy").textContent;
    await set("extend", Number(limit.match(/\\d+/)[0]) + 1, "instalment");
    const reason = await wait("the reason", () =>
        one(".modal div[name=exception_reason] textarea"));
    const proposed = figure("instalment");
    button("Propose", ".modal").click();
    await wait("the refusal", () => one(".o_notification_bar.bg-danger"));
    reason.value = "The flood";
    reason.dispatchEvent(new Event("input", { bubbles: true }));
    reason.dispatchEvent(new Event("change", { bubbles: true }));
    button("Propose", ".modal").click();
    await wait("the dialog to close", () => !one(".modal"));
    await wait("the offer as proposed", () =>
        one(".o_form_view").textContent.includes(proposed));
    equal("dialogs left open", document.querySelectorAll(".modal").length, 0);
    console.log("test successful");
})().catch((error) => console.error(error.message));
"""


@tagged("post_install", "-at_install")
class TestOfferWizard(PortalCase):
    def test_an_officer_makes_an_exception_with_the_sliders(self):
        case = self._submitted()
        case.with_user(self.officer).action_assess()
        self.env.flush_all()
        self.browser_js(
            f"/odoo/relief-requests/{case.id}",
            WALK,
            login=self.officer.login,
            timeout=180,
        )
        case.invalidate_recordset()
        offer = case.offer_id
        self.assertEqual((offer.pick, offer.is_exception), ("custom", True))
        self.assertEqual(offer.exception_reason, "The flood")
        self.assertIn("max_extend", offer.binding)
        self.assertGreater(offer.apr, 0)
