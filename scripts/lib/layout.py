"""Where things live. Everything made on this machine is under .local (git-ignored)."""

import hashlib
import os
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
# Resolved: worktrees of one repository may share one .local through a link.
LOCAL = Path(os.environ.get("CARLOAN_LOCAL") or REPO / ".local").resolve()
CACHE = (
    Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "carloan_relief"
)

ODOO_TREE = LOCAL / "odoo"
VENV = LOCAL / "venv"
PYTHON = VENV / "bin" / "python"
PG = LOCAL / "pg"
DATA = LOCAL / "data"  # Odoo's data_dir: filestore and sessions
FILESTORE = DATA / "filestore"
# Names this checkout's addons, so a worktree with a linked .local has its own.
CONF = LOCAL / ("odoo.conf" if LOCAL.parent == REPO else f"odoo-{REPO.name}.conf")
LOGS = LOCAL / "log"
REQUIREMENTS = REPO / "requirements.txt"

# In the order in which they depend on each other.
ADDONS = ("carloan_relief", "carloan_relief_portal", "carloan_relief_reports")


def present_addons():
    return [name for name in ADDONS if (REPO / name / "__manifest__.py").is_file()]


def digest(*parts):
    """A short key that changes when any of the parts does."""
    text = "\0".join(str(part) for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def file_digest(path):
    sha = hashlib.sha256()
    with open(path, "rb") as handle:
        for block in iter(lambda: handle.read(1 << 20), b""):
            sha.update(block)
    return sha.hexdigest()
