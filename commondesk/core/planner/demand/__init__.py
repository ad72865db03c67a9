"""How much work comes: tickets by hour of the week, the work in them, what is passed on."""
