"""Set-up: everything this machine needs, and nothing twice."""

import argparse

import console
import odoo_run
import odoo_source
import postgres
import python_env
import system_packages
from console import step
from layout import LOCAL


def engine():
    """What the engine's tests need: Python packages, no Odoo and no database."""
    LOCAL.mkdir(parents=True, exist_ok=True)
    python_env.ensure()


def everything(*, browser=False):
    """Set up all of it. True when this call started the database server."""
    LOCAL.mkdir(parents=True, exist_ok=True)
    with step("Set-up checked", quiet_below=1.0):
        system_packages.ensure(server=postgres.is_private(), browser=browser)
        folder = odoo_source.ensure()
        python_env.ensure()
        python_env.link_odoo(folder)
        odoo_run.write_conf()
        return postgres.start()


def main(arguments):
    parser = argparse.ArgumentParser(prog="scripts/setup", description=__doc__)
    parser.add_argument("--browser", action="store_true", help="also what tests need")
    parser.add_argument(
        "--template", action="store_true", help="also the template database"
    )
    options = parser.parse_args(arguments)
    everything(browser=options.browser)
    if options.template:
        import databases

        databases.ensure_template()
    console.say("set-up is complete")
