"""Clavitor's corporate service: the project's settings, its servers' entry points and the ground every app stands on."""
