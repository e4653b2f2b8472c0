"""How does a clinician correct the record, and see what that changes?"""
