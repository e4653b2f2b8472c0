"""What could we do for this patient, and what would it change?"""
