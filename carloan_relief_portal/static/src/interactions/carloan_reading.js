import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

const SECOND = 1000;

/**
 * Counts down the time to read before the signature opens. The server counts as well:
 * this only spares the borrower a refusal.
 */
export class CarloanReading extends Interaction {
    static selector = ".o_carloan_reading";

    start() {
        this.area = document.querySelector(".o_carloan_sign_area");
        this.opensAt = Date.now() + Number(this.el.dataset.seconds) * SECOND;
        this.area.inert = true;
        this.tick();
    }

    tick() {
        const left = Math.ceil((this.opensAt - Date.now()) / SECOND);
        if (left <= 0) {
            this.area.inert = false;
            this.el.remove();
            return;
        }
        this.el.querySelector(".o_carloan_left").textContent = left;
        this.waitForTimeout(() => this.tick(), SECOND);
    }
}

registry.category("public.interactions").add("carloan_relief_portal.reading", CarloanReading);
