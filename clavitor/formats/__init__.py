"""How times and numbers are written on every page (FORMAT_MODULE_PATH)."""
