"""Clavitor's corporate service: settings, the servers' entry points, and the ground every app stands on."""
