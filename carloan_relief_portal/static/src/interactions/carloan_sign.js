import { rpc } from "@web/core/network/rpc";
import { addLoadingEffect } from "@web/core/utils/ui";
import { patch } from "@web/core/utils/patch";
import { redirect } from "@web/core/utils/urls";
import { SignatureForm } from "@portal/signature_form/signature_form";

import { UNSENT } from "./carloan_forms";

/**
 * Odoo's signature form waits for ever when the session has ended, and its button
 * stays locked after a refusal. On our pages it says what to do, keeps name and
 * signature, and lets the borrower press again.
 */
patch(SignatureForm.prototype, {
    async onClickSubmit() {
        if (!/^\/(my\/)?relief\//.test(this.props.callUrl)) {
            return super.onClickSubmit(...arguments);
        }
        const button = this.rootRef.el.querySelector(".o_portal_sign_submit");
        if (button.disabled) {
            return;
        }
        this.state.error = false;
        const unlock = addLoadingEffect(button);
        const answer = await this.askToSign();
        if (answer.redirect_url) {
            // locked until the next page is there
            redirect(answer.redirect_url);
            return;
        }
        unlock();
        this.state.error = answer.error;
    },

    async askToSign() {
        const signature = this.signature.getSignatureImage().split(",")[1];
        const params = { name: this.signature.name, signature };
        try {
            return await rpc(this.props.callUrl, params, { silent: true });
        } catch {
            return { error: UNSENT };
        }
    },
});
