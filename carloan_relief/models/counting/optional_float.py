from odoo import fields


class OptionalFloat(fields.Float):
    """A number that may be missing, so that averages leave the record out.

    Odoo stores a float without value as 0, which an average takes for a step done in
    no time. Here it stays empty: in the database, in lists, and in every average.
    """

    def convert_to_cache(self, value, record, validate=True):
        if value is None or value is False:
            return None
        return super().convert_to_cache(value, record, validate)

    def convert_to_column(self, value, record, values=None, validate=True):
        if value is None or value is False:
            return None
        return super().convert_to_column(value, record, values, validate)

    def convert_to_record(self, value, record):
        return False if value is None else value
