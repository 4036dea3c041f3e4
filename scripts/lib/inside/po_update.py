"""Bring an addon's catalogues up to date: `po_update.py CONF DATABASE ADDON...`.

Writes i18n/ADDON.pot and merges the terms into i18n/zh_CN.po: translations there stay,
terms that Odoo's own modules translate are taken over, the rest is counted.
"""

import io
import re
import sys
from pathlib import Path

import polib

import odoo.init  # noqa: F401  (makes the namespace package usable)
from odoo.modules.module import get_module_path
from odoo.modules.registry import Registry
from odoo.tools import config
from odoo.tools.translate import trans_export

from odoo import SUPERUSER_ID, api  # isort: skip

LENDERS = ("base", "web", "mail", "portal", "account", "payment", "resource", "rating")
# Reads the same in Chinese and stays empty: an echo of the source is no translation.
SAME = re.compile(r"ID|30E?/360|object\.\w+\(\)")
# No dates: a catalogue should change only when a term does.
HEADER = {
    "Project-Id-Version": "Odoo Server 19.0",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=1; plural=0;",
}


def translations(addon):
    path = Path(get_module_path(addon) or "") / "i18n" / "zh_CN.po"
    if not path.exists():
        return {}
    return {e.msgid: e.msgstr for e in polib.pofile(str(path)) if e.translated()}


def save(catalogue, path, language):
    """Write a catalogue as oca-checks-po wants it: sorted, no echo of the source."""
    catalogue.sort(key=lambda entry: entry.msgid)
    for entry in catalogue:
        if entry.msgstr == entry.msgid:
            entry.msgstr = ""
    catalogue.metadata = HEADER | ({"Language": language} if language else {})
    catalogue.header = "Translation of Car-loan Relief"
    path.parent.mkdir(exist_ok=True)
    catalogue.save(str(path))


def main(conf, database, *addons):
    config.parse_config(
        ["-c", conf, "-d", database, "--no-http", "--log-level=error"],
        setup_logging=True,
    )
    lent = {}
    for module in reversed(LENDERS):
        lent.update(translations(module))
    for addon in addons:
        buffer = io.BytesIO()
        with Registry(database).cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            trans_export(None, [addon], buffer, "po", env)
        catalogue = polib.pofile(buffer.getvalue().decode())
        folder = Path(get_module_path(addon)) / "i18n"
        save(catalogue, folder / f"{addon}.pot", "")
        own = translations(addon)
        for entry in catalogue:
            entry.msgstr = own.get(entry.msgid) or lent.get(entry.msgid, "")
        save(catalogue, folder / "zh_CN.po", "zh_CN")
        empty = [
            e for e in catalogue.untranslated_entries() if not SAME.fullmatch(e.msgid)
        ]
        print(f"{addon}: {len(catalogue)} terms, {len(empty)} to translate")


main(*sys.argv[1:])
