import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component } from "@odoo/owl";

const WIDTH = 640;
const ROW = 34;
const MARGIN = { top: 10, right: 16, bottom: 26, left: 34 };

/**
 * Draws the grades of loans over time, as steps: the best grade on top.
 *
 * The value is { grades: [name], series: [{ name, points: [[date, at, text, marked]] }] };
 * `at` counts grades from the best, `marked` points were set by a rule or by people.
 */
export class GradeChartField extends Component {
    static template = "carloan_relief.GradeChartField";
    static props = { ...standardFieldProps };

    get value() {
        return this.props.record.data[this.props.name] || {};
    }

    get grades() {
        return this.value.grades || [];
    }

    get series() {
        return this.value.series || [];
    }

    get size() {
        return {
            ...MARGIN,
            width: WIDTH,
            height: MARGIN.top + MARGIN.bottom + ROW * this.grades.length,
        };
    }

    get label() {
        return _t("Grades over time");
    }

    y(at) {
        return MARGIN.top + ROW * (at + 0.5);
    }

    get scale() {
        const days = this.series.flatMap((item) =>
            item.points.map((point) => Date.parse(point[0]))
        );
        const low = Math.min(...days);
        const high = Math.max(...days);
        return { low, high };
    }

    x(date) {
        const { low, high } = this.scale;
        const width = WIDTH - MARGIN.left - MARGIN.right;
        return high === low
            ? MARGIN.left + width / 2
            : MARGIN.left + ((Date.parse(date) - low) / (high - low)) * width;
    }

    path(points) {
        return points
            .map(([date, at], index) => {
                const x = this.x(date).toFixed(1);
                return index ? `H ${x} V ${this.y(at)}` : `M ${x} ${this.y(at)}`;
            })
            .join(" ");
    }

    get dates() {
        const { low, high } = this.scale;
        const text = (time) => luxon.DateTime.fromMillis(time).toFormat("yyyy-MM-dd");
        const right = WIDTH - MARGIN.right;
        return low === high
            ? [{ x: (MARGIN.left + right) / 2, anchor: "middle", text: text(low) }]
            : [
                  { x: MARGIN.left, anchor: "start", text: text(low) },
                  { x: right, anchor: "end", text: text(high) },
              ];
    }
}

export const gradeChartField = {
    component: GradeChartField,
    displayName: _t("Grades over time"),
    supportedTypes: ["json"],
};

registry.category("fields").add("carloan_grade_chart", gradeChartField);
