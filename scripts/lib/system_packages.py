"""What comes from the system's own packages: database server, browser, fonts."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from console import Failure, retry, run, step, warn


def find_postgres():
    """The folder of the server's programs (Debian keeps them off PATH), or None."""
    candidates = []
    for pattern in ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin"):
        candidates += [p for p in Path("/").glob(pattern) if (p / "initdb").exists()]
    if candidates:

        def version(path):
            digits = "".join(c for c in path.parent.name if c.isdigit())
            return int(digits or 0)

        return max(candidates, key=version)
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


def has_cjk_font():
    """Chinese text in PDFs and screenshots needs a font that has the characters."""
    if shutil.which("fc-list"):
        listed = subprocess.run(
            ["fc-list", ":lang=zh-cn", "family"], capture_output=True, text=True
        )
        return bool(listed.stdout.strip())
    folder = Path("/usr/share/fonts")
    return any(folder.rglob("*CJK*")) or any(folder.rglob("wqy-*"))


def missing_packages(*, server, client, browser):
    """Names of Debian packages for what is not there, split into (needed, useful)."""
    needed, useful = [], []
    if server and not find_postgres():
        needed.append("postgresql")
    if client and not shutil.which("psql") and not find_postgres():
        needed.append("postgresql-client")
    if client:
        if not shutil.which("wkhtmltopdf"):
            useful.append("wkhtmltopdf")
        if not has_cjk_font():
            useful.append("fonts-wqy-microhei")
    if browser:
        browsers = ("chromium", "chromium-browser", "google-chrome")
        if not any(map(shutil.which, browsers)):
            useful.append("chromium")
        if not shutil.which("chromedriver"):
            useful.append("chromium-driver")
        # the same switch: what tests need
        if not any(map(shutil.which, ("soffice", "libreoffice"))):
            useful.append("libreoffice-calc-nogui")
        if not shutil.which("pdftoppm"):
            useful.append("poppler-utils")
    return needed, useful


def _as_root():
    """The prefix that makes a command run as root, or None when that cannot be had."""
    if os.geteuid() == 0:
        return []
    if not shutil.which("sudo"):
        return None
    # Without a terminal nobody can type a password: only a passwordless sudo helps.
    if sys.stdin.isatty():
        return ["sudo"]
    probe = subprocess.run(["sudo", "-n", "true"], capture_output=True)
    return ["sudo", "-n"] if probe.returncode == 0 else None


def _apt_install(prefix, names):
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    keep = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive"] if prefix else []
    update = [*keep, "apt-get", "update", "-qq"]
    install = [*keep, "apt-get", "install", "-y", "-qq", "--no-install-recommends"]
    # Another apt at work is waited for, not an error.
    install += ["-o", "DPkg::Lock::Timeout=300", *names]

    def both():
        run(update, env=env)
        run(install, env=env)

    retry(both, what="installing system packages")


def ensure(*, server=True, client=True, browser=False):
    """Install what is missing; go without the merely useful when that is impossible."""
    needed, useful = missing_packages(server=server, client=client, browser=browser)
    if not needed and not useful:
        return
    names = needed + useful
    prefix = _as_root() if shutil.which("apt-get") else None
    reason = "this system has no apt-get, or neither root nor sudo is to be had"
    if prefix is not None:
        try:
            with step(f"System packages by apt: {' '.join(names)}"):
                _apt_install(prefix, names)
            return
        except Failure as failure:
            reason = str(failure)
    if missing_packages(server=server, client=client, browser=browser)[0]:
        raise Failure(
            f"Missing: {', '.join(needed)}, and it could not be installed: {reason}\n"
            "Install it with your package manager, or set PGHOST (and PGPORT, PGUSER, "
            "PGPASSWORD) to a PostgreSQL server >= 13 that you may create databases on."
        )
    # wkhtmltopdf left Debian after release 12: it must not hold up the rest.
    if prefix is not None and len(names) > 1:
        for name in useful:
            try:
                _apt_install(prefix, [name])
            except Failure:
                continue
    _, useful = missing_packages(server=server, client=client, browser=browser)
    if useful:
        warn(
            f"going on without {', '.join(useful)} ({reason}). wkhtmltopdf makes the "
            "PDFs, the font shows Chinese in them, chromium runs the browser tests, "
            "LibreOffice recomputes the workbooks, poppler makes pictures of them."
        )
