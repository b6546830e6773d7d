"""Under construction by the lead."""
