"""What a screen takes to follow: tests that pytest runs as it does the others.

Prints one line of JSON a task: of the server alone, and of server and page together,
measured in the page.
"""

import json
import statistics
import sys
import time
from pathlib import Path

from odoo.tests import Form, tagged

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tests"))

from carloan_relief_portal.common import PortalCase  # noqa: E402
from web.test_month_end import Desk  # noqa: E402

BAR, SERVER_BAR = 0.3, 0.15
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
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.case = cls._submitted()
        cls.case.with_user(cls.officer).action_assess()
        cls.env.flush_all()

    def test_the_server_answers_a_slider(self):
        wizard = self.env["carloan.relief.offer.wizard"].with_user(self.officer)
        form = Form(wizard.with_context(default_request_id=self.case.id))
        times, busy = [], []
        for at in range(MOVES):
            self.env.invalidate_all()
            start, began = time.perf_counter(), time.process_time()
            form.extend = 3 + 3 * (at % 2)
            times.append(time.perf_counter() - start)
            busy.append(time.process_time() - began)
        self._say("preview of an offer, server alone", times, SERVER_BAR, busy)

    def test_the_figures_follow_a_slider(self):
        desk = Desk(self)
        self.addCleanup(desk.browser.stop)
        login = self.officer.login
        with self.allow_requests(browser=desk.browser):
            self.authenticate(login, login, browser=desk.browser)
            self.env.cr.flush()
            self.env.cr.clear()
            desk.open(f"/odoo/relief-requests/{self.case.id}")
            desk.click("New Offer")
            desk.see(".modal .o_carloan_offers")
            times = [self._move(desk, 3 + 3 * (at % 2)) for at in range(MOVES)]
            desk.leave()
        self._say("figures follow a slider in the browser", times, BAR)

    def _move(self, desk, count):
        """Return the seconds from a move of the slider to the new figure."""
        answer = desk._ask(
            "Runtime.evaluate",
            expression=MOVE % count,
            awaitPromise=True,
            returnByValue=True,
        )
        return answer["result"]["value"] / 1000

    def _say(self, task, times, bar, busy=(float("nan"),)):
        clock, processor = statistics.median(times), statistics.median(busy)
        remark = f"median of {len(times)} moves, the slowest {max(times):.3f} s"
        row = {"task": task, "clock": clock, "processor": processor, "bar": bar}
        print("\n" + json.dumps({**row, "remark": remark}))
