"""Which plan is worth discussing?"""
