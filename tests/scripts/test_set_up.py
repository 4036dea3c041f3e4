"""Set-up's own decisions: which mirror, which Odoo, which log lines matter."""

import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts" / "lib"))
import checks  # noqa: E402
import cmd_test  # noqa: E402
import odoo_run  # noqa: E402
import odoo_source  # noqa: E402
import testing  # noqa: E402
from aside import Aside  # noqa: E402
from console import Failure  # noqa: E402

DEB822 = """\
Types: deb
URIs: http://vendor.example/apt
Suites: bookworm
Components: main
Enabled: no

Types: deb
# a snapshot
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main

Types: deb deb-src
URIs: http://mirror.example/debian
Suites: bookworm
 bookworm-updates
Components: main contrib
"""


@pytest.fixture
def apt(tmp_path, monkeypatch):
    monkeypatch.delenv("DEBIAN_MIRROR", raising=False)
    (tmp_path / "sources.list.d").mkdir()
    return tmp_path


def test_mirror_of_deb822_sources(apt):
    (apt / "sources.list.d" / "debian.sources").write_text(DEB822)
    assert odoo_source.mirror(apt) == "http://mirror.example/debian"


@pytest.mark.parametrize(
    "line",
    [
        "deb http://mirror.example/debian bookworm main",
        "deb [arch=amd64 signed-by=/a.gpg] http://mirror.example/debian trixie main #x",
    ],
)
def test_mirror_of_a_classic_list(apt, line):
    (apt / "sources.list").write_text(
        "# deb http://old.example/debian bookworm main\n"
        "deb-src http://source.example/debian bookworm main\n"
        "deb http://vendor.example/debian tool-bookworm main\n" + line
    )
    assert odoo_source.mirror(apt) == "http://mirror.example/debian"


def test_named_mirror_wins(apt, monkeypatch):
    monkeypatch.setenv("DEBIAN_MIRROR", "http://named.example/debian")
    (apt / "sources.list.d" / "debian.sources").write_text(DEB822)
    assert odoo_source.mirror(apt) == "http://named.example/debian"


def test_no_mirror_names_the_other_ways(apt):
    with pytest.raises(Failure, match="ODOO_HOME"):
        odoo_source.mirror(apt)


def test_odoo_home_of_another_release_is_refused(tmp_path, monkeypatch):
    (tmp_path / "odoo").mkdir()
    (tmp_path / "odoo" / "release.py").write_text("version_info = (18, 0, 0, 'final')")
    monkeypatch.setenv("ODOO_HOME", str(tmp_path))
    with pytest.raises(Failure, match="Odoo 18.0, Odoo 19.0 is needed"):
        odoo_source.locate()


def test_addons_beside_the_package_are_found_in_a_checkout(tmp_path):
    assert odoo_source.addons_dirs(tmp_path) == []
    (tmp_path / "addons" / "account").mkdir(parents=True)
    (tmp_path / "addons" / "account" / "__manifest__.py").touch()
    assert odoo_source.addons_dirs(tmp_path) == [tmp_path / "addons"]


def test_a_kept_download_must_be_what_apt_verified(tmp_path):
    assert odoo_source.recorded(tmp_path) == []
    deb = tmp_path / "a.deb"
    deb.write_bytes(b"content")
    sums = f"{odoo_source.file_digest(deb)}  a.deb\n"
    (tmp_path / "SHA256SUMS").write_text(sums)
    assert odoo_source.recorded(tmp_path) == [deb]
    deb.write_bytes(b"conten")
    assert odoo_source.recorded(tmp_path) == []


LOG = """\
2026-01-31 12:00:00,123 47 INFO db odoo.modules: WARNING is only a word here
2026-01-31 12:00:01,123 47 WARNING db odoo.models: known trouble
2026-01-31 12:00:02,123 47 ERROR db odoo.http: new trouble
Traceback (most recent call last):
ValueError: no
2026-01-31 12:00:03,123 47 INFO db odoo.http: on it goes
"""


def test_unexpected_log_lines_come_with_their_traceback():
    patterns = checks.allowed_patterns("# comment\nknown trouble  # it is known\n")
    (entry,) = checks.unexpected(LOG.splitlines(), patterns)
    assert "new trouble" in entry
    assert entry.endswith("ValueError: no")


def test_an_allowed_line_needs_a_reason():
    with pytest.raises(ValueError, match="no reason"):
        checks.allowed_patterns("known trouble\n")


def test_the_allow_list_is_readable():
    checks.allowed_patterns()


def test_odoo_keeps_its_bytecode_whatever_the_machine_says(monkeypatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("KEPT", "1")
    environment = odoo_run.environment()
    assert environment["KEPT"] == "1"
    assert "PYTHONDONTWRITEBYTECODE" not in environment


def test_paths_are_sorted_into_runs():
    here = str(Path(__file__))
    assert cmd_test._plan([f"{here}::test_x"]) == ([f"{here}::test_x"], [], False)
    assert cmd_test._plan(["engine"]) == ([testing.ENGINE], [], False)
    with pytest.raises(Failure, match="no such file"):
        cmd_test._plan(["tests/nowhere"])
    with pytest.raises(Failure, match="no tests there"):
        cmd_test._plan([str(Path(__file__).parents[2] / "scripts")])


def test_a_run_that_left_no_report_counts_as_failed(tmp_path):
    assert testing.read_report(tmp_path / "none.xml").failed == 1
    report = tmp_path / "junit.xml"
    report.write_text(
        '<testsuites><testsuite tests="9" failures="1" errors="1" skipped="2"/>'
        "</testsuites>"
    )
    assert str(testing.read_report(report)) == "5 passed, 2 failed, 2 skipped"


def test_the_longest_files_come_first_and_a_browsers_are_long(tmp_path):
    web = tmp_path / "web"
    web.mkdir()
    (web / "test_walk.py").write_text("#" * 100)
    for at in range(6):
        (tmp_path / f"test_{at}.py").write_text("#" * 200 * (at + 1))
    (tmp_path / "common.py").write_text("#")
    files = testing.test_files([tmp_path])
    assert [Path(file).name for file in files] == [
        "test_walk.py",
        *(f"test_{at}.py" for at in reversed(range(6))),
    ]
    one = f"{tmp_path / 'test_0.py'}::TestX::test_y"
    assert testing.test_files([one]) == [one]


SHARED = """\
import unittest


class TestX(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.made = [1]

    def test_one(self):
        self.assertEqual(self.made.pop(), 1)

    def test_two(self):
        self.assertFalse(self.made)
"""


def test_runs_that_share_their_files_take_each_once(tmp_path, monkeypatch):
    """What the first has stands between files of the second, in a folder of them."""
    shutil.copy(Path(__file__).parents[1] / "conftest.py", tmp_path)
    files = [tmp_path / name for name in ("a/test_1.py", "a/test_2.py", "b/test_3.py")]
    for file in files:
        file.parent.mkdir(exist_ok=True)
        file.write_text(SHARED)
    share = tmp_path / "share"
    share.mkdir()
    monkeypatch.setattr(testing, "LOGS", tmp_path)
    monkeypatch.setattr(testing, "REPO", tmp_path)
    taken = [
        str(
            testing.Run(
                name,
                testing.engine_command(paths),
                shown=False,
                share=share,
            ).finish()
        )
        for name, paths in (("first", [files[1]]), ("second", files), ("third", files))
    ]
    passed = "{} passed, 0 failed, 0 skipped"
    assert taken == [passed.format(count) for count in (2, 4, 0)]


def test_work_aside_gives_its_result_or_its_error():
    assert Aside(sorted, [2, 1]).get() == [1, 2]
    with pytest.raises(ZeroDivisionError):
        Aside(lambda: 1 / 0).get()
