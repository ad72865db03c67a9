"""What happened: events of tickets and companies, and the state that they add up to."""
