"""What a browser takes to follow: a test that pytest runs as it does the others.

Prints one line of JSON a task: server and page together, measured in the page.
"""

import json
import statistics
import sys
from pathlib import Path

from odoo.tests import tagged

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tests"))

from carloan_relief_portal.common import PortalCase  # noqa: E402
from web.test_month_end import Desk  # noqa: E402

BAR = 0.3
MOVES = 10

MOVE = """
(async () => {
    const figure = () =>
        document.querySelector(".modal td[data-figure=instalment]").textContent;
    const field = document.querySelector(".modal div[name=extend] input[type=range]");
    const before = figure();
    const start = performance.now();
    field.value = %d;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    while (figure() === before) {
        await new Promise((done) => setTimeout(done, 5));
    }
    return performance.now() - start;
})()
"""


@tagged("post_install", "-at_install")
class BenchScreen(PortalCase):
    def test_the_figures_follow_a_slider(self):
        case = self._submitted()
        case.with_user(self.officer).action_assess()
        self.env.flush_all()
        desk = Desk(self)
        self.addCleanup(desk.browser.stop)
        login = self.officer.login
        with self.allow_requests(browser=desk.browser):
            self.authenticate(login, login, browser=desk.browser)
            self.env.cr.flush()
            self.env.cr.clear()
            desk.open(f"/odoo/relief-requests/{case.id}")
            desk.click("New Offer")
            desk.see(".modal .o_carloan_offers")
            times = [self._move(desk, 3 + 3 * (at % 2)) for at in range(MOVES)]
            desk.leave()
        self._say("figures follow a slider, median", statistics.median(times), times)
        self._say("  the slowest", max(times), times, bar=None)

    def _move(self, desk, count):
        """Return the seconds from a move of the slider to the new figure."""
        answer = desk._ask(
            "Runtime.evaluate",
            expression=MOVE % count,
            awaitPromise=True,
            returnByValue=True,
        )
        return answer["result"]["value"] / 1000

    def _say(self, task, seconds, times, bar=BAR):
        row = {"task": task, "clock": seconds, "processor": float("nan"), "bar": bar}
        print("\n" + json.dumps({**row, "remark": f"of {len(times)} moves"}))
