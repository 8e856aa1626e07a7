"""Figures of merit: pure functions, numpy in, float out; no torch and no model."""
