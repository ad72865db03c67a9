"""Who is what to a company: providers, teams, members, absences, invitations, and leaving."""
