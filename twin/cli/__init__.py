"""What can be asked of Counterpart from a shell?"""
