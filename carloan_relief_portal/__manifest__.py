{
    "name": "Car-loan Relief Portal",
    "summary": "Borrowers see their loans, ask for relief, compare offers and sign",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "author": "Car-loan Relief",
    "license": "AGPL-3",
    "depends": ["carloan_relief", "portal", "account_payment"],
    "data": [
        # what a borrower may read, before the pages that show it
        "security/ir.model.access.csv",
        "security/portal_rules.xml",
        # pages
        "views/portal_templates.xml",
        "views/loan_templates.xml",
        "views/application_templates.xml",
        "views/what_if_templates.xml",
        "views/relief_templates.xml",
        "views/signing_templates.xml",
        "views/consent_templates.xml",
        "views/campaign_templates.xml",
        "views/plan_templates.xml",
        "views/review_templates.xml",
        "views/history_templates.xml",
        "views/payment_templates.xml",
        # the mails which the steps of a case send
        "data/mail_template_data.xml",
        "data/mail_template_consent.xml",
        "data/ir_cron.xml",
        # what staff see of it
        "wizards/carloan_relief_papers_views.xml",
        "views/carloan_relief_request_views.xml",
        "views/carloan_relief_consent_views.xml",
        "views/res_config_settings_views.xml",
    ],
    "assets": {
        "web.assets_frontend": [
            "carloan_relief_portal/static/src/scss/portal.scss",
            "carloan_relief_portal/static/src/interactions/*.js",
        ],
    },
}
