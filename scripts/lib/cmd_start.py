"""Build the product's database once and serve it: `scripts/start`."""

import argparse
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from datetime import date
from pathlib import Path

import cmd_setup
import databases
import odoo_run
import postgres
from console import Failure, elapsed, run, say, step
from layout import CONF, LOGS, PYTHON, REPO, digest, file_digest, present_addons

ASSETS = """
env["ir.qweb"]._pregenerate_assets_bundles()
env.cr.commit()
"""
DATABASE, TAPE_DATABASE = "carloan", "carloan_tape"
LOGINS = (
    ("officer", "credit officer: loans, requests, offers"),
    ("approver", "approves offers within the authority"),
    ("manager", "team, policy, reports"),
    ("analyst", "risk analyst: scores, models, monitoring"),
    ("accountant", "entries, payments, reconciliation"),
    ("auditor", "reads everything, writes nothing"),
    ("borrower", "the borrower's own pages, at /my"),
)


def _port_is_free(port):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the server does: a port in TIME_WAIT is no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _code_key():
    """Changes when the addons do, so that a built database is upgraded after a pull."""
    files = sorted(
        path
        for addon in present_addons()
        for path in (REPO / addon).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    )
    return digest(*(f"{path.relative_to(REPO)} {file_digest(path)}" for path in files))


def _inside(script, *arguments, log):
    run(
        [PYTHON, REPO / "scripts/lib/inside" / script, *arguments],
        env=odoo_run.environment(),
        cwd=REPO,
        log=log,
    )


def _build(name, *, demo, log):
    """A new database with our addons; `demo` is "all", "users" (logins) or "none"."""
    addons = present_addons()
    if not addons:
        raise Failure("none of the three addons is in this folder: nothing to serve")
    with step(f"Database {name}"):
        databases.create(name)
    with step(f"Installing {', '.join(addons)}"):
        odoo_run.install(name, addons, log=log)
    if demo != "none":
        with step({"all": "Demo data", "users": "Logins"}[demo]):
            _inside("load_demo.py", CONF, name, demo, *addons, log=log)
    with step("Web assets"):
        # Built now and kept in the database: the first page need not wait for them.
        odoo_run.shell(name, ASSETS, log=log)


def _ensure_built(name, options, log):
    """Build, upgrade, or leave as it is; the note on the database says what it is."""
    code, wanted = _code_key(), "none" if options.no_demo else "all"
    with databases.lock(name):
        note = databases.note(name).split()
        if databases.exists(name) and len(note) == 2 and not options.reset:
            if options.no_demo and note[0] != "none":
                raise Failure(
                    f"database {name} holds demo data; build it anew without: "
                    "scripts/start --reset --no-demo"
                )
            if note[1] != code:
                with step("The addons changed: upgrading the database"):
                    odoo_run.upgrade(name, present_addons(), log=log)
                databases.set_note(name, f"{note[0]} {code}")
            return
        log.unlink(missing_ok=True)
        _build(name, demo=wanted, log=log)
        databases.set_note(name, f"{wanted} {code}")


def _ensure_tape(name, options, log):
    """A company with a tape's loans, built anew when tape, date or addons change."""
    loans, payments = (Path(path).resolve() for path in options.tape)
    importer = REPO / "scripts" / "import_tape.py"
    key = digest(file_digest(loans), file_digest(payments), options.as_of, _code_key())
    with databases.lock(name):
        if databases.exists(name) and databases.note(name) == key:
            if not options.reset:
                return
        log.unlink(missing_ok=True)
        _build(name, demo="users", log=log)
        with step(f"Importing {loans.name} as of {options.as_of}"):
            # Shown as it comes: it prints what it refuses and how the sums agree.
            # The book is moved to the last month end, all distances kept: the first
            # night would otherwise bill all the instalments since the tape's date.
            command = [PYTHON, importer, loans, payments, "--as-of", options.as_of]
            command.append("--shift-to-today")
            done = subprocess.run(
                [*map(str, command), "--database", name],
                env={**odoo_run.environment(), "ODOO_RC": str(CONF)},
                cwd=REPO,
                stdin=subprocess.DEVNULL,
            )
        if done.returncode:
            raise Failure("the import of the tape failed; what it printed says why")
        databases.set_note(name, key)


def _wait_for_page(server, url, log):
    """Wait for the first page; tell the end of the log when the server gives up."""
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        if server.poll() is not None:
            tail = log.read_text(errors="replace").splitlines()[-25:]
            raise Failure("the server ended. The end of its log:\n" + "\n".join(tail))
        try:
            with urllib.request.urlopen(url + "/web/login", timeout=60):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    raise Failure(f"the server does not answer at {url}; its log is {log}")


def _known_logins(name):
    rows = set(postgres.sql("SELECT login FROM res_users WHERE active", name))
    return [(login, role) for login, role in LOGINS if login in rows]


def _announce(name, url, log):
    print(f"\n  Car-loan Relief is at  {url}    (database {name}, log {log})\n")
    print(f"  {'login':<12}{'password':<12}role")
    print(f"  {'admin':<12}{'admin':<12}administrator of Odoo")
    for login, role in _known_logins(name):
        print(f"  {login:<12}{login:<12}{role}")
    print(
        "\n  !! For a look on this machine only: everybody knows these passwords.\n"
        "  !! Never put real borrowers into this database or open it to a network.\n"
        "\n  Ctrl-C stops it.\n",
        flush=True,
    )


def _serve(name, port):
    url = f"http://127.0.0.1:{port}"
    log = LOGS / f"{name}.log"
    # wkhtmltopdf fetches styles from there, mails and QR codes point there.
    postgres.sql(
        f"UPDATE ir_config_parameter SET value = '{url}' WHERE key = 'web.base.url'",
        name,
    )
    if log.exists() and log.stat().st_size > 20_000_000:
        log.unlink()
    arguments = ["--http-port", port, "--db-filter", f"^{name}$", "--logfile", log]
    with open(log, "a", encoding="utf-8") as handle:
        server = odoo_run.serve(name, *arguments, stdout=handle, stderr=handle)
    try:
        _wait_for_page(server, url, log)
        say(f"ready {elapsed():.1f} s after the start")
        _announce(name, url, log)
        server.wait()
        raise Failure(f"the server ended by itself; its log is {log}")
    finally:
        _stop(server)


def _stop(server):
    if server.poll() is None:
        server.terminate()
        try:
            server.wait(timeout=15)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _date(text):
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no date like 2018-12-31"
        ) from None


def _parse(arguments):
    parser = argparse.ArgumentParser(prog="scripts/start", description=__doc__)
    parser.add_argument("--reset", action="store_true", help="build the database anew")
    parser.add_argument("--no-demo", action="store_true", help="an empty company")
    parser.add_argument("--port", type=int, default=8069)
    parser.add_argument("--build-only", action="store_true", help="build, do not serve")
    parser.add_argument("--tape", nargs=2, metavar=("LOANS", "PAYMENTS"))
    parser.add_argument("--as-of", type=_date, metavar="YYYY-MM-DD")
    options = parser.parse_args(arguments)
    if bool(options.tape) != bool(options.as_of):
        parser.error("--tape and --as-of go together")
    if options.tape and options.no_demo:
        parser.error("--no-demo goes without --tape: a tape's company has no demo data")
    for path in options.tape or ():
        if not Path(path).is_file():
            parser.error(f"--tape: there is no file {path}")
    if not 1 <= options.port <= 65535:
        parser.error(f"--port {options.port}: 1 to 65535")
    return options


def main(arguments):
    options = _parse(arguments)
    # Whoever ends this, the server ends with it: as after Ctrl-C. (A shell's background
    # job starts with Ctrl-C ignored, so that one is set too.)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    if not options.build_only and not _port_is_free(options.port):
        raise Failure(
            f"port {options.port} of 127.0.0.1 is taken (by another scripts/start?). "
            f"Stop that, or choose another one: scripts/start --port {options.port + 1}"
        )
    started = cmd_setup.everything()
    try:
        if options.tape:
            name = TAPE_DATABASE
            _ensure_tape(name, options, LOGS / f"{name}-build.log")
        else:
            name = DATABASE
            _ensure_built(name, options, LOGS / f"{name}-build.log")
        if not options.build_only:
            _serve(name, options.port)
    except KeyboardInterrupt:
        print()
        say("stopping")
    finally:
        if started:
            postgres.stop()
    return 0
