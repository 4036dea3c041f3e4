"""Odoo's configuration file and its commands."""

import ast
import os
import subprocess

import odoo_source
import postgres
from console import Failure, run
from layout import CONF, DATA, LOGS, PYTHON, REPO, present_addons


def write_conf():
    """Write .local/odoo.conf: usable by hand too, `-c .local/odoo.conf -d DATABASE`."""
    folder = odoo_source.locate()
    paths = [str(REPO), *map(str, odoo_source.addons_dirs(folder))]
    options = {
        "addons_path": ",".join(paths),
        "data_dir": str(DATA),
        "http_interface": "127.0.0.1",
        "server_wide_modules": "base,rpc,web",
        "list_db": "False",
        "max_cron_threads": "1",
        # An import of a whole book in one request outlasts the default limits.
        "limit_time_cpu": "3600",
        "limit_time_real": "3600",
    }
    if postgres.is_private():
        where = postgres.environment()
        options |= {
            "db_host": where["PGHOST"],
            "db_port": where["PGPORT"],
            "db_user": where["PGUSER"],
        }
    text = "[options]\n" + "".join(f"{k} = {v}\n" for k, v in options.items())
    DATA.mkdir(parents=True, exist_ok=True)
    LOGS.mkdir(parents=True, exist_ok=True)
    if not CONF.exists() or CONF.read_text() != text:
        CONF.write_text(text)


def environment():
    """The environment of Odoo's processes: our Python only, our server, UTF-8."""
    drop = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "ODOO_RC", "PGDATABASE")
    # without its bytecode each process of Odoo compiles all it starts with
    drop += ("PYTHONDONTWRITEBYTECODE",)
    env = {key: value for key, value in os.environ.items() if key not in drop}
    env.update(postgres.environment())
    env.setdefault("LC_ALL", "C.UTF-8")
    # Two cores: numerical libraries that start a thread per core only get in the way.
    env.setdefault("OMP_NUM_THREADS", "2")
    env["PATH"] = f"{PYTHON.parent}{os.pathsep}{env.get('PATH', os.defpath)}"
    return env


def command(name, *arguments):
    return [str(PYTHON), "-m", "odoo", name, *map(str, arguments)]


def server_command(database, *arguments):
    return command("server", "-c", CONF, "-d", database, *arguments)


def install(database, modules, *extra, log=None):
    """Install modules into a database, which is created when it does not exist."""
    arguments = ["-i", ",".join(modules), "--stop-after-init", "--no-http", *extra]
    run(server_command(database, *arguments), env=environment(), log=log, cwd=REPO)


def upgrade(database, modules, *extra, log=None):
    """Bring modules up to the code on disk; one that is new is installed."""
    names = ",".join(modules)
    arguments = ["-u", names, "-i", names, "--stop-after-init", "--no-http", *extra]
    run(server_command(database, *arguments), env=environment(), log=log, cwd=REPO)


def shell(database, code, *, log=None):
    """Run Python in `odoo shell`; the code must commit what it wants kept.

    `odoo shell` ends with code 0 whatever happens: success is what it prints last.
    """
    marker = "--shell-reached-its-end--"
    body = f"{code}\nprint({marker!r})\n"
    arguments = ["-c", CONF, "-d", database, "--no-http", "--log-level=warn"]
    output = run(
        command("shell", *arguments), env=environment(), stdin=body, log=log, cwd=REPO
    )
    if marker not in output:
        tail = "\n".join(output.strip().splitlines()[-25:])
        raise Failure(f"a set-up step in Odoo failed on database {database}:\n{tail}")
    return output.replace(marker, "").strip()


def manifest(addon):
    return ast.literal_eval((REPO / addon / "__manifest__.py").read_text("utf-8"))


def standard_dependencies():
    """What our addons need that is not ours: it goes into the cached template."""
    ours = present_addons()
    found = {dep for addon in ours for dep in manifest(addon).get("depends", [])}
    return sorted(found - set(ours))


def serve(database, *arguments, **kwargs):
    """Start a server process and return it."""
    # Its own session, so that a Ctrl-C reaches the script, which then ends it in order.
    return subprocess.Popen(
        server_command(database, *arguments),
        env=environment(),
        cwd=REPO,
        start_new_session=True,
        **kwargs,
    )
