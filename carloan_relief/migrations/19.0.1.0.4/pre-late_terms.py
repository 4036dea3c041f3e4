"""Loans from before the terms on late payment were those of the contract.

They were read from the product, so what it says on this day is what each loan is given.
By one statement, before the ORM finds the fields: it would compute loan by loan, and
leave those that are signed without terms.
"""

from odoo.tools.sql import SQL, column_exists, create_column

# column of the loan: (column of the product, type, where the product has none yet)
TERMS = {
    "penalty_rate": ("penalty_rate", "numeric", 0),
    "penalty_uplift": ("penalty_uplift", "numeric", 0),
    "overdue_bears_interest": ("overdue_interest", "boolean", False),
    "grace_days": ("grace_days", "int4", 0),
    "penalty_cap": ("penalty_cap", "numeric", 0),
    "allocation_order": (
        "allocation_order",
        "varchar",
        "fee,penalty,interest,principal",
    ),
    "allocation_mode": ("allocation_mode", "varchar", "horizontal"),
}


def migrate(cr, version):
    """Give each loan the terms that its product has."""
    values = []
    for name, (source, kind, default) in TERMS.items():
        if column_exists(cr, "carloan_loan", name):
            continue
        create_column(cr, "carloan_loan", name, kind)
        value = SQL("%s", default)
        if column_exists(cr, "carloan_product", source):
            value = SQL("COALESCE(product.%s, %s)", SQL.identifier(source), default)
        if name == "penalty_uplift":
            # a loan may not have a negative one; it never had an effect
            value = SQL("GREATEST(%s, 0)", value)
        values.append(SQL("%s = %s", SQL.identifier(name), value))
    if values:
        cr.execute(
            SQL(
                "UPDATE carloan_loan loan SET %s FROM carloan_product product"
                " WHERE product.id = loan.product_id",
                SQL(", ").join(values),
            )
        )
