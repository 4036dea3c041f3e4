import { _t } from "@web/core/l10n/translation";
import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

export const UNSENT = _t(
    "Nothing was sent, and what you entered stays here. Check your connection, or sign in again in another tab. Then press the button once more."
);

/**
 * A form that is sent once, and only while its sender is signed in.
 *
 * A form posted after the session ended comes to the login page and its words are
 * gone; after signing in again in another tab its token is an old one. So the server
 * is asked first: it answers with the token of the session as it is now, or not at
 * all, and then everything typed and chosen stays on the page.
 */
export class CarloanForm extends Interaction {
    static selector = ".o_carloan_once, .o_carloan_paper_form, .o_carloan_apply";
    dynamicContent = {
        _root: { "t-on-submit": this.onSubmit },
    };

    setup() {
        this.state = "open";
    }

    start() {
        // a page that comes back by the browser's "back" may be sent again
        this.addListener(window, "pageshow", () => (this.state = "open"));
    }

    async onSubmit(ev) {
        if (this.state === "asked") {
            this.state = "sent";
            return;
        }
        // a second press of the button sends nothing twice
        ev.preventDefault();
        if (this.state !== "open") {
            return;
        }
        this.state = "asking";
        try {
            const session = await this.waitFor(
                rpc("/my/relief/session", {}, { silent: true })
            );
            this.el.querySelector("input[name=csrf_token]").value = session.csrf_token;
        } catch {
            this.state = "open";
            this.tellUnsent();
            return;
        }
        this.state = "asked";
        this.el.requestSubmit(ev.submitter);
    }

    tellUnsent() {
        let box = this.el.querySelector(".o_carloan_unsent");
        if (!box) {
            box = document.createElement("div");
            box.className = "o_carloan_unsent alert alert-warning mt-2";
            box.setAttribute("role", "alert");
            this.el.append(box);
        }
        box.textContent = UNSENT;
        box.scrollIntoView({ block: "nearest" });
    }
}

registry.category("public.interactions").add("carloan_relief_portal.form", CarloanForm);
