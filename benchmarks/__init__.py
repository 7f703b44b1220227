"""Measurements. `scripts/bench NAME` runs one; figures are ratios between things measured in one run on one machine."""
