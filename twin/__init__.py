"""Counterpart: a patient's digital twin that a clinician can treat first."""

__version__ = "0.1.0"
