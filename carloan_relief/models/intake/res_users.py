from odoo import models

from ..relief.relief_request import OPEN_STATES


class ResUsers(models.Model):
    _inherit = "res.users"

    def _get_case_load(self, excluded):
        """Return the open cases of each user, and who has waited longest for one.

        :param excluded: cases about to be assigned anew
        :return: (open cases, rank: 0 is whoever got a case longest ago)
        :rtype: tuple[list[int], list[int]]
        """
        # sudo: the number alone, whatever team the cases belong to
        Request_sudo = self.env["carloan.relief.request"].sudo()
        domain = [("user_id", "in", self.ids), ("id", "not in", excluded.ids)]
        loads = dict(
            Request_sudo._read_group(
                [*domain, ("state", "in", OPEN_STATES)], ["user_id"], ["__count"]
            )
        )
        last = dict(
            Request_sudo._read_group(domain, ["user_id"], ["date_assigned:max"])
        )
        waited = sorted(self, key=lambda user: (str(last.get(user) or ""), user.id))
        return (
            [loads.get(user, 0) for user in self],
            [waited.index(user) for user in self],
        )
