"""A small book of loans with known positions, for the tests of the reports."""

import io
import shutil
import subprocess
import tempfile
from pathlib import Path

import openpyxl

from odoo import fields
from odoo.tests import TransactionCase, new_test_user

from odoo.addons.carloan_relief.engine import classification

# balance, overdue, days past due now, and on the original schedule (worked case M01,
# with relief on the fifth loan)
BOOK = (
    (80000.0, 0.0, 0, 0),
    (60000.0, 0.0, 0, 0),
    (50000.0, 1500.0, 12, 12),
    (40000.0, 4200.0, 45, 45),
    (30000.0, 9000.0, 95, 200),
    (20000.0, 20000.0, 300, 300),
    (70000.0, 0.0, 0, 0),
    (50000.0, 0.0, 0, 61),
)
OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
HOSTILE = ('=HYPERLINK("http://x","y")', "+1+1", "-2", "@SUM(A1)", "\t=1", "王芳 & <b>")


class ReportCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        # an own company: whatever else the database holds is in no figure
        cls.company = cls.env["res.company"].create({"name": "Lender"})
        cls.other_company = cls.env["res.company"].create({"name": "Other lender"})
        cls.manager = cls._user("report_manager", "carloan_relief.group_manager")
        cls.officer = cls._user("report_officer", "carloan_relief.group_officer")
        cls.auditor = cls._user("report_auditor", "carloan_relief.group_auditor")
        cls.north = cls._team("North", cls.officer)
        cls.south = cls._team("South", cls.env["res.users"])
        cls.product = cls._product(cls.company)
        cls.loans = cls._book(cls.product)

    @classmethod
    def _user(cls, login, group):
        return new_test_user(
            cls.env,
            login=login,
            groups=group,
            email=f"{login}@lender.example",
            company_id=cls.company.id,
            company_ids=[fields.Command.set(cls.company.ids)],
            # no invitation by mail, which takes as long as the rest
            context={"no_reset_password": True},
        ).with_env(cls.env)

    @classmethod
    def _team(cls, name, members):
        return cls.env["carloan.team"].create(
            {
                "name": name,
                "company_id": cls.company.id,
                "member_ids": [fields.Command.set(members.ids)],
            }
        )

    @classmethod
    def _product(cls, company):
        return cls.env["carloan.product"].create(
            {
                "name": "New car",
                "company_id": company.id,
                "annual_rate": 0.072,
                "instalments": 36,
            }
        )

    @classmethod
    def _book(cls, product, book=BOOK):
        """Create outstanding loans whose positions are given, not posted."""
        names = [HOSTILE[i % len(HOSTILE)] for i in range(len(book))]
        partners = cls.env["res.partner"].create([{"name": name} for name in names])
        teams = cls.north, cls.south
        loans = cls.env["carloan.loan"].create(
            [
                {
                    "partner_id": partner.id,
                    "product_id": product.id,
                    "company_id": product.company_id.id,
                    "principal": 100000.0,
                    "start_date": "2025-01-15",
                    "first_due_date": "2025-02-15",
                    "user_id": False,
                    "team_id": teams[i % 2].id if product == cls.product else False,
                }
                for i, partner in enumerate(partners)
            ]
        )
        for loan, position in zip(loans, book, strict=True):
            loan.write(cls._position(*position))
        cls.env.flush_all()
        return loans

    @classmethod
    def _position(cls, balance, overdue, dpd, dpd_original):
        return {
            "state": "active",
            "position_date": "2026-10-31",
            "principal_balance": balance,
            "overdue_principal": overdue,
            "overdue_amount": overdue,
            "dpd": dpd,
            "dpd_original": dpd_original,
            "bucket": classification.BUCKETS[int(classification.bucket(dpd))],
            "cn_class": str(classification.cn_grade([dpd])[0]),
        }

    def _build(self, user=None, report="carloan.report.management", **kw):
        model = self.env[report].with_user(user or self.manager)
        model = model.with_context(
            allowed_company_ids=self.company.ids, lang=kw.pop("lang", "en_US")
        )
        return model._build(kw.pop("domain", []), **kw)

    def _schedule(self, user=None, **values):
        user = user or self.manager
        schedules = self.env["carloan.report.schedule"].with_user(user)
        return schedules.create(
            {
                "name": "Monthly",
                "date_start": "2026-01-31 00:30:00",
                "tz": "Asia/Shanghai",
                **values,
            }
        )

    @staticmethod
    def _open(data, values=False):
        return openpyxl.load_workbook(io.BytesIO(data), data_only=values)

    @classmethod
    def _recompute(cls, data):
        """Return the workbook as LibreOffice calculates it, None without it."""
        if not OFFICE:
            return None
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "in.xlsx").write_bytes(data)
            # through ods: every formula is then calculated anew, none is copied
            cls._convert(folder, "in.xlsx", "ods", folder)
            xlsx = "xlsx:Calc MS Excel 2007 XML"
            cls._convert(folder, "in.ods", xlsx, f"{folder}/out")
            return openpyxl.load_workbook(f"{folder}/out/in.xlsx", data_only=True)

    @classmethod
    def _picture(cls, data, page, file):
        """Print a workbook and keep a picture of one page; False without the tools."""
        if not OFFICE or not shutil.which("pdftoppm"):
            return False
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "in.xlsx").write_bytes(data)
            cls._convert(folder, "in.xlsx", "pdf", folder)
            one = ["-f", str(page), "-l", str(page), "-singlefile", "-r", "80", "-png"]
            target = str(file.with_suffix(""))
            command = ["pdftoppm", *one, f"{folder}/in.pdf", target]
            subprocess.run(command, check=True, timeout=60)
        return True

    @staticmethod
    def _convert(folder, name, kind, target):
        """Have LibreOffice convert a file, with a profile of its own."""
        profile = f"-env:UserInstallation=file://{folder}/profile"
        command = [OFFICE, profile, "--headless", "--convert-to", kind]
        subprocess.run(
            [*command, "--outdir", target, f"{folder}/{name}"],
            check=True,
            capture_output=True,
            timeout=180,
        )
