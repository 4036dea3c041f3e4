"""Who lives in the demonstration: plain data, the same every time.

Nothing here is a real person; names are put together from common given and
family names by position, so that two builds never differ.
"""

from dataclasses import dataclass

FAMILY = (
    "Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Guo He Lin"
).split()
GIVEN = (
    "Wei Fang Min Jing Lei Na Qiang Juan Tao Yan Jun Xia Ping Hui Bo Ting Chao Mei"
).split()
FAMILY_ZH = "王 李 张 刘 陈 杨 黄 赵 吴 周 徐 孙 马 朱 胡 郭 何 林".split()
GIVEN_ZH = "伟 芳 敏 静 磊 娜 强 娟 涛 艳 军 霞 平 辉 波 婷 超 梅".split()
ENGLISH = (
    "Alice Turner,Ben Walker,Clara Hughes,Daniel Price,Emma Foster,Frank Cole,"
    "Grace Bennett,Henry Shaw,Irene Ward,Jack Ellis"
).split(",")
# make, model, fuel, new price
CARS = (
    ("Volkswagen", "Lavida", "ice", 118000),
    ("BYD", "Qin Plus", "nev", 99800),
    ("Toyota", "Corolla", "ice", 126800),
    ("Geely", "Xingyue L", "ice", 147200),
    ("Tesla", "Model 3", "nev", 235500),
    ("Wuling", "Hongguang Mini", "nev", 44800),
    ("Honda", "CR-V", "ice", 189800),
    ("NIO", "ET5", "nev", 298000),
)


@dataclass(frozen=True)
class Borrower:
    """One borrower, the loan and how it went.

    ``months`` is the age of the loan, ``missed`` the instalments at the end that
    stay unpaid, ``part`` the share paid of the first unpaid one, ``request`` the
    state that the relief request reaches (empty: there is none), ``pick`` the offer
    chosen in it (empty: the recommended one); who is ``flooded`` is written to by
    the campaign of offers.
    """

    number: int
    months: int
    missed: int = 0
    part: float = 0.0
    income: int = 12000
    living: int = 4500
    debt: int = 800
    dependants: int = 1
    request: str = ""
    reason: str = "income_cut"
    pick: str = ""
    used: bool = False
    method: str = "annuity"
    term: int = 36
    state: str = "active"
    flooded: bool = False

    @property
    def name(self):
        """Every fourth borrower has an English name, the rest Chinese."""
        if self.number % 4 == 3:
            return ENGLISH[self.number // 4 % len(ENGLISH)]
        i = self.number % len(FAMILY)
        j = (self.number * 7 + self.number // len(FAMILY)) % len(GIVEN)
        if self.number % 2:
            return FAMILY_ZH[i] + GIVEN_ZH[j]
        return f"{GIVEN[j]} {FAMILY[i]}"

    @property
    def car(self):
        return CARS[self.number % len(CARS)]

    @property
    def lang(self):
        return "en_US" if self.name.isascii() else "zh_CN"


def borrowers():
    """About forty borrowers that cover every state a user would want to see."""
    rows = [
        # performing, no request
        *[dict(months=3 + 2 * i, income=11000 + 900 * i) for i in range(10)],
        dict(months=0, state="draft"),
        dict(months=7, term=6, state="closed"),
        dict(months=4, method="equal_principal", term=24),
        dict(months=9, used=True, term=24, income=7000),
        # a few days to some weeks late
        dict(months=6, missed=1, flooded=True),
        dict(months=8, missed=1, part=0.5, income=8000, flooded=True),
        dict(months=10, missed=2, income=7500, debt=1500, flooded=True),
        dict(months=7, missed=2, part=0.3, used=True, term=30, flooded=True),
        # the hard end of the book
        dict(months=11, missed=4, income=5200, living=3800, debt=1600),
        dict(months=12, missed=5, income=4800, living=3900, debt=1700),
        dict(months=14, missed=7, income=4300, living=3900, debt=1200),
        dict(months=16, missed=10, income=3900, living=3800, debt=900),
        dict(months=17, missed=13, income=3500, living=3600, debt=700),
        # one request in each state, and a second of those staff meet most
        dict(months=8, missed=1, request="draft", reason="illness"),
        dict(months=9, missed=2, request="submitted", reason="unemployment"),
        dict(months=7, missed=1, request="submitted", reason="family", income=8200),
        dict(months=10, missed=2, request="assessed", reason="business", income=8700),
        dict(months=6, missed=1, request="assessed", income=9500),
        dict(months=12, missed=2, request="to_approve", reason="illness", income=11400),
        dict(months=9, missed=3, request="to_approve", income=9000),
        dict(months=11, missed=1, request="offered", reason="disaster", income=9950),
        dict(months=8, missed=2, request="offered", income=12900),
        dict(months=10, missed=1, request="accepted", reason="family", income=8450),
        dict(months=9, missed=2, request="active", reason="unemployment", income=8300),
        # a lower rate: its loss and its way back to income show in the ledger
        dict(
            months=13,
            missed=1,
            income=8600,
            request="active",
            reason="illness",
            pick="lowest_instalment",
        ),
        dict(months=12, missed=2, request="cured", income=9300),
        dict(months=14, missed=2, request="broken", income=8000),
        dict(months=10, missed=3, request="rejected", income=4600, living=4000),
        dict(months=7, missed=1, request="declined", income=10500),
        dict(months=6, missed=1, request="withdrawn"),
        dict(months=9, missed=1, request="expired", income=8450),
        # never late, and asking in time: the grades that the policy is generous to
        dict(months=9, request="to_approve", income=5000, living=2200, debt=300),
        dict(
            months=21,
            request="offered",
            reason="illness",
            income=26000,
            living=8000,
            debt=2000,
        ),
        dict(months=9, request="active", reason="unemployment", income=13500),
    ]
    return [Borrower(number=i, **row) for i, row in enumerate(rows)]
