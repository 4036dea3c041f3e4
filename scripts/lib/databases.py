"""Databases: a template of standard modules, quick copies of it, and dropping them."""

import fcntl
import os
import shutil
import time
from contextlib import contextmanager

import odoo_run
import odoo_source
import postgres
from console import Failure, say, step
from layout import FILESTORE, LOCAL, LOGS, digest

TEMPLATE = "carloan_template"
# Begins the comment on every database made by this checkout, whose filestore it has.
OURS = f"carloan_relief {digest(LOCAL)}:"
# What the addons build on, whatever their manifests say today: a change in a manifest
# should seldom cost the minutes that a new template takes.
STANDARD = (
    "account",
    "account_payment",
    "base_tier_validation",
    "l10n_cn",
    "mail",
    "payment",
    "portal",
    "spreadsheet_dashboard_account",
)
RECIPE = 1  # raise when the way the template is made changes

CHART = """
company = env["res.company"].search([], order="id", limit=1)
cny = env.ref("base.CNY")
cny.active = True
if company.chart_template != "cn":
    env["account.chart.template"].try_loading("cn", company, install_demo=False)
company.invalidate_recordset()
assert company.chart_template == "cn", company.chart_template
assert company.currency_id == cny, company.currency_id.name
assert company.account_fiscal_country_id.code == "CN"
env.cr.commit()
"""


def exists(name):
    return bool(postgres.sql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"))


def comment(name):
    """The note that a database carries: the key of what it was built from."""
    query = "SELECT shobj_description(oid, 'pg_database') FROM pg_database"
    rows = postgres.sql(f"{query} WHERE datname = '{name}'")
    return rows[0] if rows else ""


def note(name):
    """The key in the comment; empty as long as the database is not complete."""
    text = comment(name)
    return text.removeprefix(OURS).strip() if text.startswith(OURS) else ""


def set_note(name, text):
    postgres.sql(f"COMMENT ON DATABASE \"{name}\" IS '{OURS} {text}'")


def is_ours(name):
    """Whether this checkout made a database: a shared server has others."""
    return postgres.is_private() or comment(name).startswith(OURS)


def refuse_foreign(name):
    if exists(name) and not is_ours(name):
        raise Failure(
            f"database {name} on {os.environ['PGHOST']} was not made by this "
            "checkout and is in the way: rename or drop it yourself"
        )


def drop(name):
    """Drop a database and its filestore, whoever of ours is connected to it.

    Not by `WITH (FORCE)`: it also ends the server's own autovacuum worker, which
    a role that is no superuser may not. A plain drop sends that one away itself.
    """
    refuse_foreign(name)
    if exists(name):
        postgres.sql(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS false')
        postgres.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            f"WHERE datname = '{name}' AND usename = current_user"
        )
        postgres.sql(f'DROP DATABASE "{name}"')
    shutil.rmtree(FILESTORE / name, ignore_errors=True)


def clone(source, target):
    """Copy a database and its filestore. The source must have no open session."""
    fast = int(postgres.sql("SHOW server_version_num")[0]) >= 150000
    how = " STRATEGY = FILE_COPY" if fast else ""
    drop(target)
    postgres.sql(f'CREATE DATABASE "{target}" TEMPLATE "{source}"{how}')
    set_note(target, "")
    if (FILESTORE / source).exists():
        # Files there are named by their content and never rewritten: links will do.
        shutil.copytree(FILESTORE / source, FILESTORE / target, copy_function=os.link)


@contextmanager
def lock(name):
    """One builder at a time; who comes second finds the work done."""
    LOCAL.mkdir(exist_ok=True)
    with open(LOCAL / f"{name}.lock", "w", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another process that builds {name} ...")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def ensure_template():
    """Build the template unless the one there is of this Odoo and has the modules."""
    modules = {*STANDARD, *odoo_run.standard_dependencies()}
    release = digest(odoo_source.version(odoo_source.locate()), RECIPE)
    with lock(TEMPLATE):
        refuse_foreign(TEMPLATE)
        key, *present = note(TEMPLATE).split() if exists(TEMPLATE) else [""]
        if key == release:
            if modules <= set(present):
                return
            # Two branches that need different modules must not rebuild in turns.
            modules |= set(present)
        with step(f"Template database with {', '.join(sorted(modules))}"):
            _build_template(sorted(modules), release)


def _build_template(modules, release):
    building = f"{TEMPLATE}_building"
    log = LOGS / "template.log"
    log.unlink(missing_ok=True)
    drop(building)
    begun = time.monotonic()
    odoo_run.run(
        odoo_run.command(
            "db", "-c", odoo_run.CONF, "init", building, "--country", "CN"
        ),
        env=odoo_run.environment(),
        log=log,
        cwd=odoo_run.REPO,
    )
    say(f"  base: {time.monotonic() - begun:.0f} s")
    set_note(building, "")
    odoo_run.install(building, modules, "--load-language=en_US,zh_CN", log=log)
    say(f"  modules, en_US and zh_CN: {time.monotonic() - begun:.0f} s")
    odoo_run.shell(building, CHART, log=log)
    drop(TEMPLATE)
    postgres.sql(f'ALTER DATABASE "{building}" RENAME TO "{TEMPLATE}"')
    if (FILESTORE / building).exists():
        (FILESTORE / building).rename(FILESTORE / TEMPLATE)
    set_note(TEMPLATE, " ".join([release, *modules]))
    # An open session on it would block every copy.
    postgres.sql(f'ALTER DATABASE "{TEMPLATE}" WITH ALLOW_CONNECTIONS false')


def create(name):
    """A fresh database of standard modules, in seconds."""
    if not name.replace("_", "").isalnum():
        raise Failure(f"database name {name!r}: letters, digits and _ only")
    ensure_template()
    with lock(TEMPLATE):
        clone(TEMPLATE, name)
