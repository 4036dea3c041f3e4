"""The fields that texts may ask for: what they say, which must not be left out."""

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

COMMON = {
    "lender": _lt("Name of the lender"),
    "lender_address": _lt("Address of the lender"),
    "lender_phone": _lt("Telephone number of the lender"),
    "lender_email": _lt("E-mail address of the lender"),
    "officer": _lt("Officer in charge"),
    "addressee": _lt("Person the document is made out to"),
    "addressee_address": _lt("Address of that person"),
    "borrower": _lt("Name of the borrower"),
    "borrower_address": _lt("Address of the borrower"),
    "loan": _lt("Number of the loan"),
    "contract_date": _lt("First day of the loan"),
    "vehicle": _lt("Vehicle"),
    "vin": _lt("Vehicle identification number"),
    "request": _lt("Number of the request"),
    "hardship": _lt("Hardship the borrower named"),
    "today": _lt("Date of the document"),
    "currency": _lt("Currency"),
}

_PLAN = {
    "measures": _lt("What changes, one sentence each (list)"),
    "comparison": _lt("Before and after side by side (table)"),
    "schedule": _lt("Every instalment of the new schedule (table)"),
    "instalment": _lt("New instalment"),
    "instalments": _lt("Number of instalments left"),
    "first_due": _lt("First due date of the new schedule"),
    "last_due": _lt("Last due date of the new schedule"),
    "due_now": _lt("Amount due at once; empty without one"),
    "total": _lt("All still to pay"),
    "interest": _lt("Interest still to pay"),
    "annual_cost": _lt("Yearly cost of credit in per cent"),
    "penalty_rate": _lt("Penalty rate a year in per cent"),
    "grace_days": _lt("Days of grace before a penalty runs"),
    "consents": _lt("Persons whose consent is needed; empty without one"),
    "valid_until": _lt("Until when the offer may be accepted"),
    "cooling_off_days": _lt("Days of the cooling-off period; empty without one"),
}
_COST = {
    "principal": _lt("Principal still owed"),
    "charges": _lt("Every charge and who takes it (table)"),
    "contingent": _lt("What it costs when the plan is not kept (table)"),
}

NAMES = {
    "agreement": {**_PLAN, **_COST},
    "disclosure": {**_PLAN, **_COST},
    "consent": {
        **_PLAN,
        "party_role": _lt("Role of the person: co-borrower, guarantor, mortgagor"),
        "party_effect": _lt("What the change means for that person"),
    },
    "decline": {
        "reasons": _lt("Principal reasons of the refusal (list)"),
        "complaint": _lt("How to complain, and to whom after that"),
    },
    "notice": {
        "subject": _lt("What the notice is about"),
        "details": _lt("Its particulars (list)"),
        "complaint": _lt("How to complain, and to whom after that"),
    },
    "broken": {
        "missed": _lt("What was not paid (list)"),
        "reinstated": _lt("Waivers that no longer hold; empty without one"),
        "next_steps": _lt("What happens next, and what can still be done"),
        "act_until": _lt("Last day to put the plan right; empty without one"),
        "complaint": _lt("How to complain, and to whom after that"),
    },
    "completed": {
        "completed_on": _lt("Day the plan was completed"),
        "waived": _lt("What was waived with it; empty without one"),
    },
}

BLOCKS = frozenset(
    {"measures", "comparison", "schedule", "charges", "contingent"}
    | {"reasons", "details", "missed"}
)

REQUIRED = {
    "agreement": frozenset(
        {"lender", "borrower", "loan", "measures", "schedule", "annual_cost"}
    ),
    "disclosure": frozenset(
        {"lender", "borrower", "principal", "annual_cost", "charges", "contingent"}
    ),
    "consent": frozenset({"addressee", "borrower", "loan", "measures", "party_effect"}),
    "decline": frozenset({"borrower", "reasons", "complaint"}),
    "notice": frozenset({"borrower", "details"}),
    "broken": frozenset({"borrower", "loan", "missed", "next_steps"}),
    "completed": frozenset({"borrower", "loan", "completed_on"}),
}
