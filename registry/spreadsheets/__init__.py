"""Spreadsheets in and out: CSV in any usual encoding, and XLSX, read within bounds and written so that no cell can act as a formula."""
