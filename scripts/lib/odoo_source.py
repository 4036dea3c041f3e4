"""Finds Odoo 19, or brings it from Debian; the system's packages stay as they are."""

import os
import platform
import re
import shutil
import subprocess
import time
from pathlib import Path

from console import Failure, retry, run, say, step
from layout import CACHE, LOCAL, ODOO_TREE, file_digest

SUITE = "sid"
PACKAGE = "odoo-19"
# The package's tree links to files of these for its scripts and fonts.
LINKED = (
    "libjs-jquery",
    "libjs-underscore",
    "libjs-jquery-form",
    "fonts-roboto-unhinted",
    "fonts-montserrat",
    "fonts-inconsolata",
    "fonts-ocr-b",
)
# Font Awesome 5 and later renamed the files Odoo links to; Debian 12 still has 4.7.
FONT_AWESOME = ("fonts-font-awesome", "bookworm")

OTHER_WAYS = (
    "Other ways to get Odoo 19: a git checkout of branch 19.0, or the official nightly "
    "package unpacked anywhere; then set ODOO_HOME to that folder and run this again. "
    "DEBIAN_MIRROR=<address of a Debian mirror> chooses another mirror."
)

SELFIE = "addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"
SELFIE_STUB = """\
/* Placeholder written by scripts/setup. Debian leaves out the third-party library that
 * blurs the background of video calls; without a file at this address every page of
 * the backend logs an error in the browser. Video calls work, blurring does not. */
"""


def release_of(folder):
    """The series ('19.0') of the Odoo in the folder, or None."""
    try:
        text = (Path(folder) / "odoo" / "release.py").read_text(encoding="utf-8")
    except OSError:
        return None
    found = re.search(r"^version_info\s*=\s*\((\d+),\s*(\d+)", text, re.MULTILINE)
    return f"{found[1]}.{found[2]}" if found else None


def _from_home():
    home = os.environ.get("ODOO_HOME")
    if not home:
        return None
    folder = Path(home).expanduser().resolve()
    series = release_of(folder)
    if series != "19.0":
        raise Failure(
            f"ODOO_HOME={home}: "
            + (f"that is Odoo {series}, " if series else "no odoo/release.py there, ")
            + "Odoo 19.0 is needed (the folder that holds the `odoo` package)."
        )
    return folder


def _importable():
    """An Odoo 19 that the system's own Python finds, if there is one."""
    code = "import odoo.release as r; print(r.__file__)"
    for name in ("python3", "/usr/bin/python3"):
        python = shutil.which(name)
        if not python:
            continue
        # -I: neither this folder nor PYTHONPATH may lend an `odoo` that is none.
        probe = subprocess.run(
            [python, "-I", "-c", code], capture_output=True, text=True
        )
        if probe.returncode == 0:
            folder = Path(probe.stdout.strip()).resolve().parents[1]
            if release_of(folder) == "19.0":
                return folder
    return None


def locate():
    """The folder of an Odoo 19 that is already here, or None."""
    own = ODOO_TREE / "usr/lib/python3/dist-packages"
    if found := _from_home():
        return found
    if (ODOO_TREE / ".complete").exists() and release_of(own) == "19.0":
        return own
    return _importable()


def addons_dirs(folder):
    """Folders to name in addons_path: a checkout keeps most addons beside `odoo`."""
    if (Path(folder) / "odoo/addons/account/__manifest__.py").exists():
        return []
    beside = Path(folder) / "addons"
    return [beside] if (beside / "account/__manifest__.py").exists() else []


def _one_line_entries(text):
    """(uri, suites, components) of a classic sources.list."""
    for line in text.splitlines():
        found = re.match(r"\s*deb\s+(?:\[[^]]*\]\s+)?(\S+)\s+(\S+)\s+([^#]*)", line)
        if found:
            yield found[1], [found[2]], found[3].split()


def _deb822_entries(text):
    """(uri, suites, components) of a .sources file: stanzas of fields."""
    text = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)
    for stanza in re.split(r"\n\s*\n", text):
        pairs = re.findall(r"^([\w-]+):((?:.*)(?:\n[ \t]+.*)*)", stanza, re.MULTILINE)
        fields = {key.lower(): value.split() for key, value in pairs}
        if fields.get("enabled", ["yes"])[0].lower() in ("no", "false"):
            continue
        if "deb" in fields.get("types", []):
            suites, parts = fields.get("suites", []), fields.get("components", [])
            for uri in fields.get("uris", []):
                yield uri, suites, parts


def mirror(apt=Path("/etc/apt")):
    """The Debian mirror: DEBIAN_MIRROR, or the one in the system's own apt sources."""
    if named := os.environ.get("DEBIAN_MIRROR"):
        return named
    entries = []
    for path in (apt / "sources.list", *sorted(apt.glob("sources.list.d/*.list"))):
        if path.is_file():
            entries += _one_line_entries(path.read_text("utf-8", "replace"))
    for path in sorted(apt.glob("sources.list.d/*.sources")):
        entries += _deb822_entries(path.read_text("utf-8", "replace"))
    # Third parties also have suites named after the release; the archive has `main`,
    # and its suites are not the `-security` ones.
    names = {"bookworm", "trixie", "forky", "sid", "stable", "testing", "unstable"}
    for uri, suites, components in entries:
        if "main" in components and names & set(suites) and "debian" in uri:
            return uri
    raise Failure(
        "Odoo 19 is not on this machine and no Debian mirror is named in /etc/apt.\n"
        + OTHER_WAYS
    )


def _private_apt(address):
    """Sources list, state and configuration of an apt that is ours alone."""
    if not shutil.which("apt-get") or not shutil.which("dpkg"):
        raise Failure("Odoo 19 is not on this machine, nor is apt.\n" + OTHER_WAYS)
    rings = Path("/usr/share/keyrings").glob("debian-archive-keyring.*")
    ring = next((r for r in sorted(rings) if r.suffix in (".gpg", ".pgp")), None)
    if ring is None:
        raise Failure(
            "the package debian-archive-keyring is missing: without it the download "
            "cannot be verified.\n" + OTHER_WAYS
        )
    base = LOCAL / "apt"
    for part in ("state/lists/partial", "cache/archives/partial", "log"):
        (base / part).mkdir(parents=True, exist_ok=True)
    sources = base / "sources.list"
    sources.write_text(
        "".join(
            f"deb [signed-by={ring}] {address} {suite} main\n"
            for suite in (SUITE, FONT_AWESOME[1])
        )
    )
    arch = run(["dpkg", "--print-architecture"]).strip()
    settings = {
        "Dir::State": base / "state",
        "Dir::State::status": base / "state/status",  # empty: nothing is installed here
        "Dir::Cache": base / "cache",
        "Dir::Log": base / "log",
        "Dir::Etc::SourceList": sources,
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::Etc::Preferences": "/dev/null",
        "Dir::Etc::PreferencesParts": "/dev/null",
        "APT::Architectures": arch,
        "APT::Get::AllowUnauthenticated": "false",
        "Acquire::AllowInsecureRepositories": "false",
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
    }
    if os.geteuid() == 0:
        # apt's own unprivileged user may not enter a checkout in root's home.
        settings["APT::Sandbox::User"] = "root"
    (base / "state/status").touch()
    conf = base / "apt.conf"
    conf.write_text("".join(f'{key} "{value}";\n' for key, value in settings.items()))
    return dict(os.environ, APT_CONFIG=str(conf), LC_ALL="C")


def recorded(folder):
    """Files of an earlier download that are still what apt verified, or none."""
    sums = folder / "SHA256SUMS"
    if not sums.exists():
        return []
    files = []
    for line in sums.read_text().splitlines():
        expected, name = line.split("  ", 1)
        path = folder / name
        if not path.exists() or file_digest(path) != expected:
            return []
        files.append(path)
    return files


def _download():
    """The .deb files, from the cache or the mirror; apt checks signature and sums."""
    folder = CACHE / "debs"
    if files := recorded(folder):
        say(f"Odoo 19: using the packages kept in {folder}")
        return files
    env = _private_apt(mirror())
    staging = CACHE / f"debs.{os.getpid()}"
    staging.mkdir(parents=True, exist_ok=True)
    names = [PACKAGE, *LINKED, "/".join(FONT_AWESOME)]

    def fetch():
        # Without the option apt calls an unreachable mirror a success.
        strict = ["-o", "APT::Update::Error-Mode=any"]
        run(["apt-get", "update", "-qq", *strict], env=env)
        run(["apt-get", "download", "-qq", *names], env=env, cwd=staging)

    try:
        retry(fetch, what="the download of Odoo 19")
    except Failure as failure:
        shutil.rmtree(staging, ignore_errors=True)
        raise Failure(
            f"Odoo 19 could not be downloaded.\n{failure}\n{OTHER_WAYS}"
        ) from failure
    debs = sorted(staging.glob("*.deb"))
    sums = "".join(f"{file_digest(path)}  {path.name}\n" for path in debs)
    (staging / "SHA256SUMS").write_text(sums)
    shutil.rmtree(folder, ignore_errors=True)
    staging.rename(folder)
    return sorted(folder.glob("*.deb"))


def _unpack(debs):
    machine = platform.machine()
    begun = time.monotonic()
    staging = LOCAL / "odoo.part"
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    for deb in debs:
        run(["dpkg", "-x", deb, staging])
    tree = staging / "usr/lib/python3/dist-packages/odoo"
    if not tree.is_dir():
        raise Failure(f"the package {PACKAGE} has no odoo folder (on {machine})")
    stub = tree / SELFIE
    if not stub.exists():
        stub.parent.mkdir(parents=True, exist_ok=True)
        stub.write_text(SELFIE_STUB)
    version = next(d.name.split("_")[1] for d in debs if d.name.startswith(PACKAGE))
    (staging / ".complete").write_text(version + "\n")
    shutil.rmtree(ODOO_TREE, ignore_errors=True)
    staging.rename(ODOO_TREE)
    say(f"Odoo {version} unpacked in {time.monotonic() - begun:.0f} s")


def ensure():
    """Return the folder that holds the `odoo` package, bringing it here if need be."""
    if found := locate():
        return found
    with step(f"Odoo 19 (Debian package {PACKAGE}, about 130 MB)"):
        debs = _download()
        _unpack(debs)
    return locate()


def version(folder):
    """What tells one build of Odoo from another: the key of cached databases."""
    marker = ODOO_TREE / ".complete"
    if marker.exists() and ODOO_TREE in Path(folder).parents:
        return marker.read_text().strip()
    release = Path(folder) / "odoo" / "release.py"
    return f"{release_of(folder)}-{folder}-{int(release.stat().st_mtime)}"
