"""How does a FHIR R4 file become rows of the record?"""
