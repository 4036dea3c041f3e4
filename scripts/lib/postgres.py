"""The PostgreSQL server: the one PGHOST names, or a private one on a Unix socket."""

import getpass
import os
import pwd
import shlex
import shutil
import stat
import subprocess
import time
from pathlib import Path

from console import Failure, run, say, step, warn
from layout import LOCAL, PG, digest
from system_packages import find_postgres

ROLE = "odoo"  # Odoo refuses to work as `postgres`
# A laptop's worth. A demo or test database may lose its last second in a crash.
SETTINGS = """
listen_addresses = ''
unix_socket_permissions = 0700
max_connections = 100
shared_buffers = 256MB
work_mem = 16MB
maintenance_work_mem = 256MB
effective_cache_size = 1GB
random_page_cost = 1.1
synchronous_commit = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 2GB
checkpoint_timeout = 15min
jit = off
autovacuum_naptime = 5min
log_min_messages = warning
"""


def is_private():
    return not os.environ.get("PGHOST")


def _server_user():
    """PostgreSQL refuses to run as root: the packaged user, else nobody."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Failure("no unprivileged user (postgres, nobody) to run PostgreSQL as")


def _may_enter(folder, user):
    """Whether the server's user can reach a folder: root's home is closed to it."""
    probe = subprocess.run(
        ["test", "-x", str(folder)],
        user=user.pw_uid,
        group=user.pw_gid,
        extra_groups=[],
    )
    return probe.returncode == 0


def _home():
    """The cluster's folder; outside the checkout when the server cannot live in it."""
    PG.parent.mkdir(parents=True, exist_ok=True)
    if PG.exists():
        return PG.resolve()
    user = _server_user()
    if user and not _may_enter(LOCAL, user):
        elsewhere = Path("/var/lib") / f"carloan_relief-{digest(LOCAL)}"
        say(f"PostgreSQL goes to {elsewhere}: {user.pw_name} may not enter {LOCAL}")
        elsewhere.mkdir(mode=0o700, exist_ok=True)
        PG.unlink(missing_ok=True)  # a link whose folder somebody deleted
        PG.symlink_to(elsewhere)
    else:
        PG.mkdir(mode=0o700)
    if user:
        os.chown(PG.resolve(), user.pw_uid, user.pw_gid)
    return PG.resolve()


def socket_dir():
    """A socket's path is limited to about 100 characters, a checkout's is not."""
    home = PG.resolve()
    inside = home / "socket"
    if len(str(inside)) < 85:
        return inside
    return Path("/tmp") / f"carloan-pg-{digest(home)}"


def environment():
    """What libpq programs and Odoo need to reach the server."""
    if not is_private():
        return {}
    return {"PGHOST": str(socket_dir()), "PGPORT": "5432", "PGUSER": ROLE}


def _program(name):
    folder = find_postgres()
    if folder and (folder / name).exists():
        return str(folder / name)
    if found := shutil.which(name):
        return found
    raise Failure(f"PostgreSQL's {name} is missing")


def sql(statement, database="postgres", *, user=None):
    """Run a statement, return its rows as lines of text."""
    env = {**os.environ, **environment()}
    if user:
        env["PGUSER"] = user
    command = [_program("psql"), "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", database]
    return run([*command, "-c", statement], env=env).splitlines()


def is_running():
    probe = subprocess.run(
        [_program("pg_isready"), "-q"],
        env={**os.environ, **environment()},
        capture_output=True,
    )
    return probe.returncode == 0


def _as_server(command, **kwargs):
    user = _server_user()
    if user:
        kwargs.update(user=user.pw_uid, group=user.pw_gid)
    # The server's user may not be allowed in the current folder.
    return run(command, cwd="/", **kwargs)


def _init(home):
    data = home / "data"
    if (data / "PG_VERSION").exists():
        return
    with step("PostgreSQL cluster in .local/pg"):
        if data.exists():
            shutil.rmtree(data)  # an initdb that was interrupted
        _as_server(
            [
                _program("initdb"),
                "-D",
                data,
                "-U",
                "postgres",
                "--auth=trust",  # the socket's folder is open to its owner alone
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ]
        )
        with open(data / "postgresql.conf", "a", encoding="utf-8") as handle:
            handle.write(SETTINGS)


def start():
    """Start the private server unless it runs. True when this call started it."""
    if not is_private():
        if not is_running():
            raise Failure(
                f"no PostgreSQL answers at PGHOST={os.environ['PGHOST']} "
                f"PGPORT={os.environ.get('PGPORT', '5432')}. Start it, correct the "
                "variables, or unset PGHOST to use a private server."
            )
        _check_version()
        return False
    home = _home()
    if is_running():
        return False
    _init(home)
    sockets = socket_dir()
    _make_socket_dir(sockets)
    options = f"-k {shlex.quote(str(sockets))} -p 5432"  # pg_ctl asks a shell
    log = home / "server.log"
    command = [_program("pg_ctl"), "-D", home / "data", "-l", log, "-o", options]
    with step("PostgreSQL started", quiet_below=2.0):
        try:
            _as_server([*command, "-w", "-t", "60", "start"])
        except Failure as failure:
            tail = log.read_text(errors="replace").splitlines()[-15:]
            raise Failure(
                f"PostgreSQL did not start ({failure}). The end of its log:\n"
                + "\n".join(tail)
            ) from failure
        _ensure_role()
    _check_version()
    return True


def _make_socket_dir(folder):
    """A folder that only the server's user may enter: the socket asks no password."""
    user = _server_user()
    owner = user.pw_uid if user else os.geteuid()
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        status = folder.lstat()
        # In /tmp anybody could have put a folder there before us.
        if status.st_uid != owner or not stat.S_ISDIR(status.st_mode):
            raise Failure(f"{folder} belongs to somebody else: remove it") from None
    else:
        if user:
            os.chown(folder, user.pw_uid, user.pw_gid)


def _ensure_role():
    known = sql(f"SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}'", user="postgres")
    if not known:
        sql(f"CREATE ROLE {ROLE} LOGIN CREATEDB", user="postgres")


def _check_version():
    number = int(sql("SHOW server_version_num")[0])
    if number < 130000:
        raise Failure(f"PostgreSQL >= 13 is needed, the server is {number // 10000}")


def other_sessions():
    query = "SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    return int(sql(f"{query} AND backend_type = 'client backend'")[0])


def stop(*, force=False):
    """Stop the private server, unless somebody else still works with it."""
    if not is_private() or not is_running():
        return
    if not force:
        deadline = time.monotonic() + 5
        while (others := other_sessions()) and time.monotonic() < deadline:
            time.sleep(0.2)
        if others:
            warn(f"PostgreSQL stays up: {others} other sessions use it")
            return
    data = PG.resolve() / "data"
    _as_server([_program("pg_ctl"), "-D", data, "-m", "fast", "-w", "stop"])
    say("PostgreSQL stopped")


def whoami():
    return os.environ.get("PGUSER") or (ROLE if is_private() else getpass.getuser())
