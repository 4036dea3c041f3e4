"""Demo data of our addons alone: `load_demo.py CONF DATABASE all|users ADDON...`.

`--with-demo` would load Odoo's own demo data too, whose customers and invoices have
no place in a car-finance company. This loads the files that the manifests of our addons
list under `demo`; with `users`, only those with "users" in their name (the logins).
"""

import sys

import odoo.init  # noqa: F401  (makes the namespace package usable)
from odoo.modules.module import Manifest
from odoo.modules.registry import Registry
from odoo.tools import config
from odoo.tools.convert import convert_file

from odoo import SUPERUSER_ID, api  # isort: skip


def main(conf, database, what, *addons):
    config.parse_config(
        ["-c", conf, "-d", database, "--no-http", "--log-level=warn"],
        setup_logging=True,
    )
    with Registry(database).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {"lang": "en_US", "install_demo": True})
        for addon in addons:
            files, ids = Manifest.for_addon(addon)["demo"], {}
            for name in files:
                if what == "all" or "users" in name.rpartition("/")[2]:
                    print(f"{addon}/{name}", flush=True)
                    convert_file(env, addon, name, ids, mode="init", noupdate=True)
            if what == "all" and files:
                env["ir.module.module"]._get(addon).demo = True


main(*sys.argv[1:])
