import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { formatMonetary, formatPercentage } from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component, useState } from "@odoo/owl";

/** Figures of a column, in the order in which people compare them. */
const ROWS = [
    ["instalment", _t("Instalment"), "money"],
    ["instalments", _t("Instalments left"), "count"],
    ["last_date", _t("Last instalment on"), "date"],
    ["total_cost", _t("Still to pay, in all"), "money"],
    ["apr", _t("Yearly cost (APR)"), "share"],
    ["concession", _t("Concession"), "money"],
    ["npv", _t("Expected value"), "money"],
    ["npv_gain", _t("Gain to the lender"), "money"],
];

/**
 * The loan as it is, the plan being set and every offer of the case side by side.
 *
 * The column of the plan reads the record, so it follows each change of an input; the
 * others come from the server once. "Start from this" sets the inputs of an offer.
 */
export class OfferTableField extends Component {
    static template = "carloan_relief.OfferTableField";
    static props = { ...standardFieldProps };

    setup() {
        this.state = useState({ words: false });
    }

    get value() {
        return this.props.record.data[this.props.name] || { before: {}, columns: [] };
    }

    get rows() {
        return ROWS;
    }

    get plan() {
        const { data } = this.props.record;
        if (data.error) {
            return {};
        }
        return {
            ...Object.fromEntries(ROWS.map(([name]) => [name, data[name]])),
            affordable: data.affordable,
            exception: data.is_exception,
            plan: data.plan_text,
            limits: data.breach_text,
        };
    }

    /** Read a figure; what a column does not know stays empty. */
    format(column, name, kind) {
        const value = column[name];
        if (value === undefined || value === false || value === null) {
            return "";
        }
        if (kind === "money") {
            return formatMonetary(value, { currencyId: this.value.currency_id });
        }
        if (kind === "share") {
            return value ? formatPercentage(value, { digits: [16, 2] }) : "–";
        }
        if (kind === "date") {
            const date =
                typeof value === "string" ? luxon.DateTime.fromISO(value) : value;
            return formatDate(date);
        }
        return String(value);
    }

    async start(column) {
        const { fields } = this.props.record;
        const inputs = Object.entries(column.inputs).map(([name, value]) => [
            name,
            value && fields[name].type === "date" ? deserializeDate(value) : value,
        ]);
        await this.props.record.update(Object.fromEntries(inputs));
    }
}

export const offerTableField = {
    component: OfferTableField,
    displayName: _t("Offers side by side"),
    supportedTypes: ["json"],
};

registry.category("fields").add("carloan_offer_table", offerTableField);
