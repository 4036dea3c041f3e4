from . import carloan_demo, carloan_demo_relief
