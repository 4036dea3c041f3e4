"""Terms without a Chinese translation: `zh_terms.py CONF DATABASE ADDON...`.

Runs in Odoo. Ends with code 1 and a list when a term is missing from i18n/zh_CN.po.
"""

import re
import sys
from pathlib import Path

import polib

import odoo.init  # noqa: F401  (makes the namespace package usable)
from odoo.modules.module import get_module_path
from odoo.modules.registry import Registry
from odoo.tools import config
from odoo.tools.translate import TranslationModuleReader

from odoo import SUPERUSER_ID, api  # isort: skip


WORDS = re.compile(r"[A-Za-z]{2,}")
SAME = re.compile(r"ID|object\.\w+\(\)")  # reads the same in Chinese
SHOWN = 60  # the count says how many more there are


def terms(env, addons):
    """Addon, source and place of every term that `odoo i18n export` finds."""
    reader = TranslationModuleReader(env.cr, modules=addons, lang="zh_CN")
    for module, kind, name, line, source, *_rest in reader:
        if WORDS.search(source) and not SAME.fullmatch(source):
            yield module, source, f"{kind} {name}:{line}"


def translated(addon):
    path = Path(get_module_path(addon)) / "i18n" / "zh_CN.po"
    if not path.exists():
        return set()
    return {entry.msgid for entry in polib.pofile(str(path)) if entry.translated()}


def main(conf, database, *addons):
    config.parse_config(
        ["-c", conf, "-d", database, "--no-http", "--log-level=error"],
        setup_logging=True,
    )
    with Registry(database).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        known = {addon: translated(addon) for addon in addons}
        missing = {}
        for addon, source, place in terms(env, list(addons)):
            if addon in known and source not in known[addon]:
                missing.setdefault((addon, source), place)
    for (addon, source), place in sorted(missing.items())[:SHOWN]:
        print(f"{addon}: no zh_CN for {source!r} ({place})")
    if missing:
        print(f"{len(missing)} terms without a Chinese translation")
    return 1 if missing else 0


sys.exit(main(*sys.argv[1:]))
