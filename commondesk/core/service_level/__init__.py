"""What was agreed: calendars, agreements, clocks, lenses and escalation."""
