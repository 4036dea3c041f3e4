"""A filter in words, for the cover of a workbook and the text of a mail."""

from odoo.fields import Domain


def describe(model, domain):
    """Return a domain on a model in words; the raw domain where it nests."""
    domain = Domain(domain)
    if domain.is_true():
        return ""
    conditions = list(domain.iter_conditions())
    flat = Domain.AND(conditions)
    either = Domain.OR(conditions)
    words = [_condition(model, condition) for condition in conditions]
    if len(words) == 1 and domain == conditions[0]:
        return words[0]
    if domain == flat:
        return "; ".join(words)
    if domain == either:
        return model.env._(" or ").join(words)
    return str(list(domain))


def _condition(model, condition):
    """Return “label operator value” of one condition."""
    path = condition.field_expr
    field = model._fields.get(path)
    if not field:
        return f"{path} {condition.operator} {condition.value}"
    value = _value(model, field, condition.value)
    return f"{field._description_string(model.env)} {condition.operator} {value}"


def _value(model, field, value):
    """Return the value of a condition by its name where it has one."""
    several = isinstance(value, list | tuple | set | frozenset) or (
        hasattr(value, "__iter__") and not isinstance(value, str)
    )
    values = list(value) if several else [value]
    if field.type == "selection":
        labels = dict(field._description_selection(model.env))
        values = [labels.get(item, item) for item in values]
    elif field.comodel_name and all(isinstance(item, int) for item in values):
        found = model.env[field.comodel_name].browse(values).exists()
        names = dict(zip(found.ids, found.mapped("display_name"), strict=True))
        values = [names.get(item, item) for item in values]
    return ", ".join(str(item) for item in values)
