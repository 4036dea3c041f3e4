import { _t } from "@web/core/l10n/translation";
import { formatMonetary } from "@web/views/fields/formatters";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component, useState } from "@odoo/owl";

const WIDTH = 640;
const HEIGHT = 230;
const MARGIN = { top: 12, right: 12, bottom: 26, left: 74 };

/**
 * Draws the schedule before and after a relief, as balance or as instalments.
 *
 * The value is { before: [[date, instalment, balance]], after: [...], currency_id }.
 */
export class ScheduleChartField extends Component {
    static template = "carloan_relief.ScheduleChartField";
    static props = { ...standardFieldProps };

    setup() {
        this.state = useState({ column: 2, hover: null });
    }

    get value() {
        return this.props.record.data[this.props.name] || {};
    }

    get before() {
        return this.value.before || [];
    }

    get after() {
        return this.value.after || [];
    }

    get isEmpty() {
        return !this.before.length && !this.after.length;
    }

    get label() {
        return this.state.column === 2
            ? _t("Balance of both schedules")
            : _t("Instalments of both schedules");
    }

    /** Bounds of both schedules together: dates as days, amounts from zero. */
    get scale() {
        const points = [...this.before, ...this.after];
        const days = points.map((point) => Date.parse(point[0]));
        const low = Math.min(...days);
        const high = Math.max(...days);
        const top = Math.max(...points.map((point) => point[this.state.column]), 1);
        const width = WIDTH - MARGIN.left - MARGIN.right;
        const height = HEIGHT - MARGIN.top - MARGIN.bottom;
        return {
            low,
            high,
            top,
            x: (date) =>
                MARGIN.left + ((Date.parse(date) - low) / (high - low || 1)) * width,
            y: (amount) => MARGIN.top + height - (amount / top) * height,
        };
    }

    /** Path of one schedule: a line for the balance, steps for the instalments. */
    path(rows) {
        const { x, y } = this.scale;
        const column = this.state.column;
        return rows
            .map((row, index) => {
                const at = `${x(row[0]).toFixed(1)} ${y(row[column]).toFixed(1)}`;
                if (!index) {
                    return `M ${at}`;
                }
                return column === 2
                    ? `L ${at}`
                    : `V ${y(row[column]).toFixed(1)} H ${x(row[0]).toFixed(1)}`;
            })
            .join(" ");
    }

    get ticks() {
        const { top, y } = this.scale;
        return [0, 0.5, 1].map((part) => ({
            y: y(top * part),
            text: this.format(top * part, true),
        }));
    }

    get dates() {
        const { low, high } = this.scale;
        return [low, (low + high) / 2, high].map((time, index) => ({
            x: MARGIN.left + ((WIDTH - MARGIN.left - MARGIN.right) * index) / 2,
            anchor: ["start", "middle", "end"][index],
            text: luxon.DateTime.fromMillis(time).toFormat("yyyy-MM"),
        }));
    }

    get size() {
        return { width: WIDTH, height: HEIGHT, ...MARGIN };
    }

    format(amount, short = false) {
        return formatMonetary(amount, {
            currencyId: this.value.currency_id,
            humanReadable: short,
        });
    }

    /** Show the rows of both schedules nearest to the pointer. */
    onMove(ev) {
        const box = ev.currentTarget.getBoundingClientRect();
        const position = ((ev.clientX - box.left) / box.width) * WIDTH;
        const { x } = this.scale;
        const nearest = (rows) =>
            rows.reduce(
                (best, row) =>
                    !best ||
                    Math.abs(x(row[0]) - position) < Math.abs(x(best[0]) - position)
                        ? row
                        : best,
                null
            );
        const before = nearest(this.before);
        const after = nearest(this.after);
        const anchor = after || before;
        this.state.hover = anchor && { x: x(anchor[0]), date: anchor[0], before, after };
    }

    onLeave() {
        this.state.hover = null;
    }

    get hoverText() {
        const { before, after, date } = this.state.hover;
        const column = this.state.column;
        const parts = [date];
        if (before) {
            parts.push(_t("now %s", this.format(before[column])));
        }
        if (after) {
            parts.push(_t("after %s", this.format(after[column])));
        }
        return parts.join(" · ");
    }

    show(column) {
        this.state.column = column;
        this.state.hover = null;
    }
}

export const scheduleChartField = {
    component: ScheduleChartField,
    displayName: _t("Schedules before and after"),
    supportedTypes: ["json"],
};

registry.category("fields").add("carloan_schedule_chart", scheduleChartField);
