"""What is known about the patient, from where, since when?"""
