"""Spreadsheets, read in processes apart: macros are never run, formulas not computed."""
