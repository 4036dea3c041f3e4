"""The private virtual environment, from wheels kept for a second checkout."""

import os
import platform
import shutil
import sys
import sysconfig
from pathlib import Path

from console import Failure, retry, run, step
from layout import CACHE, PYTHON, REQUIREMENTS, VENV, digest

LOWEST, HIGHEST = (3, 10), (3, 13)


def _base_python():
    """The real interpreter, not a version manager's shim or another environment's."""
    base = getattr(sys, "_base_executable", None) or sys.executable
    return Path(base).resolve()


def _clean_env():
    """Without what would point pip or Python at another environment."""
    drop = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PIP_TARGET", "PIP_USER")
    env = {key: value for key, value in os.environ.items() if key not in drop}
    env["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    return env


def _wheels(env):
    """A folder with a wheel of each requirement for this interpreter."""
    tag = f"{sys.implementation.cache_tag}-{sysconfig.get_platform()}"
    folder = CACHE / "wheels" / f"{tag}-{digest(REQUIREMENTS.read_text())}"
    if (folder / ".complete").exists():
        return folder
    staging = folder.with_name(f"{folder.name}.{os.getpid()}")
    staging.mkdir(parents=True, exist_ok=True)
    # --use-pep517: Debian 12's pip would else build old packages by `setup.py
    # bdist_wheel`, for which a new environment lacks `wheel`.
    command = [PYTHON, "-m", "pip", "wheel", "-q", "--no-deps", "--use-pep517"]
    command += ["-w", staging]
    try:
        retry(
            lambda: run([*command, "-r", REQUIREMENTS], env=env),
            what="the download of Python packages",
        )
    except Failure as failure:
        shutil.rmtree(staging, ignore_errors=True)
        raise Failure(
            f"Python packages could not be fetched.\n{failure}\n"
            "pip reads its index from its own configuration (pip config, "
            "PIP_INDEX_URL): check that it is reachable."
        ) from failure
    (staging / ".complete").touch()
    shutil.rmtree(folder, ignore_errors=True)
    staging.rename(folder)
    return folder


def ensure():
    """Create the environment, or renew it when the requirements changed."""
    if not LOWEST <= sys.version_info[:2] <= HIGHEST:
        raise Failure(
            f"Odoo 19 needs Python 3.10 to 3.13, this is {platform.python_version()}. "
            "Install one of those, or name it: CARLOAN_PYTHON=/path/to/python3.12"
        )
    base = _base_python()
    stamp = VENV / ".stamp"
    wanted = f"{digest(REQUIREMENTS.read_text())} {base} {platform.python_version()}\n"
    if stamp.exists() and stamp.read_text() == wanted and PYTHON.exists():
        return
    env = _clean_env()
    with step("Python packages into .local/venv (about a minute)"):
        run([base, "-m", "venv", "--clear", VENV], env=env)
        wheels = _wheels(env)
        pip = [PYTHON, "-m", "pip", "install", "-q", "--no-deps", "--no-index"]
        run([*pip, "--find-links", wheels, "-r", REQUIREMENTS], env=env)
        stamp.write_text(wanted)


def link_odoo(folder):
    """Make the environment find Odoo: a .pth file, read after its own packages."""
    minor = "python{}.{}".format(*sys.version_info[:2])
    pth = VENV / "lib" / minor / "site-packages" / "odoo_tree.pth"
    line = f"{folder}\n"
    if not pth.exists() or pth.read_text() != line:
        pth.write_text(line)
