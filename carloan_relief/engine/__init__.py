"""The formulas of car-loan relief: pure Python and numpy, no Odoo.

Every function takes arrays of N loans; one loan is N = 1. Money is int64 minor
units (cents), rates are float fractions a year, dates are ``datetime64[D]``.
Import the module you need (``from ...engine import schedule``): nothing is
imported here, so that a short script pays only for what it uses.
"""
