"""What does a clinic look like that twins can be tried on?"""
