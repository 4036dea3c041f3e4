{
    "name": "Car-loan Relief Portal",
    "summary": "Borrowers see their loans, ask for relief, compare offers and sign",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "author": "Car-loan Relief",
    "license": "AGPL-3",
    "depends": ["carloan_relief", "portal"],
    "data": [
        # what a borrower may read, before the pages that show it
        "security/ir.model.access.csv",
        "security/portal_rules.xml",
        # pages
        "views/portal_templates.xml",
        "views/loan_templates.xml",
    ],
    "assets": {
        "web.assets_frontend": [
            "carloan_relief_portal/static/src/scss/portal.scss",
        ],
    },
}
