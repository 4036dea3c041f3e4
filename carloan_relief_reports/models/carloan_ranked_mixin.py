from odoo import models
from odoo.tools import SQL


class CarloanRankedMixin(models.AbstractModel):
    """Groups of a selection in the order of its list, not by letters.

    By letters, "181-360 days" would stand before "31-60 days" in every graph.
    """

    _name = "carloan.ranked.mixin"
    _description = "Selections Grouped in Their Own Order"

    _ranked_fields = frozenset()

    def _read_group_orderby(self, order, groupby_terms, query):
        """Override to rank the values of the named selections."""
        terms = dict(groupby_terms)
        ranked = self._ranked_fields & terms.keys()
        for name in ranked:
            terms[name] = SQL(
                "array_position(%s::varchar[], %s)",
                self._fields[name].get_values(self.env),
                groupby_terms[name],
            )
        result = super()._read_group_orderby(order, terms, query)
        for name in terms.keys() - ranked:
            groupby_terms[name] = terms[name]
        return result
