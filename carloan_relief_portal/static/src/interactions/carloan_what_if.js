import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

const ASK_AFTER = 300;

/**
 * Answers the what-if form while it is changed. The figures come from the server,
 * as a finished piece of the page: no formula and no second template lives here.
 */
export class CarloanWhatIf extends Interaction {
    static selector = ".o_carloan_what_if";
    dynamicContent = {
        _root: {
            "t-on-input": this.debounced(this.ask, ASK_AFTER),
            "t-on-submit.prevent": this.ask,
        },
    };

    setup() {
        this.asked = 0;
    }

    async ask() {
        const number = ++this.asked;
        const wish = Object.fromEntries(new FormData(this.el));
        const answer = await this.waitFor(rpc(this.el.dataset.answerUrl, { wish }));
        // of several answers under way, the last one counts
        if (number === this.asked && answer.html) {
            document.querySelector(".o_carloan_answer").innerHTML = answer.html;
        }
    }
}

registry.category("public.interactions").add("carloan_relief_portal.what_if", CarloanWhatIf);
