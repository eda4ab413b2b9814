"""Zhendao (真到, "really arrived"): proof that care really arrived."""

__version__ = "0.1.0"
