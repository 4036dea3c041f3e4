from . import carloan_relief_papers
