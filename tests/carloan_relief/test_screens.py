"""Whoever finds a record in a menu can open its form."""

from lxml import etree

from odoo.tests import freeze_time, tagged

from .common_relief import TODAY, ReliefCase

SCREENS = ("list", "kanban", "form")


def spec(env, model, node):
    """What the client asks for to draw a view of a model, its inner lists included."""
    result = {}
    for field in node.xpath(
        ".//field[not(ancestor::field)]" if node.tag != "field" else "./*//field"
    ):
        name = field.get("name")
        known = env[model]._fields.get(name)
        if known is None:
            continue
        result.setdefault(name, {})
        # an invisible relation is asked for ids alone
        if known.relational and field.get("invisible") not in ("1", "True"):
            inner = result[name].setdefault("fields", {"display_name": {}})
            if len(field):
                inner.update(spec(env, known.comodel_name, field))
    return result


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestScreens(ReliefCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._make_staff("r", "analyst")
        cls.request = cls._proposed("C")
        pause = cls.env["carloan.approval.pause"].with_user(cls.officer)
        pause.create({"request_id": cls.request.id, "papers": "Pay slips"})
        cls.request.with_user(cls.officer).action_papers_received()
        cls._approve(cls.request, cls.approver)
        cls.people = (
            *(cls.officer, cls.approver, cls.manager),
            *(cls.accountant, cls.analyst, cls.auditor),
        )

    def _screens(self, user):
        """Yield (menu, model, kind, specification) of what the menus of a user show."""
        menus = self.env["ir.ui.menu"].with_user(user).load_menus(False)
        seen = {
            menu["action_id"]
            for menu in menus.values()
            if menu.get("action_model") == "ir.actions.act_window"
        }
        for action in self.env["ir.actions.act_window"].browse(seen):
            Model = self.env[action.res_model].with_user(user)
            if Model._transient or not Model._name.startswith("carloan."):
                continue
            kinds = [kind for kind in action.view_mode.split(",") if kind in SCREENS]
            views = Model.get_views([(False, kind) for kind in kinds])["views"]
            for kind, view in views.items():
                arch = etree.fromstring(view["arch"])
                yield action.name, Model, kind, spec(self.env, Model._name, arch)

    def test_whoever_finds_a_record_opens_it(self):
        for user in self.people:
            opened = set()
            for menu, Model, kind, wanted in self._screens(user):
                records = Model.search([], limit=5)
                with self.subTest(user=user.login, menu=menu, kind=kind):
                    records.web_read(wanted)
                opened |= {Model._name} if records else set()
            self.assertIn("carloan.relief.request", opened, user.login)
            self.assertIn("carloan.loan", opened, user.login)
