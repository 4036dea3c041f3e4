{
    "name": "Car-loan Relief",
    "summary": "Negotiated repayment of car loans: risk, offers, approval, ledger",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "author": "Car-loan Relief",
    "license": "AGPL-3",
    "depends": ["account", "portal", "base_tier_validation"],
    "external_dependencies": {"python": ["numpy", "numpy-financial"]},
    "data": [
        # groups first: every other file may name them
        "security/groups.xml",
        # roots of the menu; leaf menus stand beside their actions
        "views/menus.xml",
        # loan room
        "security/loan/ir.model.access.csv",
        "security/loan_rules.xml",
        "data/loan_sequence.xml",
        "views/loan/carloan_loan_views.xml",
        "views/loan/carloan_instalment_views.xml",
        "views/loan/carloan_schedule_views.xml",
        "views/loan/carloan_vehicle_views.xml",
        "views/loan/carloan_product_views.xml",
        "views/loan/carloan_team_views.xml",
        # ledger room
        "security/ledger/ir.model.access.csv",
        "data/ledger_cron.xml",
        "views/ledger/carloan_instalment_views.xml",
        "views/ledger/account_move_views.xml",
        "views/ledger/account_payment_views.xml",
        "views/ledger/carloan_repayment_views.xml",
        "views/ledger/carloan_books_check_views.xml",
        # risk room
        # relief and approval rooms
    ],
    "application": True,
    "installable": True,
}
