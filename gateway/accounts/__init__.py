"""Everything between us and one upstream account: credentials, logins, calls, breakers, pace."""
