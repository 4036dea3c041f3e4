from . import carloan_demo, carloan_demo_relief
from . import carloan_demo_riskdata
from . import carloan_demo_campaign
