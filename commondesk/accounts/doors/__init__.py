"""Who comes in, and how that is made sure: sign-in, second factors, sessions, new passwords.

The library behind it is allauth; `adapter` says where we do otherwise, `views` are the pages.
"""
