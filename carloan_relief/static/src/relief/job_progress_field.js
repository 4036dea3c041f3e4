import { registry } from "@web/core/registry";
import {
    ProgressBarField,
    progressBarField,
} from "@web/views/fields/progress_bar/progress_bar_field";

import { onMounted, onWillUnmount } from "@odoo/owl";

const SECONDS = 3;

/**
 * A progress bar that asks again while the job of its record runs.
 *
 * The record has a field `state`, which is `running` while there is something to wait for.
 */
export class JobProgressField extends ProgressBarField {
    setup() {
        super.setup();
        onMounted(() => {
            this.timer = setInterval(() => this.refresh(), SECONDS * 1000);
        });
        onWillUnmount(() => clearInterval(this.timer));
    }

    async refresh() {
        const { record } = this.props;
        if (record.data.state === "running" && !this.isAsking) {
            this.isAsking = true;
            try {
                await record.load();
            } finally {
                this.isAsking = false;
            }
        }
    }
}

registry.category("fields").add("carloan_job_progress", {
    ...progressBarField,
    component: JobProgressField,
});
