"""People of the tests, one for each role."""

from odoo import Command

ROLES = {
    "officer": "carloan_relief.group_officer",
    "approver": "carloan_relief.group_approver",
    "analyst": "carloan_relief.group_risk_analyst",
    "manager": "carloan_relief.group_manager",
    "auditor": "carloan_relief.group_auditor",
    "accountant": "account.group_account_invoice",
    "employee": "base.group_user",
}
#: nobody is invited by mail to choose a password
QUIET = {"no_reset_password": True, "mail_create_nosubscribe": True}


def make_users(env, prefix, names):
    """Make users in one go, for each alone costs Odoo more than a hundred queries.

    :param names: roles, also a second of one: `officer`, `officer_2`
    :return: {name: user}
    """
    users = (
        env["res.users"]
        .with_context(**QUIET)
        .create(
            [
                {
                    "name": f"{prefix}_{name} ({ROLES[_role(name)]})",
                    "login": f"{prefix}_{name}",
                    "password": f"{prefix}_{name}".ljust(8, "x"),
                    "email": f"{prefix}_{name}@lender.example",
                    "group_ids": [Command.set(env.ref(ROLES[_role(name)]).ids)],
                }
                for name in names
            ]
        )
    )
    # as whoever made them, like `new_test_user`
    return dict(zip(names, users.with_env(env), strict=True))


def _role(name):
    return name.partition("_")[0]
