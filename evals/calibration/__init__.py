"""Calibration: how far checks, the embedded scorer and judges agree with people, set by set."""
