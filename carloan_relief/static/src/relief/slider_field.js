import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useDebounced } from "@web/core/utils/timing";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component, useState } from "@odoo/owl";

const PAUSE = 40;

/**
 * A number that is set by a slider or typed beside it; the record hears of it while
 * the slider moves. `limits` is a JSON field of the record: {name: {policy, end}}.
 */
export class SliderField extends Component {
    static template = "carloan_relief.SliderField";
    static props = {
        ...standardFieldProps,
        limits: { type: String, optional: true },
        percent: { type: Boolean, optional: true },
        step: { type: Number, optional: true },
    };

    setup() {
        this.state = useState({ draft: null });
        this.save = useDebounced(this.saveNow.bind(this), PAUSE);
    }

    get factor() {
        return this.props.percent ? 100 : 1;
    }

    get limit() {
        const limits = this.props.record.data[this.props.limits] || {};
        return limits[this.props.name] || { policy: null, end: 1 };
    }

    get value() {
        const stored = this.props.record.data[this.props.name] || 0;
        return this.state.draft ?? this.shown(stored);
    }

    /** Rounded to what a person reads: a share of 0.07 is 7, not 7.000000000000001. */
    shown(value) {
        return Number((value * this.factor).toFixed(4));
    }

    get end() {
        return this.shown(Math.max(this.limit.end || 0, this.limit.policy || 0));
    }

    get policy() {
        return this.limit.policy === null ? null : this.shown(this.limit.policy);
    }

    get isBeyond() {
        return this.policy !== null && this.value > this.policy + 1e-9;
    }

    get policyText() {
        return _t("policy: up to %s", `${this.policy}${this.props.percent ? "%" : ""}`);
    }

    onInput(ev) {
        const value = Number(ev.target.value);
        if (Number.isFinite(value) && value >= 0) {
            this.state.draft = value;
            this.save();
        }
    }

    async saveNow() {
        const value = this.state.draft;
        if (value === null) {
            return;
        }
        const number = Number((value / this.factor).toFixed(6));
        await this.props.record.update({ [this.props.name]: number });
        if (this.state.draft === value) {
            this.state.draft = null;
        }
    }
}

export const sliderField = {
    component: SliderField,
    displayName: _t("Slider with the limit of the policy"),
    supportedTypes: ["integer", "float"],
    extractProps: ({ options }) => ({
        limits: options.limits,
        percent: Boolean(options.percent),
        step: options.step,
    }),
};

registry.category("fields").add("carloan_slider", sliderField);
