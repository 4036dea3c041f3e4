import { _t } from "@web/core/l10n/translation";
import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

const KEEP_AFTER = 800;

/**
 * The application for relief keeps itself while it is typed. Everything works
 * without this script as well: the buttons keep, upload and send by themselves.
 */
export class CarloanApply extends Interaction {
    static selector = ".o_carloan_apply";
    dynamicContent = {
        _root: {
            "t-on-input": this.debounced(this.keep, KEEP_AFTER),
        },
    };

    start() {
        // the list of what is missing gets the focus, so that it is read out first
        document.querySelector("#apply_errors")?.focus();
    }

    get answers() {
        const answers = {};
        for (const field of this.el.elements) {
            if (!field.name || ["step", "csrf_token", "papers"].includes(field.name)) {
                continue;
            }
            if (field.type === "checkbox") {
                answers[field.name] = field.checked ? "1" : "";
            } else if (field.type !== "radio" || field.checked) {
                answers[field.name] = field.value;
            }
        }
        return answers;
    }

    async keep() {
        let text;
        try {
            const kept = await this.waitFor(
                rpc(this.el.dataset.draftUrl, { answers: this.answers }, { silent: true })
            );
            text = kept.error || _t("Kept at %s", kept.saved_at);
        } catch {
            text = _t(
                "We could not keep your last words. Check your connection, or sign in again in another tab and type on here."
            );
        }
        this.el.querySelector(".o_carloan_saved").textContent = text;
    }
}

registry.category("public.interactions").add("carloan_relief_portal.apply", CarloanApply);

/**
 * Says that a file is too large before it is sent over a phone line. The server
 * checks again.
 */
export class CarloanPapers extends Interaction {
    static selector = ".o_carloan_apply, .o_carloan_paper_form";
    dynamicContent = {
        ".o_carloan_papers": { "t-on-change": this.onChange },
    };

    onChange(ev) {
        const limit = Number(this.el.dataset.paperMb);
        const large = [...ev.target.files].filter((file) => file.size > limit * 1024 * 1024);
        const error = this.el.querySelector(".o_carloan_paper_error");
        error.classList.toggle("d-block", large.length > 0);
        error.textContent = large.length
            ? _t("%(file)s is larger than %(limit)s MB. Choose a smaller one.", {
                  file: large[0].name,
                  limit,
              })
            : "";
        if (large.length) {
            ev.target.value = "";
        }
    }
}

registry.category("public.interactions").add("carloan_relief_portal.papers", CarloanPapers);
