"""Models that learn from outcomes: cleaning, three candidates, calibration, report."""
