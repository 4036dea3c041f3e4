"""Risk formulas: what is known of a borrower -> points, PD, reasons."""
